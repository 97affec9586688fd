// Opens and closes every dialog.

import { h, icon } from "./dom.js"
import { messages } from "./messages.js"

export function open(title, body, { wide = false } = {}) {
  const dialog = h(
    "dialog",
    { ariaLabel: title, className: wide ? "is-wide" : "" },
    h(
      "div",
      { className: "dialog-head" },
      h("h2", {}, title),
      h("button", { className: "icon-button", type: "button", ariaLabel: messages.close, onclick: () => dialog.close() }, icon("cross")),
    ),
    h("div", { className: "dialog-body" }, body),
  )
  ignoreRestOfDoubleClick(dialog)
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close())
  dialog.addEventListener("close", () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}

/** Ignore the second click of the double click that opened the dialog. */
function ignoreRestOfDoubleClick(dialog) {
  let pressed = false
  dialog.addEventListener("mousedown", (event) => (pressed ||= event.detail === 1), true)
  dialog.addEventListener(
    "click",
    (event) => {
      if (pressed || event.detail < 2) return
      event.preventDefault()
      event.stopImmediatePropagation()
    },
    true,
  )
}
