// The dialog that asks for the reason of a rejection.

import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"

/** The first nine have a digit; the others need the arrow keys or the mouse. */
export const REASONS = [
  "OFFENSIVE",
  "ABUSIVE",
  "HARASSMENT",
  "HATE",
  "THREAT",
  "OFF_TOPIC",
  "MISINFORMATION",
  "PERSONAL_DATA",
  "ILLEGAL",
  "AD",
  "SPAM",
  "BANNED_WORD",
  "OTHER",
]

/** Ask for the reason of a rejection; resolves to null when the moderator cancels. */
export function askReason(_api, { suggested_reason: suggested }) {
  return new Promise((resolve) => {
    let chosen = null
    const note = h("input", { maxLength: 2000, name: "note", autocomplete: "off" })
    const choices = REASONS.map((reason, index) =>
      h(
        "button",
        { className: "choice", type: "button", data: { reason }, onclick: () => choose(reason) },
        h("kbd", { className: index < 9 ? "" : "is-empty" }, index < 9 ? index + 1 : ""),
        messages.reasonTitle(reason),
        reason === suggested && h("span", { className: "hint" }, messages.suggested),
      ),
    )
    const choose = (reason) => {
      chosen = { reason, note: note.value.trim() }
      dialog.close()
    }
    const dialog = open(messages.rejectTitle, [
      h("div", { className: "choices", data: { reasons: "" } }, choices),
      h("label", { className: "field" }, h("span", {}, messages.note), note),
    ])
    const marked = () => choices.find((choice) => choice === document.activeElement)
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === note) {
        event.preventDefault()
        choose(suggested ?? "OTHER")
      }
      if (event.target === note) return
      const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key]
      if (/^[1-9]$/.test(event.key)) {
        event.preventDefault()
        choose(REASONS[Number(event.key) - 1])
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
    choices[Math.max(0, REASONS.indexOf(suggested ?? "OTHER"))].focus()
  })
}
