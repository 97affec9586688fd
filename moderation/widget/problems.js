// What went wrong, in words that say what can be done about it.

/** Which words explain what is wrong with a field. */
export const FIELDS = { name: "badName", email: "badEmail", website: "badWebsite", text: "badText" }

/** The words for a refusal, their number, and the name of the field that it is about. */
export function explain({ status, problem = {}, retryAfter }) {
  const { code, errors = [], reason } = problem
  for (const { pointer } of errors) {
    const [name] = pointer.match(/\w+$/) ?? []
    if (FIELDS[name]) return [FIELDS[name], 0, name]
    if (name === "parent_id") return ["noParent"]
  }
  if (reason) return [reason]
  if (status === 429) return ["busy", retryAfter || 60]
  if (code === "post_closed") return ["nowClosed"]
  return [code === "edit_window_over" ? "windowOver" : "failed"]
}
