// The dialog that asks for the reason of a rejection.

import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { reasonsOf } from "./site_reasons.js"

/** Ask for one of the site's reasons; resolves to null when the moderator cancels. */
export async function askReason(api, { comment, suggested_reason }) {
  return choose(await reasonsOf(api, comment.site), suggested_reason)
}

// The first nine have a digit; the others need the arrow keys or the mouse.
function choose(reasons, kind) {
  const suggested = kind && reasons.find((each) => each.kind === kind)?.code
  const usual = suggested ?? reasons.find((each) => each.kind === "OTHER")?.code ?? reasons.at(-1).code
  return new Promise((resolve) => {
    let chosen = null
    const note = h("input", { maxLength: 2000, name: "note", autocomplete: "off" })
    const choices = reasons.map(({ code, label, sentence }, index) =>
      h(
        "button",
        { className: "choice", type: "button", data: { reason: code }, onclick: () => pick(code) },
        h("kbd", { className: index < 9 ? "" : "is-empty" }, index < 9 ? index + 1 : ""),
        h("span", {}, label, sentence && h("small", { className: "muted" }, sentence)),
        code === suggested && h("span", { className: "hint" }, messages.suggested),
      ),
    )
    const pick = (reason) => {
      chosen = { reason, note: note.value.trim() }
      dialog.close()
    }
    const dialog = open(messages.rejectTitle, [
      h("p", { className: "muted" }, messages.rejectHint),
      h("div", { className: "choices", data: { reasons: "" } }, choices),
      h("label", { className: "field" }, h("span", {}, messages.note), note),
    ])
    const marked = () => choices.find((choice) => choice === document.activeElement)
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === note) {
        event.preventDefault()
        pick(usual)
      }
      if (event.target === note) return
      const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key]
      if (/^[1-9]$/.test(event.key)) {
        event.preventDefault()
        const reason = reasons[Number(event.key) - 1]
        if (reason) pick(reason.code)
      } else if (step) {
        event.preventDefault()
        const at = choices.indexOf(marked())
        choices[(at + step + choices.length) % choices.length].focus()
      } else if (event.key === "n") {
        event.preventDefault()
        note.focus()
      }
    })
    dialog.addEventListener("close", () => resolve(chosen))
    choices[reasons.findIndex(({ code }) => code === usual)].focus()
  })
}
