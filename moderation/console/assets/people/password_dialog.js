// The dialog that asks for the password again, before credentials and roles are changed.

import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { people } from "./messages.js"
import { reveals } from "./password_reveal.js"
import { field, submits } from "../lib/dialogs.js"

/** Ask for the password and code again; resolves to true when they were right. */
export function askPassword(api, { secondFactor }) {
  return new Promise((resolve) => {
    let proven = false
    const form = h("form", { className: "sheet-form" })
    const password = h("input", { name: "password", type: "password", required: true, maxLength: 1000, autocomplete: "current-password" })
    const code = h("input", { className: "code", name: "code", required: true, maxLength: 40, autocomplete: "one-time-code", autocapitalize: "characters", spellcheck: false })
    form.append(
      h("p", {}, people.againText),
      field(people.password, password),
      ...(secondFactor ? [field(people.code, code, people.codeHint)] : []),
      h("div", { className: "dialog-foot" }, h("button", { className: "button", type: "button", onclick: () => dialog.close() }, people.cancel), h("button", { className: "button button-primary", type: "submit" }, people.goOn)),
    )
    const dialog = open(people.againTitle, form)
    reveals(form)
    submits(form, async () => {
      await api.ask("POST", "/me/reauthentication", { password: password.value, code: secondFactor ? code.value : "" })
      proven = true
      dialog.close()
    })
    dialog.addEventListener("close", () => resolve(proven))
    password.focus()
  })
}
