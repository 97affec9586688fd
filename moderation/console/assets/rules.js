// The rules of a site and of its sections.

import { Api } from "./api.js"
import { $, $$, h, icon } from "./dom.js"
import { messages } from "./messages.js"
import { choice, field, number, said, save, saving, states, strict, timing } from "./ruleform.js"

const api = new Api($('meta[name="csrf-token"]').content)
const place = $("[data-rules]")
const chosen = $("[data-filter=site]")
const senior = place.dataset.senior === "true"

const site = () => chosen?.value || place.dataset.site

async function show() {
  try {
    draw(await api.get(`/sites/${encodeURIComponent(site())}/rules`))
  } catch (error) {
    place.replaceChildren(h("p", { className: "notice notice-bad", role: "alert" }, error.message))
  }
  place.removeAttribute("aria-busy")
}

function draw(rules) {
  const form = h(
    "form",
    { className: "rules", onsubmit: (event) => send(event, form) },
    !senior && h("p", { className: "notice" }, messages.onlySeniors),
    h(
      "fieldset",
      { className: "rule-set", disabled: !senior },
      h("legend", {}, messages.newComments),
      check("hold_everything", rules.hold_everything, messages.holdEverything, messages.holdEverythingHint),
      check("premoderate", rules.premoderate, messages.premoderate, messages.premoderateHint),
      timing(rules, messages.never),
    ),
    disabled(strict(rules, rules.thresholds)),
    h(
      "fieldset",
      { className: "rule-set", disabled: !senior },
      h("legend", {}, messages.sections),
      h("p", { className: "muted" }, messages.sectionsHint),
      h("ol", { className: "sections", data: { sections: "" } }, (rules.sections ?? []).map(section)),
      h("button", { className: "button", type: "button", data: { add: "" }, onclick: add }, messages.addSection),
    ),
    senior && saving(),
  )
  place.replaceChildren(form)
}

function disabled(set) {
  set.disabled = !senior
  return set
}

function check(name, on, label, hint) {
  return h("label", { className: "check rule-check" }, h("input", { type: "checkbox", name, checked: Boolean(on) }), h("span", {}, label, h("small", { className: "muted" }, hint)))
}

function section(rules) {
  const row = h(
    "li",
    { className: "section" },
    field(messages.prefix, h("input", { name: "prefix", required: true, maxLength: 512, value: rules.prefix ?? "", placeholder: "/politics/", autocomplete: "off", spellcheck: false })),
    field(messages.state, choice("state", states(messages.asSite), rules.state)),
    field(messages.closeAfterShort, number("close_after_days", rules.close_after_days, { max: 3650, placeholder: messages.asSite })),
    field(messages.slowModeShort, number("slow_seconds", rules.slow_seconds, { max: 86_400, placeholder: messages.asSite })),
    h("button", { className: "icon-button", type: "button", ariaLabel: messages.removeSection(rules.prefix ?? ""), onclick: () => remove(row) }, icon("cross")),
  )
  // What this form does not show of a section stays as it is.
  row.rest = { strict_thresholds: rules.strict_thresholds ?? null, strict_until: rules.strict_until ?? null }
  return row
}

function add() {
  const row = section({})
  $("[data-sections]").append(row)
  $("input", row).focus()
}

function remove(row) {
  row.remove()
  $("[data-add]").focus()
}

function sections() {
  return $$(".section").map((row) => {
    const value = (name) => $(`[name=${name}]`, row).value.trim()
    const whole = (name) => (value(name) === "" ? null : Number(value(name)))
    return { ...row.rest, prefix: value("prefix"), state: value("state") || null, close_after_days: whole("close_after_days"), slow_seconds: whole("slow_seconds") }
  })
}

async function send(event, form) {
  event.preventDefault()
  const own = $(".rule-set", form)
  const on = (name) => $(`[name=${name}]`, own).checked
  const whole = (name) => ($(`[name=${name}]`, own).value === "" ? null : Number($(`[name=${name}]`, own).value))
  const rules = {
    ...said(form),
    hold_everything: on("hold_everything"),
    premoderate: on("premoderate"),
    close_after_days: whole("close_after_days"),
    slow_seconds: whole("slow_seconds"),
    sections: sections(),
  }
  await save(form, () => api.change(`/sites/${encodeURIComponent(site())}/rules`, rules))
}

chosen?.addEventListener("change", show)
show()
