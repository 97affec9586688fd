// The moderator's own account: name, password, sessions and keys.

import { Api } from "../lib/api.js"
import { $, h } from "../lib/dom.js"
import { commas } from "../lib/language.js"
import { keysPanel } from "../queue/shortcuts_dialog.js"
import { languageChoice } from "../lib/language_choice.js"
import { loginCards } from "./session_list.js"
import { people } from "./messages.js"
import { reveals } from "./password_reveal.js"
import { secondFactorPanel } from "./second_factor.js"
import { confirm, submits } from "../lib/dialogs.js"
import { Toasts } from "../lib/toast.js"

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
  $("[data-roles]").textContent = people.rolesLine(account.login, commas(roles))
  $("[data-name-form]").elements.display_name.value = account.display_name
  $("[data-name-state]").textContent = account.display_name_wish ? people.nameWish(account.display_name_wish) : ""
  const mail = $("[data-mail-form]").elements
  mail.mail.value = account.mail
  mail.email.value = account.email
  mail.mail_hour.value = account.mail_hour
  zones(mail.mail_zone, account.mail_zone)
  daily()
  $("[data-mail-state]").textContent = people.mailState(account)
  $("[data-sessions]").replaceChildren(...loginCards(account.sessions, end))
  secondFactorPanel($("[data-second-factor]"), api, account, changed)
}

async function changed(said) {
  toasts.show(said)
  await load()
}

/** List every time zone of the browser, the local one first. */
function zones(select, chosen) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  const known = [here, "UTC", chosen, ...(Intl.supportedValuesOf?.("timeZone") ?? [])].filter(Boolean)
  select.replaceChildren(...[...new Set(known)].map((zone) => h("option", { value: zone }, zone.replaceAll("_", " "))))
  select.value = chosen
}

function daily() {
  $("[data-daily]").hidden = $("[data-mail-form]").elements.mail.value !== "daily"
}

async function end(session) {
  try {
    await api.ask("DELETE", `/me/sessions/${session.id}`)
    toasts.show(people.ended)
  } catch (error) {
    toasts.show(error.message, { tone: "bad" })
  }
  await load()
}

const name = $("[data-name-form]")
submits(name, async () => {
  const account = await api.ask("PATCH", "/me", { display_name: name.elements.display_name.value.trim() })
  show(account)
  toasts.show(account.display_name_wish ? people.nameAsked : people.nameSaved)
})

const mail = $("[data-mail-form]")
submits(mail, async () => {
  const { mail: often, email, mail_hour: hour, mail_zone: zone } = mail.elements
  const when = often.value === "daily" ? { mail_hour: Number(hour.value), mail_zone: zone.value } : {}
  show(await api.ask("PATCH", "/me", { mail: often.value, email: email.value.trim(), ...when }))
  toasts.show(people.saved)
})

mail.elements.mail.addEventListener("change", daily)

const password = $("[data-password-form]")
submits(password, async () => {
  const { current, password: fresh } = password.elements
  const before = $("[data-sessions]").children.length
  const account = await api.ask("PUT", "/me/password", { current: current.value, password: fresh.value })
  password.reset()
  show(account)
  toasts.show(people.passwordChanged(before > 1))
})

$("[data-log-out-all]").addEventListener("click", async () => {
  if (!(await confirm(people.logOutAllTitle, people.logOutAllText, people.endAll))) return
  try {
    await api.ask("DELETE", "/me/sessions")
    location.assign("/review/login")
  } catch (error) {
    toasts.show(error.message, { tone: "bad" })
  }
})

reveals()
languageChoice()
$("[data-keys]").replaceChildren(keysPanel(() => {}))
load()
