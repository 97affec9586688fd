// Webhooks that other systems send: their addresses, secrets, and the log of deliveries.

import { moment } from "../lib/dates.js"
import { open } from "../lib/dialog.js"
import { confirm, field, showSecret, submits } from "../lib/dialogs.js"
import { h } from "../lib/dom.js"
import { api, button, may, panel, path, show, toasts } from "./page.js"
import { words } from "./messages.js"

const texts = words.incoming
/** Senders with a panel of their own, whether they have a secret or not. */
const USUAL = ["ghost", "wordpress"]
const PAGE = 50

const refresh = () => show(load, draw)

async function load() {
  const [{ hooks }, { deliveries }] = await Promise.all([api.get(`${path}/hooks`), api.get(`${path}/hooks/deliveries`, { limit: PAGE })])
  return { hooks, deliveries }
}

function draw({ hooks, deliveries }) {
  const shown = hooks.filter(({ adapter, secrets }) => USUAL.includes(adapter) || secrets.length > 0)
  const rest = hooks.filter((hook) => !shown.includes(hook))
  return [...shown.map(sender), rest.length > 0 && panel(texts.more, {}, h("ul", { className: "cards" }, rest.map(other))), log(deliveries)]
}

function sender(hook) {
  const [label, hint] = texts.senders[hook.adapter]
  return panel(
    label,
    { act: may && adding(hook, label), hint },
    h("dl", { className: "place" }, h("dt", {}, texts.address), h("dd", {}, h("code", {}, hook.address)), h("dt", {}, texts.header), h("dd", {}, hook.header ? h("code", {}, hook.header) : texts.inBody)),
    h("ul", { className: "cards" }, hook.secrets.length === 0 ? h("li", { className: "nothing" }, texts.none) : hook.secrets.map((secret) => card(secret, label))),
  )
}

function other(hook) {
  const [label, hint] = texts.senders[hook.adapter]
  return h("li", {}, h("span", { className: "card-title" }, label), h("span", { className: "card-line" }, hint), may && adding(hook, label))
}

const adding = (hook, label) => button(texts.add, () => addSecret(hook, label), { name: texts.addTo(label), icon: "plus" })

function card(secret, label) {
  const remove = async () => {
    if (!(await confirm(texts.removeTitle(secret.last_four), texts.removeText, words.removeYes))) return ""
    await api.ask("DELETE", `${path}/hooks/secrets/${secret.id}`)
    refresh()
    return texts.removed
  }
  return h(
    "li",
    {},
    h("span", { className: "card-title" }, h("code", {}, `…${secret.last_four}`)),
    h("span", { className: "card-line" }, h("span", {}, texts.added(moment(secret.created_at, { full: true })))),
    may && button(words.remove, remove, { name: texts.removeOf(secret.last_four, label) }),
  )
}

function addSecret(hook, label) {
  const own = h("input", { name: "secret", maxLength: 320, autocomplete: "off", spellcheck: false, className: "code" })
  const form = h(
    "form",
    { className: "sheet-form" },
    h("p", {}, texts.addText),
    field(texts.own, own, texts.ownHint),
    h("div", { className: "dialog-foot" }, h("button", { className: "button", type: "button", onclick: () => dialog.close() }, words.cancel), h("button", { className: "button button-primary", type: "submit" }, words.add)),
  )
  const dialog = open(texts.addTo(label), form)
  submits(form, async () => {
    const given = own.value.trim()
    const { secret } = await api.ask("POST", `${path}/hooks/secrets`, { adapter: hook.adapter, secret: given })
    dialog.close()
    refresh()
    if (given) toasts.show(texts.kept)
    else await showSecret(texts.made(label), texts.text, secret)
  })
  own.focus()
}

function log(deliveries) {
  if (deliveries.length === 0) return panel(texts.log, {}, h("p", { className: "muted" }, texts.nothing))
  const rows = h("tbody", {}, deliveries.map(row))
  const table = h("table", { className: "log" }, h("thead", {}, h("tr", {}, texts.columns.map((name) => h("th", { scope: "col" }, name)))), rows)
  let last = deliveries.at(-1).id
  const older = button(texts.older, async () => {
    const found = await api.get(`${path}/hooks/deliveries`, { limit: PAGE, before: last })
    rows.append(...found.deliveries.map(row))
    last = found.deliveries.at(-1)?.id
    older.hidden = found.deliveries.length < PAGE
  })
  older.hidden = deliveries.length < PAGE
  return panel(texts.log, { hint: texts.logHint }, h("div", { className: "table-box" }, table), h("div", { className: "log-foot" }, older))
}

function row(delivery) {
  const [label, tone] = texts.outcomes[delivery.outcome] ?? [delivery.outcome, ""]
  return h(
    "tr",
    {},
    h("td", {}, moment(delivery.received_at, { full: true })),
    h("td", {}, texts.senders[delivery.adapter]?.[0] ?? delivery.adapter),
    h("td", {}, h("span", { className: `chip ${tone}` }, label), delivery.outcome === "failed" && ` ${delivery.code}`),
    h("td", {}, delivery.event),
    h("td", { className: "is-wide" }, delivery.post ?? "", delivery.delivery && h("span", { className: "muted" }, ` ${delivery.delivery}`)),
  )
}

refresh()
