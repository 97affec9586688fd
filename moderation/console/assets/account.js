// One's own account: name, password, sessions and keys.

import { Api } from "./api.js"
import { $, h } from "./dom.js"
import { keysPanel } from "./help.js"
import { loginCards } from "./logins.js"
import { people } from "./people_messages.js"
import { confirm, submits } from "./sheets.js"
import { Toasts } from "./toast.js"

const api = new Api($('meta[name="csrf-token"]').content)
const toasts = new Toasts($("[data-toasts]"), $("[data-announce]"), $("[data-alert]"))
const state = $("[data-state]")

async function load() {
  try {
    show(await api.get("/me"))
    state.hidden = true
    $("[data-account]").hidden = false
  } catch (error) {
    const again = h("button", { className: "button", type: "button", onclick: load }, people.failed)
    state.replaceChildren(h("span", { className: "notice notice-bad", role: "alert" }, error.message), " ", again)
  }
  state.removeAttribute("aria-busy")
}

function show(account) {
  const roles = Object.entries(account.sites).map(([site, role]) => people.onSite(role, site))
  if (account.role) roles.unshift(people.everywhere(account.role))
  $("[data-roles]").textContent = people.rolesLine(account.login, roles.join(", "))
  $("[data-name-form]").elements.display_name.value = account.display_name
  const mail = $("[data-mail-form]").elements
  mail.mail.value = account.mail
  mail.email.value = account.email
  $("[data-mail-state]").textContent = people.mailState(account)
  $("[data-sessions]").replaceChildren(...loginCards(account.sessions, end))
}

async function end(session) {
  try {
    await api.ask("DELETE", `/me/sessions/${session.id}`)
    toasts.say(people.ended)
  } catch (error) {
    toasts.say(error.message, { tone: "bad" })
  }
  await load()
}

const name = $("[data-name-form]")
submits(name, async () => {
  show(await api.ask("PATCH", "/me", { display_name: name.elements.display_name.value.trim() }))
  toasts.say(people.nameSaved)
})

const mail = $("[data-mail-form]")
submits(mail, async () => {
  const { mail: often, email } = mail.elements
  show(await api.ask("PATCH", "/me", { mail: often.value, email: email.value.trim() }))
  toasts.say(people.saved)
})

const password = $("[data-password-form]")
submits(password, async () => {
  const { current, password: fresh } = password.elements
  const before = $("[data-sessions]").children.length
  const account = await api.ask("PUT", "/me/password", { current: current.value, password: fresh.value })
  password.reset()
  show(account)
  toasts.say(people.passwordChanged(before > 1))
})

$("[data-log-out-all]").addEventListener("click", async () => {
  if (!(await confirm(people.logOutAllTitle, people.logOutAllText, people.endAll))) return
  try {
    await api.ask("DELETE", "/me/sessions")
    location.assign("/review/login")
  } catch (error) {
    toasts.say(error.message, { tone: "bad" })
  }
})

$("[data-keys]").replaceChildren(keysPanel(() => {}))
load()
