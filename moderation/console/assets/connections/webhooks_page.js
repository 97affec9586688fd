// The endpoints that get a site's events, and the log of deliveries to one of them.

import { moment } from "../lib/dates.js"
import { confirm, showSecret } from "../lib/dialogs.js"
import { h } from "../lib/dom.js"
import { api, button, may, panel, path, show } from "./page.js"
import { words } from "./messages.js"
import { webhooks as texts } from "./webhook_messages.js"
import { DeliveryLog, named } from "./delivery_log.js"
import { addEndpoint, editEndpoint } from "./endpoint_dialog.js"

const list = `${path}/webhooks`
const log = new DeliveryLog(api, list, may)

const refresh = () => show(() => api.get(list), draw)

function draw({ endpoints }) {
  const add = may && button(texts.add, () => addEndpoint(api, list, refresh), { className: "button button-primary", icon: "plus" })
  const cards = endpoints.length === 0 ? h("li", { className: "nothing" }, texts.none) : endpoints.map(card)
  return [panel(texts.title, { act: add, hint: texts.hint, count: endpoints.length || "" }, h("ul", { className: "cards" }, cards)), endpoints.length > 0 && log.show(endpoints)]
}

function card(endpoint) {
  const { id } = endpoint
  const name = named(endpoint)
  return h(
    "li",
    { className: endpoint.enabled ? "" : "is-off" },
    h("span", { className: "card-title" }, h("span", { className: "address" }, name), state(endpoint)),
    h(
      "span",
      { className: "card-line" },
      h("span", {}, endpoint.events.length === 0 ? texts.all : endpoint.events.join(", ")),
      endpoint.held_text && h("span", { className: "chip chip-caution" }, texts.held),
      endpoint.secrets === 2 && h("span", { className: "chip" }, texts.rotating),
      endpoint.failing_since && h("span", {}, texts.since(moment(endpoint.failing_since, { full: true }))),
      endpoint.paused_until && new Date(endpoint.paused_until) > Date.now() && h("span", {}, texts.paused(endpoint.paused_until)),
    ),
    h(
      "div",
      { className: "card-actions" },
      button(texts.log, () => log.choose(id), { name: texts.logOf(name) }),
      may && button(texts.test, () => test(endpoint), { name: texts.testAt(name) }),
      may && button(texts.edit, () => editEndpoint(api, list, endpoint, refresh), { name: texts.editOf(name) }),
      may && button(texts.rotate, () => rotate(endpoint), { name: texts.rotateOf(name) }),
      may && endpoint.secrets === 2 && button(texts.endRotation, () => change("DELETE", `${id}/secrets`, undefined, texts.rotationEnded), { name: texts.endRotationOf(name) }),
      may && button(endpoint.enabled ? texts.off : texts.on, () => change("PATCH", id, { enabled: !endpoint.enabled }, endpoint.enabled ? texts.isOff : texts.isOn), { name: endpoint.enabled ? texts.offOf(name) : texts.onOf(name) }),
      may && button(words.remove, () => remove(endpoint), { name: texts.removeOf(name) }),
    ),
  )
}

function state({ enabled, disabled_why: why, given_up_at: givenUp, failing_since: failing }) {
  if (!enabled) return h("span", { className: "chip chip-bad" }, why === "gone" ? texts.gone : texts.switchedOff)
  if (givenUp) return h("span", { className: "chip chip-bad" }, texts.givenUp)
  if (failing) return h("span", { className: "chip chip-caution" }, texts.failing)
  return h("span", { className: "chip chip-good" }, texts.isOnChip)
}

async function change(method, where, body, notice) {
  await api.ask(method, `${list}/${where}`, body)
  await refresh()
  return notice
}

async function rotate(endpoint) {
  if (!(await confirm(texts.rotateTitle, texts.rotateText, texts.rotateYes))) return ""
  const { secret } = await api.ask("POST", `${list}/${endpoint.id}/secrets`)
  refresh()
  await showSecret(texts.secretOf(named(endpoint)), texts.secretText, secret)
  return ""
}

async function test({ id }) {
  const { webhook_id: sent } = await api.ask("POST", `${list}/${id}/tests`)
  await log.choose(id)
  log.waitFor(sent)
  return texts.tested
}

async function remove(endpoint) {
  if (!(await confirm(texts.removeTitle(named(endpoint)), texts.removeText, words.removeYes))) return ""
  return change("DELETE", endpoint.id, undefined, texts.removed)
}

refresh()
