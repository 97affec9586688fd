// Preview of a text, in place of its field.

import { button, h, prose } from "./dom.js"
import { attempt } from "./errors.js"

/** Add the preview of a field and its button after `send`; returns what shows the field again. */
export function previewing(thread, field, send) {
  const { service, t } = thread
  const pane = h("div", { className: "text pane", hidden: true, tabIndex: -1 })
  const swap = (to, key) => {
    pane.hidden = to !== pane
    field.parentNode.hidden = to === pane
    toggle.textContent = t(key)
    to.focus()
  }
  const leave = () => pane.hidden || swap(field, "preview")
  const look = async () => {
    const { html } = await service.send(`${service.site}/preview`, "POST", JSON.stringify({ text: field.value }))
    prose(pane, html)
    swap(pane, "write")
  }
  const toggle = button(t("preview"), () => leave() === true && attempt(thread, toggle, "noPreview", look))
  field.parentNode.after(pane)
  send.after(toggle)
  return leave
}
