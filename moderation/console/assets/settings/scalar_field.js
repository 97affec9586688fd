// A setting that is one value: a number, a switch, a choice or a line of text.

import { $, h } from "../lib/dom.js"
import { words } from "./messages.js"

export class Single {
  #input

  constructor(name, [label, hint], input, { own = false, wide = false } = {}) {
    this.name = name
    this.own = own
    this.base = null
    this.#input = input
    Object.assign(input, { name, id: name, dir: "auto" })
    input.setAttribute("aria-describedby", `${name}-hint`)
    const small = h("small", { className: "muted", id: `${name}-hint` }, hint)
    const said = h("div", { data: { said: "" } })
    this.node =
      input.type === "checkbox"
        ? h("div", { data: { field: name } }, h("label", { className: "check rule-check" }, input, h("span", {}, label, small)), said)
        : h("div", { className: `field${wide ? " is-wide" : ""}`, data: { field: name } }, h("span", {}, h("label", { htmlFor: name }, label)), input, small, said)
  }

  get changed() {
    return this.value !== this.base
  }

  get value() {
    const input = this.#input
    if (input.type === "checkbox") return input.checked || null
    const text = input.value.trim()
    if (this.own) return text
    if (text === "") return null
    return input.type === "number" ? Number(text) : text
  }

  show(value) {
    this.put(value)
    this.base = this.value
  }

  put(value) {
    if (this.#input.type === "checkbox") this.#input.checked = Boolean(value)
    else this.#input.value = value ?? ""
  }

  differs(theirs) {
    const shown = this.#input.type === "checkbox" ? theirs || null : this.own ? (theirs ?? "") : (theirs ?? null)
    return shown !== this.base
  }

  theirs(theirs, who) {
    return { said: words.theirs(who, theirs === null || theirs === "" ? words.nothing : String(theirs)) }
  }

  lock() {
    if (["text", "number", "textarea"].includes(this.#input.type)) this.#input.readOnly = true
    else this.#input.disabled = true
  }

  problems(errors) {
    this.#input.setAttribute("aria-invalid", "true")
    this.showNote(h("p", { className: "problem", role: "alert" }, errors.map(({ detail }) => detail).join(" ")))
  }

  showNote(...nodes) {
    $("[data-said]", this.node).replaceChildren(...nodes)
  }

  clear() {
    this.#input.removeAttribute("aria-invalid")
    this.showNote()
  }

  focus() {
    this.#input.focus()
  }
}
