// Dialogs to add and to change a moderator.

import { nameOf } from "../lib/site_titles.js"
import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { loginCards } from "./session_list.js"
import { people } from "./messages.js"
import { confirm, field, select, showSecret, submits } from "../lib/dialogs.js"

const NONE = "none"

/** Add a moderator; `global`: the admin may grant roles on every site. */
export function addPerson(api, { sites, global }, changed) {
  const form = h("form", { className: "sheet-form" })
  const login = h("input", { name: "login", required: true, maxLength: 80, autocomplete: "off", autocapitalize: "none", spellcheck: false })
  const name = h("input", { name: "display_name", maxLength: 80, autocomplete: "off" })
  const role = roleEverywhere(global ? "moderator" : null)
  const here = siteRoles(sites, {})
  form.append(
    field(people.login, login),
    field(people.shownName, name, people.shownNameHint),
    ...(global ? [field(people.roleEverywhere, role)] : []),
    here,
    h("div", { className: "dialog-foot" }, h("button", { className: "button", type: "button", onclick: () => dialog.close() }, people.cancel), h("button", { className: "button button-primary", type: "submit" }, people.add)),
  )
  const dialog = open(people.addTitle, form)
  submits(form, async () => {
    const body = { login: login.value.trim(), display_name: name.value.trim(), role: chosen(role, global), sites: rolesOf(here) }
    const made = await api.ask("POST", "/moderators", body)
    dialog.close()
    changed(people.added(made.login))
    await showSecret(people.passwordTitle(made.login), people.passwordText, made.password)
  })
  login.focus()
}

/** Show and change one moderator. */
export function editPerson(api, person, { sites, global }, changed) {
  const path = `/moderators/${person.id}`
  const form = h("form", { className: "stack" })
  const name = h("input", { name: "display_name", maxLength: 80, value: person.display_name, autocomplete: "off", disabled: !person.governed })
  const role = roleEverywhere(person.role)
  const here = siteRoles(sites, person.sites)
  form.append(
    field(people.shownName, name, people.shownNameHint),
    ...(global ? [field(people.roleEverywhere, role)] : []),
    here,
    h("button", { className: "button button-primary", type: "submit" }, people.save),
  )
  submits(form, async () => {
    const now = rolesOf(here)
    for (const site of sites) {
      if ((now[site] ?? null) !== (person.sites[site] ?? null)) {
        await api.ask("PUT", `${path}/sites/${encodeURIComponent(site)}`, { role: now[site] ?? null })
      }
    }
    const body = {}
    if (name.value.trim() !== person.display_name) body.display_name = name.value.trim()
    if (global && chosen(role, true) !== person.role) body.role = chosen(role, true)
    if (Object.keys(body).length > 0) await api.ask("PATCH", path, body)
    dialog.close()
    changed(people.saved)
  })
  const dialog = open(person.login, [form, ...(person.governed ? [logins(api, path, () => changed()), account(api, person, path, () => dialog.close(), changed)] : [h("p", { className: "muted" }, people.beyond)])])
  name.focus()
}

function logins(api, path, changed) {
  const list = h("ul", { className: "cards" })
  const part = h("section", { className: "dialog-part" }, h("h3", {}, people.sessionsTitle), list)
  const show = async () => {
    try {
      const { sessions } = await api.get(`${path}/sessions`)
      const end = async (session) => {
        await api.ask("DELETE", `${path}/sessions/${session.id}`)
        changed()
        await show()
      }
      list.replaceChildren(...loginCards(sessions, end))
    } catch (error) {
      list.replaceChildren(h("li", { className: "nothing", role: "alert" }, error.message))
    }
  }
  show()
  return part
}

function account(api, person, path, close, changed) {
  const { login } = person
  const said = h("p", { className: "problem", role: "alert" })
  const act = async (work) => {
    said.textContent = ""
    try {
      await work()
    } catch (error) {
      said.textContent = error.message
    }
  }
  const password = async () => {
    if (!(await confirm(people.newPasswordTitle(login), people.newPasswordText, people.newPasswordYes))) return
    const made = await api.ask("POST", `${path}/password`)
    close()
    changed()
    await showSecret(people.passwordTitle(login), people.passwordText, made.password)
  }
  const disable = async () => {
    if (!person.disabled_at && !(await confirm(people.disableTitle(login), people.disableText, people.disableYes))) return
    await api.ask("PATCH", path, { disabled: !person.disabled_at })
    close()
    changed(person.disabled_at ? people.enabled(login) : people.saved)
  }
  const resetSecond = async () => {
    if (!(await confirm(people.resetSecondTitle(login), people.resetSecondText, people.resetSecondYes))) return
    await api.ask("DELETE", `${path}/second-factor`)
    close()
    changed(people.resetSecondDone(login))
  }
  const remove = async () => {
    if (!(await confirm(people.removeTitle(login), people.removeText, people.removeYes))) return
    await api.ask("DELETE", path)
    close()
    changed(people.removed(login))
  }
  const button = (label, work, danger) => h("button", { className: `button${danger ? " button-danger" : ""}`, type: "button", onclick: () => act(work) }, label)
  return h(
    "section",
    { className: "dialog-part" },
    h("h3", {}, people.account),
    said,
    h("div", { className: "row-actions" }, button(people.newPassword, password), person.second_factor && button(people.resetSecond, resetSecond), button(person.disabled_at ? people.enable : people.disable, disable), button(people.remove, remove, true)),
  )
}

const roleEverywhere = (role) => select("role", { ...people.roles, [NONE]: people.roleOnly }, role ?? NONE)
const chosen = (control, global) => (global && control.value !== NONE ? control.value : null)

function siteRoles(sites, roles) {
  const options = { [NONE]: people.roleNone, ...people.roles }
  const rows = sites.map((site) => {
    const control = select(`site:${site}`, options, roles[site] ?? NONE)
    control.dataset.site = site
    return field(nameOf(site), control)
  })
  return h("fieldset", {}, h("legend", {}, people.onSites), h("div", { className: "site-roles" }, rows))
}

function rolesOf(fieldset) {
  const chosen = [...fieldset.querySelectorAll("select")].filter(({ value }) => value !== NONE)
  return Object.fromEntries(chosen.map(({ dataset, value }) => [dataset.site, value]))
}
