// The author of a comment: signed in, known from last time, or three fields.

import { button, h, labelled, named } from "./dom.js"
import { invitation } from "./sign_on.js"
import { keep, recall } from "./storage.js"

export class About {
  fields = {}
  #thread
  #trap = h("input", { name: "trap", tabIndex: -1, autocomplete: "off", ariaHidden: true })
  #line = h("p", { className: "muted as" })
  #about = h("div", { className: "about" })
  #tell = h("input", { type: "checkbox" })

  constructor(thread) {
    this.#thread = thread
    const { rules, viewer } = thread
    const kept = recall("author", {})
    const field = (name, type, note) => {
      const input = h("input", { name, type, autocomplete: type === "text" ? name : type, value: kept[name] ?? "" })
      this.fields[name] = input
      this.#about.append(labelled(thread.t(name), input, note && thread.t(note)))
    }
    if (!viewer) {
      const sign = invitation(thread)
      if (sign) this.#about.append(h("p", { className: "muted sign" }, ...sign))
      field("name", "text")
      field("email", "email", "unseen")
      if (rules.website_field) field("website", "url", "optional")
    }
    this.#tell.onchange = () => this.#tell.checked && !viewer && !this.fields.email.value && this.open("email")
    const tell = h("label", { className: "check" }, this.#tell, h("p", {}, thread.t("notify"), " ", h("span", {}, thread.t("confirmed"))))
    this.node = h(
      "div",
      {},
      this.#line,
      this.#about,
      rules.replies_by_mail && tell,
      h("span", { className: "trap" }, this.#trap),
    )
    this.close()
  }

  /** The value of the honeypot field. */
  get trapped() {
    return this.#trap.value
  }

  /** Which answers to mail. */
  get notify() {
    return this.#tell.checked ? "replies" : undefined
  }

  /** The field without which the comment cannot be sent, with its message; else nothing. */
  get missing() {
    const { name, email } = this.fields
    if (name && !name.value.trim()) return [name, "badName"]
    if (email && this.notify && !email.value.trim()) return [email, "needAddress"]
  }

  /** Return the typed author, and store it for the next comment. */
  author() {
    if (this.#thread.viewer) return { name: this.#thread.viewer.name }
    const author = {}
    for (const [name, field] of Object.entries(this.fields)) author[name] = field.value.trim()
    keep("author", author)
    return author
  }

  /** Show one line instead of the fields, where the author is known. */
  close() {
    const { messages, viewer } = this.#thread
    const name = viewer?.name || recall("author", {}).name
    this.#about.hidden = !!name
    this.#line.hidden = !name
    this.#line.replaceChildren(
      ...named(messages.t("writingAs", { name: "\n" }), h("bdi", {}, name ?? "")),
      !viewer && button(messages.t("change"), () => this.open("name")) || "",
    )
  }

  /** Show the fields, and focus one of them. */
  open(name) {
    this.#line.hidden = true
    this.#about.hidden = false
    this.fields[name].focus()
  }
}
