// Dialogs of several pages: a confirmation, a secret that is shown once,
// and forms with errors at their fields.

import { open } from "./dialog.js"
import { $, h, icon } from "./dom.js"
import { people } from "../people/messages.js"

/** Ask for confirmation; resolves to true when the moderator confirms. */
export function confirm(title, text, yes) {
  return new Promise((resolve) => {
    let sure = false
    const no = h("button", { className: "button", type: "button", onclick: () => dialog.close() }, people.cancel)
    const go = () => {
      sure = true
      dialog.close()
    }
    const dialog = open(title, [
      h("p", {}, text),
      h("div", { className: "dialog-foot" }, no, h("button", { className: "button button-danger", type: "button", onclick: go }, yes)),
    ])
    dialog.addEventListener("close", () => resolve(sure))
    // Enter chooses the harmless button.
    no.focus()
  })
}

/** Show a password or token, which is not shown again, and `more`; resolves when it is closed. */
export function showSecret(title, text, secret, more) {
  return new Promise((resolve) => {
    const field = h("input", { readOnly: true, value: secret, ariaLabel: title, data: { secret: "" }, onfocus: () => all() })
    const all = () => {
      field.select()
      // A narrow field shows the beginning, by which people recognise it.
      requestAnimationFrame(() => (field.scrollLeft = 0))
    }
    const said = h("span", { role: "status" }, people.copy)
    const copy = async () => {
      all()
      try {
        await navigator.clipboard.writeText(secret)
        said.textContent = people.copied
      } catch {
        // Without permission the text stays selected, so the copy shortcut works.
      }
    }
    const parts = [
      h("p", {}, text),
      h("div", { className: "secret" }, field, h("button", { className: "button", type: "button", onclick: copy }, icon("copy"), said)),
      more ?? "",
      h("div", { className: "dialog-foot" }, h("button", { className: "button button-primary", type: "button", onclick: () => dialog.close() }, people.done)),
    ]
    const dialog = open(title, parts, { wide: Boolean(more) })
    dialog.addEventListener("close", () => resolve())
    field.focus()
  })
}

/** Submit a form once at a time; the service's errors are shown at their fields. */
export function submits(form, send) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    if (form.ariaBusy === "true") return
    form.ariaBusy = "true"
    for (const old of form.querySelectorAll("[data-problem]")) old.remove()
    for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid")
    try {
      await send()
    } catch (error) {
      explain(form, error)
    }
    form.removeAttribute("aria-busy")
  })
}

function explain(form, error) {
  for (const { pointer, detail } of error.body?.errors ?? []) {
    const field = form.elements[pointer.split("/")[1]]
    if (!field?.closest) continue
    const id = `${field.name}-problem`
    field.setAttribute("aria-invalid", "true")
    field.setAttribute("aria-describedby", id)
    field.closest(".field").append(h("span", { className: "problem", id, role: "alert", data: { problem: "" } }, detail))
    field.focus()
  }
  if ($("[data-problem]", form)) return
  form.prepend(h("p", { className: "notice notice-bad", role: "alert", data: { problem: "" } }, error.message))
}

export function field(label, control, hint) {
  return h("label", { className: "field" }, h("span", {}, label), control, hint && h("small", { className: "muted" }, hint))
}

export function select(name, options, value) {
  const control = h("select", { name }, Object.entries(options).map(([key, label]) => h("option", { value: key }, label)))
  control.value = value
  return control
}
