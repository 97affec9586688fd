// The dialog that redacts words of a comment for good.
//
// Every word can be chosen; words found by the personal data filter are preselected. One word
// is in the tab order, the arrow keys move from there.

import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"

/** Ask which words to redact; resolves to spans in code points, or to null. */
export function askRedaction({ comment, reasons }) {
  const words = wordsOf(comment.text, found(reasons))
  return new Promise((resolve) => {
    let chosen = null
    const buttons = []
    const text = h("p", { className: "comment redact-text", dir: "auto", role: "group", ariaLabel: messages.redactWords })
    for (const word of words) {
      if (word.space) {
        text.append(word.text)
        continue
      }
      const button = h("button", { type: "button", className: "redact-word", tabIndex: buttons.length ? -1 : 0, ariaPressed: String(word.found), onclick: () => toggle(button) }, word.text)
      button.word = word
      buttons.push(button)
      text.append(button)
    }
    const send = h("button", { className: "button button-danger", type: "button", data: { redact: "" }, onclick: () => finish() })
    const label = () => {
      const number = buttons.filter(pressed).length
      send.disabled = number === 0
      send.textContent = messages.redactNow(number)
    }
    const toggle = (button) => {
      button.setAttribute("aria-pressed", String(!pressed(button)))
      label()
    }
    const finish = () => {
      chosen = spansOf(words, new Set(buttons.filter(pressed).map((button) => button.word)))
      dialog.close()
    }
    label()
    const dialog = open(
      messages.redactTitle,
      [
        h("p", { className: "notice notice-caution" }, messages.redactHint),
        text,
        h("div", { className: "bulk-actions" }, send, h("button", { className: "button", type: "button", onclick: () => dialog.close() }, messages.keep)),
      ],
      { wide: true },
    )
    text.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
      const at = buttons.indexOf(document.activeElement)
      if (!step || at < 0) return
      event.preventDefault()
      const next = buttons[(at + step + buttons.length) % buttons.length]
      buttons[at].tabIndex = -1
      next.tabIndex = 0
      next.focus()
    })
    dialog.addEventListener("close", () => resolve(chosen))
    ;(buttons.find(pressed) ?? buttons[0])?.focus()
  })
}

const pressed = (button) => button.getAttribute("aria-pressed") === "true"

function found(causes) {
  return causes.filter((cause) => cause.field === "text" && cause.filter === "personal_data").flatMap((cause) => cause.spans)
}

/** Split the text into words and gaps; each found span is a word of its own. */
function wordsOf(text, spans) {
  const points = Array.from(text)
  const inside = (at) => spans.some(([begin, end]) => begin <= at && at < end)
  const kind = (at) => (inside(at) ? "found" : /\s/.test(points[at]) ? "space" : "word")
  const words = []
  for (let at = 0; at < points.length; at++) {
    const last = words.at(-1)
    if (last && last.kind === kind(at)) {
      last.text += points[at]
      last.end = at + 1
    } else {
      words.push({ kind: kind(at), space: kind(at) === "space", found: kind(at) === "found", text: points[at], begin: at, end: at + 1 })
    }
  }
  return words
}

/** Return the chosen words as spans; words separated only by space are joined. */
function spansOf(words, chosen) {
  const spans = []
  let open = false
  for (const word of words) {
    if (chosen.has(word)) {
      if (open) spans.at(-1)[1] = word.end
      else spans.push([word.begin, word.end])
      open = true
    } else if (!word.space) {
      open = false
    }
  }
  return spans
}
