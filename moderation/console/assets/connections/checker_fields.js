// The fields of the outside check; those of other shapes are hidden.

import { field, select } from "../lib/dialogs.js"
import { h } from "../lib/dom.js"
import { checker as texts } from "./messages.js"

const HEADERS = { openai: "Authorization", perspective: "X-Goog-Api-Key", json: "Authorization" }

/** Returns the fields' nodes, and a function that returns the settings as the API takes them. */
export function fieldsOf(saved, hasSecret) {
  const line = (name, more = {}) => h("input", { name, value: saved[name], autocomplete: "off", spellcheck: false, ...more })
  const number = (name, min, max, step) => h("input", { name, type: "number", min, max, step, value: saved[name], inputMode: "decimal" })
  const check = (name) => h("input", { name, type: "checkbox", checked: saved[name] })
  const control = {
    url: line("url", { type: "url", maxLength: 2048, placeholder: "https://checker.example/judge" }),
    shape: select("shape", texts.shapes, saved.shape),
    secret: h("input", { name: "secret", type: "password", maxLength: 2000, autocomplete: "off", placeholder: hasSecret ? texts.secretKept : "" }),
    secret_header: line("secret_header", { maxLength: 80, value: saved.secret_header === HEADERS[saved.shape] ? "" : saved.secret_header }),
    model: line("model", { maxLength: 100 }),
    attributes: line("attributes", { value: saved.attributes.join(", ") }),
    template: h("textarea", { name: "template", rows: 5, spellcheck: false, value: JSON.stringify(saved.template, null, 2) }),
    scores: line("scores", { maxLength: 400, placeholder: "/result/scores" }),
    enabled: check("enabled"),
    wait: check("wait"),
    unavailable: select("unavailable", texts.unavailables, saved.unavailable),
    threshold: number("threshold", 0, 1, 0.05),
    timeout: number("timeout", 0.5, 10, 0.5),
    daily_cap: number("daily_cap", 1, 1_000_000, 1),
    failures: number("failures", 1, 100, 1),
  }
  const labelled = (name) => field(texts.fields[name][0], control[name], texts.fields[name][1])
  const checked = (name) => h("label", { className: "rule-check" }, control[name], h("span", {}, texts.fields[name][0], texts.fields[name][1] && h("small", { className: "muted" }, ` ${texts.fields[name][1]}`)))
  const only = { openai: ["model"], perspective: ["attributes"], json: ["template", "scores"] }
  const shaped = Object.entries(only).flatMap(([shape, names]) => names.map((name) => [shape, labelled(name)]))
  const choose = () => {
    for (const [shape, node] of shaped) node.hidden = shape !== control.shape.value
    control.secret_header.placeholder = HEADERS[control.shape.value]
  }
  control.shape.addEventListener("change", choose)
  choose()

  const values = () => {
    const shape = control.shape.value
    const given = { shape, url: control.url.value.trim(), unavailable: control.unavailable.value, secret_header: control.secret_header.value.trim() }
    for (const name of ["enabled", "wait"]) given[name] = control[name].checked
    for (const name of ["threshold", "timeout", "daily_cap", "failures"]) given[name] = control[name].value === "" ? null : Number(control[name].value)
    if (control.secret.value) given.secret = control.secret.value
    if (shape === "openai") given.model = control.model.value.trim()
    if (shape === "perspective") given.attributes = control.attributes.value.split(/[\s,]+/).filter(Boolean)
    if (shape === "json") {
      given.scores = control.scores.value.trim()
      try {
        given.template = JSON.parse(control.template.value)
      } catch {
        // The service reports it at the field.
        given.template = control.template.value
      }
    }
    return given
  }
  const nodes = [
    checked("enabled"),
    h("div", { className: "checker-grid" }, labelled("url"), labelled("shape"), labelled("secret"), labelled("secret_header"), shaped.map(([, node]) => node)),
    checked("wait"),
    h("div", { className: "checker-grid is-narrow" }, labelled("threshold"), labelled("unavailable"), labelled("timeout"), labelled("daily_cap"), labelled("failures")),
  ]
  return { nodes, values }
}
