// The field for the text of a comment: its height, its counter, its draft and its tools.

import { h, pause } from "./dom.js"
import { extrasOf } from "./extras_loader.js"
import { keep } from "./storage.js"

export class TextField {
  #thread
  #tools
  #equipped = false
  // Buttons, preview and counter, once they are loaded.
  #kit

  constructor(thread, { draft, value, label, placeholder, grow }) {
    this.#thread = thread
    this.#tools = h("div", { className: "hint" })
    this.input = h("textarea", {
      name: "text",
      rows: 1,
      value,
      ariaLabel: label,
      placeholder,
      part: "field",
      onfocus: () => grow(),
      oninput: () => keep(draft, this.input.value) || grow(),
    })
    /** What stands below the field. */
    this.below = this.#tools
    // A draft's height is known once it is on the page.
    pause().then(() => this.fit())
  }

  get value() {
    return this.input.value
  }

  /** Make the field as high as its text, and count that. */
  fit() {
    const { style, value } = this.input
    this.input.dir = value ? "auto" : this.#thread.messages.dir
    style.height = "auto"
    style.height = `${this.input.scrollHeight + 2}px`
    this.over = this.#kit?.measure(value)
  }

  /** Show the field again, where the preview is in its place. */
  leavePreview() {
    this.#kit?.leave()
  }

  /** Load the counter, the preview and the buttons for Markdown; a comment can be written without them. */
  equip(send) {
    if (this.#equipped) return
    this.#equipped = true
    extrasOf(this.#thread).then(
      ({ tools }) => (this.#kit = tools(this.#thread, this.input, this.#tools, send)),
      () => (this.#equipped = false),
    )
  }
}
