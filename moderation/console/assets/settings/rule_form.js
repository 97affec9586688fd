// Fields shared by the rules of a site, a section and a post.

import { $, h } from "../lib/dom.js"
import { decimal } from "../lib/language.js"
import { messages } from "../lib/messages.js"

/** Filters whose thresholds can be temporarily stricter. */
const FILTERS = ["profanity", "toxicity", "spam", "links", "flood", "personal_data", "names"]

export function field(label, input, hint) {
  return h("label", { className: "field" }, h("span", {}, label), input, hint && h("small", { className: "muted" }, hint))
}

export function number(name, value, { max, placeholder = "" } = {}) {
  return h("input", { type: "number", inputMode: "numeric", name, min: 0, max, step: 1, value: value ?? "", placeholder })
}

export function choice(name, options, value) {
  const select = h("select", { name }, options.map(([key, label]) => h("option", { value: key }, label)))
  select.value = value ?? ""
  return select
}

export const states = (inherited) => [["", inherited], ...["open", "premoderated", "closed"].map((state) => [state, messages.states[state]])]

/** Closing by age and slow mode. */
export function timing(rules, inherited) {
  return h(
    "div",
    { className: "rule-grid" },
    field(messages.closeAfter, number("close_after_days", rules.close_after_days, { max: 3650, placeholder: inherited }), messages.closeAfterHint),
    field(messages.slowMode, number("slow_seconds", rules.slow_seconds, { max: 86_400, placeholder: inherited }), messages.slowModeHint),
  )
}

/** Temporary thresholds; `usual` are the site's. */
export function strict(rules, usual) {
  return h("fieldset", { className: "rule-set" }, h("legend", {}, messages.stricter), h("p", { className: "muted" }, messages.stricterHint), strictFields(rules, usual))
}

/** The fields of temporary thresholds without a frame, for a section. */
export function strictFields(rules, usual) {
  const until = h("input", { type: "datetime-local", name: "strict_until", value: rules.strict_until ? localTime(rules.strict_until) : "" })
  const thresholds = FILTERS.map((name) =>
    field(messages.filterName(name), h("input", { type: "number", name: `strict.${name}`, min: 0, max: 1, step: 0.01, value: rules.strict_thresholds?.[name] ?? "", placeholder: name in usual ? decimal(usual[name]) : "" })),
  )
  const box = h("div", { className: "strict", data: { strict: "" } }, h("div", { className: "rule-grid rule-grid-small" }, thresholds), field(messages.strictUntil, until, messages.strictUntilHint))
  // Scores that this form does not show are kept.
  box.others = Object.entries(rules.strict_thresholds ?? {}).filter(([name]) => !FILTERS.includes(name))
  return box
}

/** Return the values of a form or section for the API; empty fields inherit from the level above. */
export function formValues(box) {
  const value = (name) => $(`[name="${name}"]`, box).value
  const whole = (name) => (value(name) === "" ? null : Number(value(name)))
  const scores = FILTERS.filter((name) => value(`strict.${name}`)).map((name) => [name, Number(value(`strict.${name}`))])
  const given = [...scores, ...$("[data-strict]", box).others]
  return {
    close_after_days: whole("close_after_days"),
    slow_seconds: whole("slow_seconds"),
    strict_thresholds: given.length ? Object.fromEntries(given) : null,
    strict_until: value("strict_until") ? new Date(value("strict_until")).toISOString() : null,
  }
}

/** Save, and show the result beside the button. */
export async function save(form, request) {
  const state = form.querySelector("[data-saved]")
  const button = form.querySelector("[type=submit]")
  button.disabled = true
  try {
    const saved = await request()
    state.className = "muted"
    state.textContent = messages.saved
    return saved
  } catch (error) {
    state.className = "notice notice-bad"
    state.textContent = error.message
    return null
  } finally {
    button.disabled = false
  }
}

export const saving = () =>
  h("p", { className: "rule-save" }, h("button", { className: "button button-primary", type: "submit" }, messages.save), h("span", { role: "status", data: { saved: "" } }))

function localTime(iso) {
  const moment = new Date(iso)
  return new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
