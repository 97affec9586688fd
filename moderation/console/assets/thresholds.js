// From which score on each filter's findings hold a comment.

import { $, $$, h } from "./dom.js"
import { words } from "./site_messages.js"

export class Thresholds {
  #usual = {}
  /** Scores that this page does not show stay as they are. */
  #others = {}

  constructor() {
    this.name = "thresholds"
    this.own = false
    this.base = null
    this.node = h("div", { className: "thresholds", data: { field: this.name } }, Object.entries(words.thresholds).map(([name, said]) => this.#row(name, said)), h("div", { data: { said: "" } }))
  }

  get changed() {
    return JSON.stringify(this.value) !== JSON.stringify(this.base)
  }

  /** Only the scores that are not the usual ones; null when all are. */
  get value() {
    const set = { ...this.#others }
    for (const input of $$("input", this.node)) if (Number(input.value) !== this.#usual[input.name]) set[input.name] = Number(input.value)
    return Object.keys(set).length > 0 ? set : null
  }

  usual(scores) {
    this.#usual = scores
  }

  show(set) {
    this.put(set)
    this.base = this.value
  }

  put(set) {
    this.#others = Object.fromEntries(Object.entries(set ?? {}).filter(([name]) => !(name in words.thresholds)))
    for (const input of $$("input", this.node)) {
      input.value = set?.[input.name] ?? this.#usual[input.name]
      this.#tell(input)
    }
  }

  differs(theirs) {
    return JSON.stringify(sorted(theirs)) !== JSON.stringify(sorted(this.base))
  }

  theirs(theirs, who) {
    const said = Object.entries(theirs ?? {}).map(([name, score]) => `${words.ofScore(name)} ${score}`)
    return { said: words.theirs(who, said.join(", ") || words.nothing) }
  }

  lock() {
    for (const input of $$("input", this.node)) input.disabled = true
    for (const button of $$("button", this.node)) button.remove()
  }

  problems(errors) {
    this.said(h("p", { className: "problem", role: "alert" }, errors.map(({ detail }) => detail).join(" ")))
  }

  said(...nodes) {
    $("[data-said]", this.node).replaceChildren(...nodes)
  }

  clear() {
    this.said()
  }

  focus() {
    $("input", this.node).focus()
  }

  #row(name, [label, hint]) {
    const id = `threshold-${name}`
    const input = h("input", { type: "range", name, id, min: 0, max: 1.01, step: 0.01, "aria-describedby": `${id}-hint`, oninput: () => this.#tell(input) })
    const reset = () => {
      input.value = this.#usual[name]
      this.#tell(input)
      input.focus()
      input.dispatchEvent(new Event("input", { bubbles: true }))
    }
    return h(
      "div",
      { className: "threshold" },
      h("label", { htmlFor: id }, label),
      input,
      h("output", { htmlFor: id }),
      h("button", { className: "link", type: "button", data: { reset: "" }, onclick: reset }),
      h("small", { className: "muted", id: `${id}-hint` }, hint),
    )
  }

  #tell(input) {
    const row = input.parentNode
    const score = Number(input.value)
    const usual = this.#usual[input.name]
    $("output", row).textContent = words.from(score)
    input.setAttribute("aria-valuetext", words.from(score))
    const reset = $("[data-reset]", row)
    if (!reset) return
    reset.hidden = score === usual
    reset.textContent = words.usual(usual)
    reset.setAttribute("aria-label", words.usualOf(words.thresholds[input.name][0], usual))
  }
}

const sorted = (scores) => Object.entries(scores ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
