// Error messages with advice, shown beside the control that failed.

import { h } from "./dom.js"

/** Message keys for the errors of each field. */
export const FIELDS = { name: "badName", email: "badEmail", website: "badWebsite", text: "badText" }

/** Return the message for an error and the name of its field; `otherwise` is the default key. */
export function explain({ messages, rules, tell }, { status, problem = {}, retryAfter: n }, otherwise) {
  const [key, field] = cause(problem)
  tell("error", { code: problem.code ?? "unreachable", status })
  // Messages with their own time to wait.
  const busy = (n || status === 429) && !key && !otherwise
  let name = busy ? "busy" : key
  // Without the second module's words the first's will do.
  for (const other of [otherwise, "failed"]) if (!messages.has(name)) name = other
  let words = messages.t(name, { n: n || 60, time: messages.span(rules.slow_seconds) })
  if (n && !busy) words += ` ${messages.t("wait", { n })}`
  return [words, field]
}

const CAUSES = { slow_mode: "slow", post_closed: "nowClosed", comment_not_found: "missing", edit_window_over: "windowOver", sign_on_expired: "signedOut", sign_on_invalid: "signedOut", members_only: "members" }

function cause({ code, errors = [], reason }) {
  for (const { pointer } of errors) {
    const [name] = pointer.match(/\w+$/) ?? []
    if (FIELDS[name]) return [FIELDS[name], name]
    if (name === "parent_id") return ["noParent"]
  }
  return [reason || CAUSES[code]]
}

/**
 * Run a control's action, once at a time. A failure is explained beside it and
 * announced; the control can be used again. Returns whether it succeeded.
 */
export async function attempt(thread, control, otherwise, act) {
  if (control.ariaBusy) return false
  const next = control.nextElementSibling
  if (next?.className === "problem") next.remove()
  control.ariaBusy = true
  thread.announce("")
  try {
    await act()
    control.ariaBusy = null
    return true
  } catch (error) {
    control.ariaBusy = null
    const [words] = explain(thread, error, otherwise)
    thread.announce(words)
    control.after(h("p", { className: "problem" }, words))
    return false
  }
}
