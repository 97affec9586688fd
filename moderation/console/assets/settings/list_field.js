// A list setting: a text area with one entry per line, or a searchable list when it is long.

import { $, h } from "../lib/dom.js"
import { LongList } from "./long_list.js"
import { merged, parse } from "../lib/list_parser.js"
import { words } from "./messages.js"

/** The most entries that a text area shows without delaying typing. */
const LAID_OUT = 2000

export class Entries {
  #area
  #long = null
  #count
  #lines = []
  #label
  #locked = false

  constructor(name, [label, hint], { rows = 8, own = false } = {}) {
    this.name = name
    this.own = own
    this.base = []
    this.#label = label
    this.#area = h("textarea", { name, id: name, rows, wrap: "off", dir: "auto", spellcheck: false, autocomplete: "off", autocapitalize: "none", "aria-describedby": `${name}-hint ${name}-count`, onpaste: (event) => this.#pasted(event) })
    this.#count = h("span", { className: "count", id: `${name}-count` })
    this.node = h(
      "div",
      { className: "field entries", data: { field: name } },
      h("span", { className: "entries-head" }, h("label", { htmlFor: name }, label), this.#count),
      this.#area,
      h("small", { className: "muted", id: `${name}-hint` }, hint),
      h("div", { data: { said: "" } }),
    )
  }

  get changed() {
    return this.value.join("\n") !== this.base.join("\n")
  }

  get value() {
    if (this.#long) return this.#long.value
    const { entries, lines } = parse(this.#area.value)
    this.#lines = lines
    return entries
  }

  show(entries) {
    this.base = entries ?? []
    this.put(this.base)
  }

  /** Show other entries as an unsaved change. */
  put(entries) {
    const long = entries.length > LAID_OUT
    this.#long?.node.remove()
    this.#long = long ? new LongList(this.name, this.#label, { locked: this.#locked, changed: () => this.#changed(), pasted: (event) => this.#pasted(event) }) : null
    this.#area.hidden = long
    this.#area.value = long ? "" : entries.join("\n")
    if (long) {
      this.#area.after(this.#long.node)
      this.#long.show(entries)
    }
    this.tally()
  }

  differs(theirs) {
    return (theirs ?? []).join("\n") !== this.base.join("\n")
  }

  tally() {
    const entries = this.value
    if (!this.#long && entries.length > LAID_OUT) return this.put(entries)
    return (this.#count.textContent = words.entries(entries.length, entries.length - new Set(entries).size))
  }

  lock() {
    this.#locked = true
    this.#area.readOnly = true
    if (this.#long) this.put(this.#long.value)
  }

  /** List the invalid lines; each links to its place. */
  problems(errors) {
    const entries = this.value
    const row = ({ place, detail }) => {
      if (Number.isNaN(place)) return h("li", {}, detail)
      const line = this.#lines[place]
      const where = this.#long ? words.entry(place + 1) : h("button", { className: "link", type: "button", onclick: () => this.#go(line) }, words.line(line + 1))
      return h("li", {}, where, ` “${entries[place].slice(0, 60)}”: `, detail)
    }
    this.#area.setAttribute("aria-invalid", "true")
    this.showNote(h("div", { className: "problem", role: "alert" }, h("ul", {}, errors.map(row))))
  }

  showNote(...nodes) {
    $("[data-said]", this.node).replaceChildren(...nodes)
  }

  clear() {
    this.#area.removeAttribute("aria-invalid")
    this.showNote()
  }

  focus() {
    ;(this.#long ?? this.#area).focus()
  }

  /** Compare their list with the field's, and offer a merge. */
  theirs(theirs, who) {
    const [base, mine] = [this.base, this.value]
    const [here, there] = [new Set(mine), new Set(theirs ?? [])]
    return {
      said: words.theirEntries(who, (theirs ?? []).filter((entry) => !here.has(entry)).length, mine.filter((entry) => !there.has(entry)).length),
      merge: () => merged(base, mine, theirs ?? []),
    }
  }

  /** Switch to the long list for a large paste, which would block a text area for seconds. */
  #pasted(event) {
    const { entries } = parse(event.clipboardData.getData("text"))
    if (entries.length <= LAID_OUT) return
    event.preventDefault()
    this.put([...this.value, ...entries])
    this.#long.focus()
    this.#changed()
  }

  #changed() {
    this.tally()
    this.node.dispatchEvent(new Event("input", { bubbles: true }))
  }

  #go(line) {
    const lines = this.#area.value.split("\n")
    const begin = lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0)
    this.#area.focus()
    this.#area.setSelectionRange(begin, begin + lines[line].length)
    this.#area.scrollTop = (this.#area.scrollHeight * (line - 2)) / lines.length
  }
}
