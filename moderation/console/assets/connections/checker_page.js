// The outside check: settings of a site's own checker, its state, and what it is sent.

import { moment } from "../lib/dates.js"
import { confirm, submits } from "../lib/dialogs.js"
import { h } from "../lib/dom.js"
import { number } from "../lib/language.js"
import { api, button, may, panel, path, show, toasts } from "./page.js"
import { checker as texts, words } from "./messages.js"
import { fieldsOf } from "./checker_fields.js"

const USUAL = { url: "", shape: "openai", enabled: false, wait: true, unavailable: "hold", threshold: 0.8, timeout: 5, daily_cap: 1000, failures: 5, secret_header: "", model: "", attributes: ["TOXICITY"], template: { content: "{text}" }, scores: "" }

const refresh = () => show(() => api.get(`${path}/checker`), draw)

function draw({ checker, state }) {
  return [panel(texts.title, { hint: texts.hint }, stateOf(checker, state)), settings(checker, state), may && sent()]
}

let values = () => null

function stateOf(checker, state) {
  if (!checker) return h("p", { className: "muted" }, texts.none)
  const lines = [
    [texts.state, h("span", { className: `chip ${checker.enabled ? "chip-good" : ""}` }, checker.enabled ? texts.on : texts.off)],
    [texts.today, texts.ofCap(state.sent_today, checker.daily_cap)],
    [texts.waiting, number(state.waiting)],
  ]
  if (state.breaker !== "closed") lines.push([texts.breaker, h("span", { className: "chip chip-bad" }, texts.breakers[state.breaker] ?? state.breaker)])
  if (state.last_error) lines.push([texts.lastError, state.last_error])
  if (state.skipped_at) lines.push([texts.skipped, moment(state.skipped_at, { full: true })])
  return h("dl", { className: "place" }, lines.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]))
}

function settings(checker, state) {
  const form = h("form", { className: "checker-form", noValidate: true })
  const fields = fieldsOf({ ...USUAL, ...checker }, Boolean(state?.has_secret))
  values = fields.values
  form.append(h("fieldset", { disabled: !may }, h("legend", { className: "visually-hidden" }, texts.settings), fields.nodes))
  if (may) {
    form.append(h("div", { className: "row-actions" }, h("button", { className: "button button-primary", type: "submit" }, texts.save), checker && button(words.remove, remove, { name: texts.remove })))
    submits(form, async () => {
      await api.ask("PUT", `${path}/checker`, fields.values())
      toasts.show(texts.saved)
      refresh()
    })
  }
  return panel(texts.settings, {}, form)
}

async function remove() {
  if (!(await confirm(texts.removeTitle, texts.removeText, words.removeYes))) return ""
  await api.ask("DELETE", `${path}/checker`)
  refresh()
  return texts.removed
}

/** The request for a text by the settings in the form, saved or not. */
function sent() {
  const text = h("textarea", { name: "text", rows: 2, maxLength: 10_000, value: texts.sample })
  const found = h("div", { className: "request-found" })
  const form = h("form", { className: "stack checker-preview" }, h("label", { className: "field" }, h("span", {}, texts.text), text), h("button", { className: "button", type: "submit" }, texts.preview), found)
  submits(form, async () => {
    found.replaceChildren()
    const request = await api.ask("POST", `${path}/checker/preview`, { text: text.value, checker: values() })
    const head = [`${request.method} ${request.url}`, ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`)]
    const personal = request.personal_data
    found.replaceChildren(
      h("p", { className: personal.length > 0 ? "notice notice-caution" : "notice" }, personal.length > 0 ? texts.personal(personal) : texts.impersonal),
      h("pre", { className: "request", tabIndex: 0, role: "region", ariaLabel: texts.request }, `${head.join("\n")}\n\n${JSON.stringify(request.body, null, 2)}`),
    )
  })
  return panel(texts.sent, { hint: texts.sentHint }, form)
}

refresh()
