// The setting of a site's own reasons: a list of codes, labels, kinds and public sentences.

import { $, $$, h } from "../lib/dom.js"
import { commas, LANGUAGE } from "../lib/language.js"
import { words } from "./messages.js"

const KINDS = "OFFENSIVE ABUSIVE HARASSMENT HATE THREAT OFF_TOPIC MISINFORMATION PERSONAL_DATA ILLEGAL AD SPAM BANNED_WORD OTHER".split(" ")
const LANGUAGES = "en ar cs de es fr it ja nl pl pt-BR ru sv tr uk zh".split(" ")
const named = new Intl.DisplayNames([LANGUAGE], { type: "language" })

export class Reasons {
  name = "reasons"
  own = false
  base = "[]"
  #rows = h("ol", { className: "reason-rows" })
  #add = button(words.reasonAdd, () => this.#append({ sentences: {} }, true))
  #start
  #locked = false

  /** `builtIn` loads the built-in list, to begin one's own with. */
  constructor(builtIn) {
    const [label, hint] = words.reasons
    this.#start = button(words.reasonStart, async () => this.put(await builtIn()))
    this.node = h(
      "fieldset",
      { className: "field is-wide reasons", id: this.name, data: { field: this.name } },
      h("legend", {}, label),
      h("small", { className: "muted" }, hint),
      this.#rows,
      h("div", { className: "row-actions" }, this.#add, this.#start),
      h("div", { data: { said: "" } }),
    )
  }

  get changed() {
    return JSON.stringify(this.value) !== this.base
  }

  get value() {
    return $$(".reason-row", this.#rows).map((row) => {
      const sentences = {}
      for (const input of $$("[data-language]", row)) if (input.value.trim()) sentences[input.dataset.language] = input.value.trim()
      const of = (name) => $(`[name=${name}]`, row).value.trim()
      return { code: of("reason-code").toUpperCase(), label: of("reason-label"), kind: of("reason-kind"), sentences }
    })
  }

  show(value) {
    this.put(value ?? [])
    this.base = JSON.stringify(this.value)
  }

  put(value) {
    this.#rows.replaceChildren()
    for (const reason of value ?? []) this.#append(reason)
    this.#touched()
  }

  differs(theirs) {
    const before = JSON.parse(this.base)
    return JSON.stringify(plain(theirs)) !== JSON.stringify(plain(before))
  }

  theirs(theirs, who) {
    return { said: words.theirs(who, commas((theirs ?? []).map(({ label }) => label)) || words.reasonsUsual) }
  }

  lock() {
    this.#locked = true
    for (const control of $$("input, select, button", this.node)) control.disabled = true
  }

  problems(errors) {
    const rows = $$(".reason-row", this.#rows)
    for (const { place } of errors) {
      const row = rows[place]
      if (!row) continue
      row.open = true
      $("input", row)?.setAttribute("aria-invalid", "true")
    }
    const said = errors.map(({ place, detail }) => (rows[place] ? `${words.entry(place + 1)}: ${detail}` : detail))
    this.showNote(h("p", { className: "problem", role: "alert" }, said.join(" ")))
  }

  showNote(...nodes) {
    $("[data-said]", this.node).replaceChildren(...nodes)
  }

  clear() {
    for (const input of $$("[aria-invalid]", this.#rows)) input.removeAttribute("aria-invalid")
    this.showNote()
  }

  focus() {
    const first = $("[aria-invalid]", this.#rows) ?? $("summary", this.#rows) ?? this.#add
    first.focus()
  }

  // Internal

  #append(reason, opened = false) {
    const title = h("b", {}, reason.label || words.reasonNew)
    const row = h("details", { className: "reason-row", open: opened }, h("summary", {}, title, " ", h("span", { className: "muted" }, reason.code ?? "")))
    const label = field(words.reasonLabel, h("input", { name: "reason-label", maxLength: 60, value: reason.label ?? "", autocomplete: "off", oninput: () => (title.textContent = label.value || words.reasonNew) }))
    const code = field(words.reasonCode, h("input", { name: "reason-code", maxLength: 32, value: reason.code ?? "", autocomplete: "off", spellcheck: false }))
    const kind = field(words.reasonKind, h("select", { name: "reason-kind" }, KINDS.map((value) => h("option", { value, selected: value === (reason.kind ?? "OTHER") }, words.ofKind(value)))))
    const sentences = h("div", { className: "reason-sentences" })
    const known = Object.keys(reason.sentences ?? {})
    const line = (language) => sentences.append(field(named.of(language), h("input", { maxLength: 300, lang: language, dir: "auto", autocomplete: "off", value: reason.sentences?.[language] ?? "", data: { language } })).parentNode)
    for (const language of known.length > 0 ? known : ["en"]) line(language)
    const more = h("select", { ariaLabel: words.reasonLanguage, onchange: () => (line(more.value), more.selectedOptions[0].remove(), (more.value = ""), sentences.lastChild.querySelector("input").focus()) }, h("option", { value: "" }, words.reasonLanguage), LANGUAGES.filter((each) => !known.includes(each) && (known.length > 0 || each !== "en")).map((each) => h("option", { value: each }, named.of(each))))
    const move = (by) => () => {
      const other = by < 0 ? item.previousElementSibling : item.nextElementSibling
      if (other) by < 0 ? other.before(item) : other.after(item)
      this.#touched()
    }
    row.append(
      h("div", { className: "rule-grid" }, [label, code, kind].map(({ parentNode }) => parentNode)),
      h("p", { className: "muted" }, words.reasonSentences),
      sentences,
      h("div", { className: "row-actions" }, more, button(words.reasonUp, move(-1)), button(words.reasonDown, move(1)), button(words.reasonRemove, () => (item.remove(), this.#touched()))),
    )
    const item = h("li", {}, row)
    this.#rows.append(item)
    if (opened) label.focus()
    if (opened) this.#touched()
  }

  #touched() {
    this.#start.hidden = this.#rows.children.length > 0
    if (!this.#locked) this.node.dispatchEvent(new Event("input", { bubbles: true }))
  }
}

/** Return reasons with their fields in one order, to compare them. */
const plain = (reasons) => (reasons ?? []).map(({ code, label, kind, sentences }) => [code, label, kind, Object.entries(sentences ?? {}).sort()])

function button(label, onclick) {
  return h("button", { className: "button", type: "button", onclick }, label)
}

/** Return an input inside a label. */
function field(label, input) {
  h("label", { className: "field" }, h("span", {}, label), input)
  return input
}
