// A list of a site: a text with a line for each entry, or a long list to look things up in.

import { $, h } from "./dom.js"
import { LongList } from "./longlist.js"
import { merged, parse } from "./parse.js"
import { words } from "./site_messages.js"

/** Entries that a text field lays out without making whoever types wait. */
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
    this.#area = h("textarea", { name, id: name, rows, wrap: "off", spellcheck: false, autocomplete: "off", autocapitalize: "none", "aria-describedby": `${name}-hint ${name}-count`, onpaste: (event) => this.#pasted(event) })
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

  /** Show other entries, as a change that is not saved yet. */
  put(entries) {
    const long = entries.length > LAID_OUT
    this.#long?.node.remove()
    this.#long = long ? new LongList(this.name, this.#label, { locked: this.#locked, changed: () => this.#tell(), pasted: (event) => this.#pasted(event) }) : null
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

  /** Say which lines are wrong; each is a way to get there. */
  problems(errors) {
    const entries = this.value
    const row = ({ place, detail }) => {
      if (Number.isNaN(place)) return h("li", {}, detail)
      const line = this.#lines[place]
      const where = this.#long ? words.entry(place + 1) : h("button", { className: "link", type: "button", onclick: () => this.#go(line) }, words.line(line + 1))
      return h("li", {}, where, ` “${entries[place].slice(0, 60)}”: `, detail)
    }
    this.#area.setAttribute("aria-invalid", "true")
    this.said(h("div", { className: "problem", role: "alert" }, h("ul", {}, errors.map(row))))
  }

  said(...nodes) {
    $("[data-said]", this.node).replaceChildren(...nodes)
  }

  clear() {
    this.#area.removeAttribute("aria-invalid")
    this.said()
  }

  focus() {
    ;(this.#long ?? this.#area).focus()
  }

  /** How their list differs from the one in the field, and what can be done about it. */
  theirs(theirs, who) {
    const [base, mine] = [this.base, this.value]
    const [here, there] = [new Set(mine), new Set(theirs ?? [])]
    return {
      said: words.theirEntries(who, (theirs ?? []).filter((entry) => !here.has(entry)).length, mine.filter((entry) => !there.has(entry)).length),
      merge: () => merged(base, mine, theirs ?? []),
    }
  }

  /** A field that laid out all of this would not answer for seconds. */
  #pasted(event) {
    const { entries } = parse(event.clipboardData.getData("text"))
    if (entries.length <= LAID_OUT) return
    event.preventDefault()
    this.put([...this.value, ...entries])
    this.#long.focus()
    this.#tell()
  }

  #tell() {
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
