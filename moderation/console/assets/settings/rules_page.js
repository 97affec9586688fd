// The rules of a site and of its sections.

import { Api } from "../lib/api.js"
import { $, $$, h, icon } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { choice, field, number, formValues, save, saving, states, strict, strictFields, timing } from "./rule_form.js"

const api = new Api($('meta[name="csrf-token"]').content)
const place = $("[data-rules]")
const chosen = $("[data-filter=site]")
const senior = place.dataset.senior === "true"

const site = () => chosen?.value || place.dataset.site
const path = () => `/sites/${encodeURIComponent(site())}/rules`

/** The loaded rules, their version, and the form's values at that time. */
let read = null
let etag = ""
let first = {}

async function show() {
  const settings = $("[data-site-settings]")
  if (settings) settings.href = `/review/sites/${encodeURIComponent(site())}`
  const requested = site()
  try {
    const answer = await api.tagged("GET", path())
    // Another site was chosen meanwhile.
    if (requested !== site()) return
    draw(...answer)
  } catch (error) {
    if (requested !== site()) return
    place.replaceChildren(h("p", { className: "notice notice-bad", role: "alert" }, error.message))
  }
  place.removeAttribute("aria-busy")
}

function draw(rules, tag) {
  ;[read, etag] = [rules, tag]
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
      h("ol", { className: "sections", data: { sections: "" } }, (rules.sections ?? []).map((each) => section(each, rules.thresholds))),
      h("button", { className: "button", type: "button", data: { add: "" }, onclick: () => add(rules.thresholds) }, messages.addSection),
    ),
    senior && saving(),
  )
  place.replaceChildren(form)
  first = rulesOf(form)
}

function disabled(set) {
  set.disabled = !senior
  return set
}

function check(name, on, label, hint) {
  return h("label", { className: "check rule-check" }, h("input", { type: "checkbox", name, checked: Boolean(on) }), h("span", {}, label, h("small", { className: "muted" }, hint)))
}

function section(rules, usual) {
  const scores = Object.keys(rules.strict_thresholds ?? {}).length
  const row = h(
    "li",
    { className: "section" },
    field(messages.prefix, h("input", { name: "prefix", required: true, maxLength: 512, value: rules.prefix ?? "", placeholder: "/politics/", autocomplete: "off", spellcheck: false })),
    field(messages.state, choice("state", states(messages.asSite), rules.state)),
    field(messages.closeAfter, number("close_after_days", rules.close_after_days, { max: 3650, placeholder: messages.asSite })),
    field(messages.slowModeShort, number("slow_seconds", rules.slow_seconds, { max: 86_400, placeholder: messages.asSite })),
    h("button", { className: "icon-button", type: "button", ariaLabel: messages.removeSection(rules.prefix ?? ""), onclick: () => remove(row) }, icon("cross")),
    h("details", { className: "section-strict", open: scores > 0 }, h("summary", {}, messages.stricter, scores > 0 && h("span", { className: "chip chip-caution" }, messages.strictScores(scores, rules.strict_until))), h("p", { className: "muted" }, messages.stricterHint), strictFields(rules, usual)),
  )
  return row
}

function add(usual) {
  const row = section({}, usual)
  $("[data-sections]").append(row)
  $("input", row).focus()
}

function remove(row) {
  row.remove()
  $("[data-add]").focus()
}

function sections() {
  return $$(".section").map((row) => ({ ...formValues(row), prefix: $("[name=prefix]", row).value.trim(), state: $("[name=state]", row).value || null }))
}

/** Return all values of the form. */
function rulesOf(form) {
  const own = $(".rule-set", form)
  const on = (name) => $(`[name=${name}]`, own).checked
  return { ...formValues(form), hold_everything: on("hold_everything"), premoderate: on("premoderate"), sections: sections() }
}

const differing = (one, other) => Object.keys(one).filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]))

async function send(event, form) {
  event.preventDefault()
  const rules = rulesOf(form)
  const changed = differing(rules, first)
  // The response is about the site that was chosen when the request was sent.
  if (chosen) chosen.disabled = true
  const saved = await save(form, () => change(Object.fromEntries(changed.map((key) => [key, rules[key]]))))
  if (chosen) chosen.disabled = false
  if (!saved) return
  first = rules
  if (saved.redraw) {
    draw(read, etag)
    $("[data-saved]").textContent = messages.saved
  }
}

/** Save; after a colleague's change, only if it does not touch the same fields. */
async function change(rules) {
  try {
    ;[read, etag] = await api.tagged("PATCH", path(), rules, etag)
    return {}
  } catch (error) {
    if (error.status !== 412) throw error
    const who = error.body.change?.actor_name ?? ""
    const [now, tag] = await api.tagged("GET", path())
    const both = differing(now, read).filter((key) => key in rules)
    if (both.length > 0) throw new Error(messages.rulesChanged(who, both))
    ;[read, etag] = await api.tagged("PATCH", path(), rules, tag)
    return { redraw: true }
  }
}

chosen?.addEventListener("change", show)
show()
