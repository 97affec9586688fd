// Moderators and tokens, with their roles and scopes.

import { Api } from "../lib/api.js"
import { $, h } from "../lib/dom.js"
import { addPerson, editPerson } from "./moderator_dialog.js"
import { people } from "./messages.js"
import { nameOf } from "../lib/site_titles.js"
import { Toasts } from "../lib/toast.js"
import { addToken, tokenCards } from "./token_dialog.js"

const api = new Api($('meta[name="csrf-token"]').content)
const toasts = new Toasts($("[data-toasts]"), $("[data-announce]"), $("[data-alert]"))
const known = JSON.parse($("[data-sites]").dataset.sites)
const scope = { sites: known, global: false }

function changed(said, tone = "good") {
  if (said) toasts.show(said, { tone })
  show()
}

async function show() {
  await Promise.all([
    fill($("[data-people]"), "/moderators", ({ moderators }) => {
      const me = moderators.find(({ you }) => you)
      scope.global = me ? me.role === "admin" : false
      if (me && !scope.global) scope.sites = known.filter((site) => me.sites[site] === "admin")
      $("[data-people-count]").textContent = moderators.length
      return moderators.length === 0 ? [h("li", { className: "nothing" }, people.noModerators)] : moderators.map(personCard)
    }),
    fill($("[data-tokens]"), "/tokens", ({ tokens }) => {
      $("[data-tokens-count]").textContent = tokens.length || ""
      return tokenCards(api, tokens, changed)
    }),
  ])
}

const asked = new Map()

async function fill(list, path, cards) {
  const turn = (asked.get(list) ?? 0) + 1
  asked.set(list, turn)
  const focused = list.contains(document.activeElement) ? document.activeElement.ariaLabel : ""
  try {
    const answer = await api.get(path)
    // After two changes the response to the first may arrive last.
    if (turn !== asked.get(list)) return
    list.replaceChildren(...cards(answer))
    if (focused) list.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus()
  } catch (error) {
    if (turn !== asked.get(list)) return
    const again = h("button", { className: "button", type: "button", onclick: show }, people.failed)
    list.replaceChildren(h("li", { className: "nothing", role: "alert" }, error.message), h("li", {}, again))
  }
  list.removeAttribute("aria-busy")
}

function personCard(person) {
  const roles = Object.entries(person.sites).map(([site, role]) => people.onSite(role, nameOf(site)))
  if (person.role) roles.unshift(people.everywhere(person.role))
  const state = person.disabled_at ? null : person.sessions === null ? null : people.sessions(person.sessions)
  return h(
    "li",
    { className: person.disabled_at ? "is-off" : "" },
    h(
      "span",
      { className: "card-title" },
      person.display_name || person.login,
      person.display_name && h("span", { className: "muted" }, person.login),
      person.you && h("span", { className: "chip chip-good" }, people.you),
      person.disabled_at && h("span", { className: "chip chip-bad" }, people.disabled),
    ),
    h("span", { className: "card-line" }, (roles.length > 0 ? roles : [people.noRole]).map((role) => h("span", { className: "chip" }, role)), person.second_factor && h("span", { className: "chip chip-good" }, people.secondChip), state && h("span", {}, state)),
    person.display_name_wish && wish(person),
    h("button", { className: "button", type: "button", ariaLabel: people.editOf(person.login), onclick: () => editPerson(api, person, scope, changed) }, people.edit),
  )
}

/** A requested name, with buttons to approve or refuse it. */
function wish(person) {
  const { login, display_name_wish: name } = person
  const settle = async (chosen, said) => {
    try {
      await api.ask("PATCH", `/moderators/${person.id}`, { display_name: chosen })
      changed(said)
    } catch (error) {
      changed(error.message, "bad")
    }
  }
  const button = (label, named, chosen, said) => h("button", { className: "button", type: "button", ariaLabel: named, onclick: () => settle(chosen, said) }, label)
  return h(
    "div",
    { className: "card-wish" },
    h("span", {}, people.wishes(name)),
    button(people.approveName, people.approveNameOf(login, name), name, people.saved),
    button(people.refuseName, people.refuseNameOf(login, name), person.display_name, people.nameRefused),
  )
}

$("[data-add-person]").addEventListener("click", () => addPerson(api, scope, changed))
$("[data-add-token]").addEventListener("click", () => addToken(api, scope, changed))
show()
