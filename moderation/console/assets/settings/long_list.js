// A list with too many entries for a text area: search, add and remove.

import { $, h, icon } from "../lib/dom.js"
import { parse } from "../lib/list_parser.js"
import { words } from "./messages.js"

const SHOWN = 20

export class LongList {
  #entries = []
  #find
  #found
  #more

  constructor(name, label, { locked, changed, pasted }) {
    this.#find = h("input", { type: "search", ariaLabel: words.findIn(label), placeholder: words.find, autocomplete: "off", spellcheck: false, oninput: () => this.#search() })
    this.#found = h("ul", { className: "found-entries", data: { foundEntries: "" } })
    this.#more = h("textarea", { name, rows: 3, dir: "auto", ariaLabel: words.addTo(label), placeholder: words.add, spellcheck: false, autocomplete: "off", onpaste: pasted })
    this.changed = changed
    this.locked = locked
    this.node = h("div", { className: "long-list" }, h("p", { className: "muted" }, words.tooMany), this.#find, this.#found, !locked && this.#more)
  }

  show(entries) {
    this.#entries = entries
    this.#more.value = ""
    this.#search()
  }

  get value() {
    return [...this.#entries, ...parse(this.#more.value).entries]
  }

  focus() {
    this.#find.focus()
  }

  #search() {
    const wanted = this.#find.value.trim().toLowerCase()
    const found = []
    for (const entry of wanted ? this.#entries : []) {
      if (!entry.toLowerCase().includes(wanted)) continue
      found.push(entry)
      if (found.length > SHOWN) break
    }
    const rows = found.slice(0, SHOWN).map((entry) => h("li", {}, h("code", {}, entry), !this.locked && h("button", { className: "icon-button", type: "button", ariaLabel: words.take(entry), onclick: () => this.#take(entry) }, icon("cross"))))
    const rest = found.length > SHOWN ? words.andMore : wanted && found.length === 0 ? words.noneFound : ""
    this.#found.replaceChildren(...rows, ...(rest ? [h("li", { className: "muted" }, rest)] : []))
  }

  #take(entry) {
    this.#entries = this.#entries.filter((each) => each !== entry)
    this.#search()
    ;($("button", this.#found) ?? this.#find).focus()
    this.changed()
  }
}
