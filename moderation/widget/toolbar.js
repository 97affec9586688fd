// Buttons and keys that write Markdown, and the preview.

import { counter } from "./counter.js"
import { h } from "./dom.js"
import { previewing } from "./preview.js"

// Their paths are strokes in a square of 16.
const ICONS = {
  bold: "M4.5 2.5h4a2.6 2.6 0 0 1 0 5.3h-4zm0 5.3h4.8a2.8 2.8 0 0 1 0 5.7H4.5z",
  italic: "M7 2.5h5M4 13.5h5M9.7 2.5 6.3 13.5",
  quote: "M2.5 3v10M6 4.5h7.5M6 8h7.5M6 11.5h5",
  code: "M5.5 4 1.5 8l4 4M10.5 4l4 4-4 4",
  link: "M6.5 9.5a2.7 2.7 0 0 0 3.9 0l2.5-2.5a2.7 2.7 0 0 0-3.9-3.9l-.9.9M9.5 6.5a2.7 2.7 0 0 0-3.9 0L3.1 9A2.7 2.7 0 0 0 7 12.9l.9-.9",
}
const KEYS = { b: "bold", i: "italic", k: "link" }
const MARKS = { bold: "**", italic: "*", code: "`" }

/** Put the buttons in place of the hint, and the preview at the form; returns what leaves that and what counts the text. */
export function tools(thread, field, place, send) {
  const { t } = thread
  const leave = previewing(thread, field, send)
  const bar = h("div", { className: "toolbar", role: "toolbar", ariaLabel: t("toolbar"), onkeydown: (event) => walk(event, bar) })
  for (const name in ICONS) {
    const press = h("button", { type: "button", title: t(name), ariaLabel: t(name), tabIndex: bar.firstChild ? -1 : 0, onclick: () => leave() && write(name, field, t) }, icon(ICONS[name]))
    bar.append(press)
  }
  field.addEventListener("keydown", (event) => {
    const name = KEYS[event.key]
    if (!name || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
    event.preventDefault()
    write(name, field, t)
  })
  const { node, measure } = counter(thread)
  place.replaceChildren(node, bar)
  measure(field.value)
  return { leave, measure }
}

// One stop for the Tab key; the arrows go from button to button.
function walk(event, bar) {
  const { activeElement } = bar.getRootNode()
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key] * (getComputedStyle(bar).direction === "rtl" ? -1 : 1)
  const next = way > 0 ? activeElement.nextSibling : way < 0 && activeElement.previousSibling
  if (!next) return
  event.preventDefault()
  activeElement.tabIndex = -1
  next.tabIndex = 0
  next.focus()
}

function write(name, field, t) {
  const { value, selectionStart: from, selectionEnd: to } = field
  const chosen = value.slice(from, to)
  field.focus()
  if (name === "quote") return quote(field, from, to)
  if (name === "link") {
    const address = /^https?:\/\/\S+$/.test(chosen)
    const words = address ? t("linkWords") : chosen || t("linkWords")
    const target = address ? chosen : "https://"
    retype(field, from, to, `[${words}](${target})`)
    // What is still to be written is selected.
    const at = address || !chosen ? from + 1 : from + words.length + 3
    return field.setSelectionRange(at, at + (address || !chosen ? words : target).length)
  }
  const mark = MARKS[name]
  const { length } = mark
  const inside = value.slice(from - length, from) === mark && value.slice(to, to + length) === mark
  if (inside) retype(field, from - length, to + length, chosen)
  else retype(field, from, to, mark + chosen + mark)
  const at = inside ? from - length : from + length
  field.setSelectionRange(at, at + chosen.length)
}

// A quote begins on a line of its own and takes whole lines.
function quote(field, from, to) {
  const { value } = field
  const begin = value.lastIndexOf("\n", from - 1) + 1
  const lines = value.slice(begin, to)
  retype(field, begin, to, lines.startsWith("> ") ? lines.replace(/^> /gm, "") : lines.replace(/^/gm, "> "))
}

// Typing this way can be undone with the browser's own key.
function retype(field, from, to, words) {
  field.setSelectionRange(from, to)
  if (document.execCommand?.("insertText", false, words) && field.value.slice(from, from + words.length) === words) return
  field.setRangeText(words, from, to, "end")
  field.dispatchEvent(new Event("input", { bubbles: true }))
}

function icon(path) {
  const space = "http://www.w3.org/2000/svg"
  const svg = document.createElementNS(space, "svg")
  const line = document.createElementNS(space, "path")
  svg.setAttribute("viewBox", "0 0 16 16")
  svg.setAttribute("aria-hidden", "true")
  line.setAttribute("d", path)
  svg.append(line)
  return svg
}
