// Who the commenter is: three fields, filled in as last time.

import { h, labelled } from "./dom.js"
import { keep, recall } from "./storage.js"

export class About {
  fields = {}
  #trap = h("input", { name: "trap", tabIndex: -1, autocomplete: "off", ariaHidden: true })

  constructor(say) {
    const kept = recall("author", {})
    const field = (name, type, note) => {
      const input = h("input", { name, type, autocomplete: type === "text" ? name : type, value: kept[name] ?? "" })
      this.fields[name] = input
      return labelled(say(name), input, note && say(note))
    }
    this.node = h(
      "div",
      { className: "about" },
      field("name", "text"),
      field("email", "email", "unseen"),
      field("website", "url", "optional"),
      h("span", { className: "trap" }, this.#trap),
    )
  }

  /** What was filled in where no person looks. */
  get trapped() {
    return this.#trap.value
  }

  /** The author as typed, kept for the next comment. */
  author() {
    const author = {}
    for (const [name, field] of Object.entries(this.fields)) author[name] = field.value.trim()
    keep("author", author)
    return author
  }
}
