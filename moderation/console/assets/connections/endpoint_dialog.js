// The dialogs that add a webhook endpoint and change one.

import { open } from "../lib/dialog.js"
import { field, showSecret, submits } from "../lib/dialogs.js"
import { $$, h } from "../lib/dom.js"
import { words } from "./messages.js"
import { webhooks as texts } from "./webhook_messages.js"
import { named } from "./delivery_log.js"
import { toasts } from "./page.js"

export function addEndpoint(api, list, changed) {
  const [form, values] = fieldsOf({ url: "", events: [], held_text: false })
  const dialog = open(texts.addTitle, form, { wide: true })
  submits(form, async () => {
    const { endpoint, secret } = await api.ask("POST", list, values())
    dialog.close()
    changed()
    await showSecret(texts.secretOf(named(endpoint)), texts.secretText, secret)
  })
  form.append(foot(dialog, words.add))
  form.elements.url.focus()
}

export function editEndpoint(api, list, endpoint, changed) {
  const [form, values] = fieldsOf(endpoint)
  const dialog = open(texts.editOf(named(endpoint)), form, { wide: true })
  submits(form, async () => {
    const given = values()
    // An address that is set again switches the endpoint on.
    if (given.url === endpoint.url) delete given.url
    await api.ask("PATCH", `${list}/${endpoint.id}`, given)
    dialog.close()
    toasts.show(texts.saved)
    changed()
  })
  form.append(foot(dialog, texts.save))
}

function fieldsOf(endpoint) {
  const url = h("input", { name: "url", type: "url", maxLength: 2048, required: true, autocomplete: "off", spellcheck: false, value: endpoint.url ?? "", placeholder: "https://news.example/hooks/comments" })
  const every = h("input", { type: "checkbox", checked: endpoint.events.length === 0 })
  const types = Object.entries(texts.events).map(([type, label]) =>
    h("label", { className: "check" }, h("input", { type: "checkbox", value: type, data: { event: "" }, checked: endpoint.events.includes(type) }), h("span", {}, label, h("small", { className: "muted" }, ` ${type}`))),
  )
  const some = h("div", { className: "events" }, types)
  const choose = () => (some.hidden = every.checked)
  every.addEventListener("change", choose)
  choose()
  const held = h("input", { type: "checkbox", name: "held_text", checked: endpoint.held_text })
  const form = h(
    "form",
    { className: "sheet-form", noValidate: true },
    field(texts.url, url, texts.urlHint),
    h("fieldset", { className: "field" }, h("legend", {}, texts.which), h("label", { className: "check" }, every, texts.every), some),
    h("label", { className: "check" }, held, h("span", {}, texts.heldText, h("small", { className: "muted" }, ` ${texts.heldHint}`))),
  )
  const values = () => ({
    url: url.value.trim(),
    events: every.checked ? [] : $$("[data-event]", form).filter(({ checked }) => checked).map(({ value }) => value),
    held_text: held.checked,
  })
  return [form, values]
}

function foot(dialog, yes) {
  return h("div", { className: "dialog-foot" }, h("button", { className: "button", type: "button", onclick: () => dialog.close() }, words.cancel), h("button", { className: "button button-primary", type: "submit" }, yes))
}
