// The score at which the findings of each filter, and of each kind of toxicity, hold a comment.

import { $, $$, h } from "../lib/dom.js"
import { commas, decimal } from "../lib/language.js"
import { words } from "./messages.js"

/** The filter whose own threshold a kind has, unless it is set itself. */
const KINDS = Object.fromEntries(["severe_toxicity", "obscene", "insult", "threat", "identity_attack", "sexually_explicit"].map((kind) => [kind, "toxicity"]))

/** Return the score of each filter and kind, from the site's own scores and the defaults. */
export function inEffect(own, defaults) {
  const inherited = Object.entries(KINDS).filter(([, filter]) => filter in (own ?? {}))
  return { ...defaults, ...Object.fromEntries(inherited.map(([kind, filter]) => [kind, own[filter]])), ...own }
}

export class Thresholds {
  #usual = {}
  /** Kinds that are set themselves: they do not move with their filter. */
  #set = new Set()
  /** Keep scores that this page does not show. */
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

  /** Return only the scores that differ from those they would have unset; null when none does. */
  get value() {
    const set = { ...this.#others }
    for (const input of $$("input", this.node)) if (Number(input.value) !== this.#unset(input.name)) set[input.name] = Number(input.value)
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
    this.#set = new Set(Object.keys(set ?? {}))
    const scores = inEffect(set, this.#usual)
    for (const input of $$("input", this.node)) input.value = scores[input.name]
    for (const input of $$("input", this.node)) this.#describe(input)
  }

  differs(theirs) {
    return JSON.stringify(sorted(theirs)) !== JSON.stringify(sorted(this.base))
  }

  theirs(theirs, who) {
    const said = Object.entries(theirs ?? {}).map(([name, score]) => `${words.ofScore(name)} ${decimal(score)}`)
    return { said: words.theirs(who, commas(said) || words.nothing) }
  }

  lock() {
    for (const input of $$("input", this.node)) input.disabled = true
    for (const button of $$("button", this.node)) button.remove()
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
    $("input", this.node).focus()
  }

  #row(name, [label, hint]) {
    const id = `threshold-${name}`
    const input = h("input", { type: "range", name, id, min: 0, max: 1.01, step: 0.01, "aria-describedby": `${id}-hint`, oninput: () => this.#moved(input) })
    const reset = () => {
      input.value = this.#unset(name)
      input.focus()
      input.dispatchEvent(new Event("input", { bubbles: true }))
    }
    return h(
      "div",
      { className: name in KINDS ? "threshold is-kind" : "threshold" },
      h("label", { htmlFor: id }, label),
      input,
      h("output", { htmlFor: id }),
      h("button", { className: "link", type: "button", data: { reset: "" }, onclick: reset }),
      h("small", { className: "muted", id: `${id}-hint` }, hint),
    )
  }

  /** Return the score that a filter or kind has where the site does not set it. */
  #unset(name) {
    const filter = KINDS[name] && $(`[name="${KINDS[name]}"]`, this.node)
    const followed = filter && Number(filter.value) !== this.#usual[filter.name]
    return followed ? Number(filter.value) : this.#usual[name]
  }

  #moved(input) {
    if (Number(input.value) === this.#unset(input.name)) this.#set.delete(input.name)
    else this.#set.add(input.name)
    this.#describe(input)
    for (const kind of $$("input", this.node).filter(({ name }) => KINDS[name] === input.name)) {
      if (!this.#set.has(kind.name)) kind.value = this.#unset(kind.name)
      this.#describe(kind)
    }
  }

  #describe(input) {
    const row = input.parentNode
    const score = Number(input.value)
    const usual = this.#unset(input.name)
    $("output", row).textContent = words.from(score)
    input.setAttribute("aria-valuetext", words.from(score))
    const reset = $("[data-reset]", row)
    if (!reset) return
    reset.hidden = score === usual
    reset.textContent = words.usual(usual)
    const label = words.thresholds[input.name][0]
    reset.setAttribute("aria-label", usual === this.#usual[input.name] ? words.usualOf(label, usual) : words.followsOf(label, usual))
  }
}

const sorted = (scores) => Object.entries(scores ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
