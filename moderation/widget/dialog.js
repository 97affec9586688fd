// A dialog with a form.

import { button, h } from "./dom.js"
import { explain } from "./errors.js"

/**
 * Open a dialog; `act` sends its form and returns the words that confirm it, `check` returns a
 * required field that is empty, with its message.
 */
export function openDialog(thread, { title, words, send, fields, check, act, then }) {
  const { t, messages } = thread
  const problem = h("p", { className: "problem", role: "alert", id: "dialog-problem" })
  // At the field where there is one, else above the buttons.
  const complain = (words, field) => {
    if (field?.type === "radio" || field?.type === "checkbox" || !field) (field?.closest(".check, fieldset") ?? buttons).before(problem)
    else field.after(problem)
    problem.textContent = words
    if (!field) return
    field.ariaInvalid = true
    field.setAttribute("aria-describedby", problem.id)
    field.focus()
  }
  const submit = h("button", { className: "primary" }, send)
  const heading = h("h3", { id: "dialog" }, title)
  const onsubmit = async (event) => {
    event.preventDefault()
    if (submit.ariaDisabled) return
    for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid")
    problem.textContent = ""
    const [field, key] = check() || []
    if (field) return complain(t(key), field)
    submit.ariaDisabled = true
    try {
      const done = await act()
      const close = button(t("close"), () => dialog.close(), "primary", "button")
      form.replaceChildren(heading, h("p", { role: "status" }, done), h("p", { className: "buttons" }, close, then?.(dialog)))
      heading.tabIndex = -1
      heading.focus()
    } catch (error) {
      complain(explain(thread, error, error.status ? "" : "again")[0])
    }
    submit.ariaDisabled = null
  }
  const cancel = button(t("cancel"), () => dialog.close())
  const buttons = h("p", { className: "buttons" }, submit, cancel)
  const form = h("form", { noValidate: true, onsubmit }, heading, words && h("p", {}, words), ...fields, problem, buttons)
  const dialog = h("dialog", { dir: messages.dir, lang: messages.lang, onclose: () => dialog.remove() }, form)
  dialog.setAttribute("aria-labelledby", heading.id)
  // Keys meant for the dialog stay in it: pages and moderation consoles have shortcuts of their own.
  dialog.addEventListener("keydown", (event) => event.stopPropagation())
  thread.live.before(dialog)
  dialog.showModal()
  return dialog
}
