// A setting that is a list of choices, each with its own box to tick.

import { $, $$, h } from "../lib/dom.js"
import { commas } from "../lib/language.js"
import { words } from "./messages.js"

export class Choices {
  #names

  constructor(name, [label, hint], options) {
    this.name = name
    this.own = false
    this.base = "[]"
    this.#names = new Map(options)
    const boxes = options.map(([value, text]) => h("label", { className: "check" }, h("input", { type: "checkbox", name, value }), h("span", {}, text)))
    this.node = h(
      "fieldset",
      { className: "field is-wide choices", id: name, data: { field: name } },
      h("legend", {}, label),
      h("small", { className: "muted" }, hint),
      h("div", { className: "choice-list" }, boxes),
      h("div", { data: { said: "" } }),
    )
  }

  get changed() {
    return JSON.stringify(this.value) !== this.base
  }

  get value() {
    return this.#boxes.filter(({ checked }) => checked).map(({ value }) => value)
  }

  show(value) {
    this.put(value)
    this.base = JSON.stringify(this.value)
  }

  put(value) {
    const chosen = new Set(value ?? [])
    for (const box of this.#boxes) box.checked = chosen.has(box.value)
  }

  differs(theirs) {
    return JSON.stringify([...(theirs ?? [])].sort()) !== JSON.stringify(JSON.parse(this.base).sort())
  }

  theirs(theirs, who) {
    const names = (theirs ?? []).map((value) => this.#names.get(value) ?? value)
    return { said: words.theirs(who, commas(names) || words.allLanguages) }
  }

  lock() {
    for (const box of this.#boxes) box.disabled = true
  }

  problems(errors) {
    this.showNote(h("p", { className: "problem", role: "alert" }, errors.map(({ detail }) => detail).join(" ")))
  }

  showNote(...nodes) {
    $("[data-said]", this.node).replaceChildren(...nodes)
  }

  clear() {
    this.showNote()
  }

  focus() {
    this.#boxes[0]?.focus()
  }

  get #boxes() {
    return $$("input", this.node)
  }
}
