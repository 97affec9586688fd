// The dialog that creates a token, and the cards of the existing ones.

import { nameOf } from "../lib/site_titles.js"
import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { commas } from "../lib/language.js"
import { people } from "./messages.js"
import { confirm, field, select, showSecret, submits } from "../lib/dialogs.js"
import { moment } from "../lib/dates.js"

const DAY = 86_400_000

export function addToken(api, { sites, global }, changed) {
  const form = h("form", { className: "sheet-form" })
  const name = h("input", { name: "name", required: true, maxLength: 80, autocomplete: "off" })
  const scopes = Object.entries(people.tokenScopeHints).map(([scope, hint]) => h("label", { className: "check" }, h("input", { type: "checkbox", value: scope, checked: scope === "review" }), hint))
  const site = select("site", { ...(global ? { "": people.everySite } : {}), ...Object.fromEntries(sites.map((each) => [each, nameOf(each)])) }, global ? "" : sites[0])
  const ends = select("expires_at", people.terms, "90")
  form.append(
    field(people.tokenName, name, people.tokenNameHint),
    h("fieldset", {}, h("legend", {}, people.may), scopes),
    field(people.site, site),
    field(people.ends, ends),
    h("div", { className: "dialog-foot" }, h("button", { className: "button", type: "button", onclick: () => dialog.close() }, people.cancel), h("button", { className: "button button-primary", type: "submit" }, people.make)),
  )
  const dialog = open(people.tokenTitle, form)
  submits(form, async () => {
    const chosen = [...form.querySelectorAll("input[type=checkbox]:checked")].map(({ value }) => value)
    const days = Number(ends.value)
    const body = { name: name.value.trim(), scopes: chosen, site: site.value || null, expires_at: days ? new Date(Date.now() + days * DAY).toISOString() : null }
    const { token } = await api.ask("POST", "/tokens", body)
    dialog.close()
    changed()
    await showSecret(people.tokenMade(body.name), people.tokenText, token)
  })
  name.focus()
}

export function tokenCards(api, tokens, changed) {
  if (tokens.length === 0) return [h("li", { className: "nothing" }, people.noTokens)]
  return tokens.map((token) => {
    const revoke = async () => {
      if (!(await confirm(people.revokeTitle(token.name), people.revokeText, people.revokeYes))) return
      try {
        await api.ask("DELETE", `/tokens/${token.id}`)
        changed(people.revoked(token.name))
      } catch (error) {
        changed(error.message, "bad")
      }
    }
    const created = moment(token.created_at, { full: true })
    return h(
      "li",
      { className: token.expired ? "is-off" : "" },
      h("span", { className: "card-title" }, token.name, h("span", { className: "muted" }, commas(token.scopes.map((scope) => people.tokenScopes[scope])))),
      h(
        "span",
        { className: "card-line" },
        h("span", { className: "chip" }, token.site ? nameOf(token.site) : people.everySite),
        token.expires_at ? h("span", { className: token.expired ? "chip chip-bad" : "" }, token.expired ? people.expired(token.expires_at) : people.expires(token.expires_at)) : h("span", {}, people.noEnd),
        h("span", {}, people.created(created, token.created_by)),
      ),
      h("button", { className: "button", type: "button", ariaLabel: people.revokeOf(token.name), onclick: revoke }, people.revoke),
    )
  })
}
