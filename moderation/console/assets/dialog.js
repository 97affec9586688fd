// The one way that a sheet opens and closes.

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
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close())
  dialog.addEventListener("close", () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}
