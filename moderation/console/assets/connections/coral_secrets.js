// The secrets that Coral signs with: added from Coral's screen, never shown.

import { moment } from "../lib/dates.js"
import { open } from "../lib/dialog.js"
import { confirm, field, submits } from "../lib/dialogs.js"
import { h } from "../lib/dom.js"
import { words } from "./messages.js"
import { api, button, path, toasts } from "./page.js"

const texts = words.coral

/** The list of secrets with its buttons; `refresh` runs after a change. */
export function coralSecrets(secrets, refresh) {
  const drop = (query, notice) => async () => {
    if (!(await confirm(texts.removeTitle, texts.removeText, words.removeYes))) return ""
    await api.ask("DELETE", `${path}/coral${query}`)
    refresh()
    return notice
  }
  const rows = secrets.map((at, place) => h("li", {}, h("span", { className: "card-title" }, place === 0 ? texts.newest : texts.older), h("span", { className: "card-line" }, h("span", {}, texts.added(moment(at, { full: true }))))))
  return [
    h("ul", { className: "cards" }, rows.length === 0 ? h("li", { className: "nothing" }, texts.none) : rows),
    h("div", { className: "row-actions" }, button(texts.add, () => add(refresh), { icon: "plus" }), secrets.length > 1 && button(texts.end, drop("?old=true", texts.ended)), secrets.length > 0 && button(words.remove, drop("", texts.removed), { name: texts.removeAll })),
  ]
}

function add(refresh) {
  const secret = h("input", { name: "secret", maxLength: 200, autocomplete: "off", spellcheck: false, required: true })
  const form = h(
    "form",
    { className: "sheet-form" },
    field(texts.secret, secret, texts.hint),
    h("div", { className: "dialog-foot" }, h("button", { className: "button", type: "button", onclick: () => dialog.close() }, words.cancel), h("button", { className: "button button-primary", type: "submit" }, words.add)),
  )
  const dialog = open(texts.add, form)
  submits(form, async () => {
    await api.ask("POST", `${path}/coral`, { secret: secret.value.trim() })
    dialog.close()
    toasts.show(texts.saved)
    refresh()
  })
  secret.focus()
}
