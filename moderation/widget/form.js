// The form for a new comment, a reply, or an edit of the reader's own comment.

import { About } from "./author_fields.js"
import { Delivery } from "./delivery.js"
import { button, h } from "./dom.js"
import { explain } from "./errors.js"
import { extrasOf } from "./extras_loader.js"
import { Ticket } from "./form_token.js"
import { keep, recall } from "./storage.js"
import { TextField } from "./text_field.js"

/** Return the storage key of a draft: of a reply, an edit or a new comment. */
export const draftOf = (key, parent, edited) => `${edited ? "edit" : "draft"}:${key}:${(edited ?? parent)?.id ?? ""}`

export class Form {
  #thread
  #parent
  #edited
  #close
  #draft
  #ticket
  #delivery
  #field
  #about
  #problem = h("span", { className: "problem", role: "alert", id: `problem${Math.random()}` })
  #buttons
  #notes = h("p", { className: "muted notes" })
  #rest
  #send

  constructor(thread, { parent, edited, close }) {
    this.#thread = thread
    this.#ticket = new Ticket(thread)
    this.#delivery = new Delivery(thread, this.#ticket)
    this.#parent = parent
    this.#edited = edited
    this.#close = close
    this.#draft = draftOf(thread.options.key, parent, edited)
    this.#build()
  }

  focus() {
    this.#field.input.focus()
  }

  // Actions

  #grow() {
    this.#rest.hidden = false
    this.#field.fit()
    if (!this.#edited) this.#ticket.begin()
    this.#field.equip(this.#send)
  }

  #key(event) {
    const { key, ctrlKey, metaKey, isComposing } = event
    if (isComposing) return
    if (key === "Enter" && (ctrlKey || metaKey)) this.#submit(event)
    // A begun edit is left by its button only; the draft of a reply is kept.
    if (key !== "Escape" || !this.#close || (this.#edited && this.#field.value !== this.#edited.comment.text)) return
    event.stopPropagation()
    this.#leave(!this.#edited)
  }

  #leave(keepDraft) {
    if (!keepDraft) keep(this.#draft, "")
    this.node.remove()
    this.#close()
  }

  async #submit(event) {
    event.preventDefault()
    if (this.#send.ariaDisabled) return
    const { input, value, over } = this.#field
    const [field, key] = value.trim() ? (this.#about?.missing ?? []) : [input, "badText"]
    if (field) return this.#complain(this.#thread.t(key), field)
    if (over) return this.#complain(this.#thread.t("tooLong"), input)
    this.#complain("")
    const word = this.#send.textContent
    this.#send.ariaDisabled = true
    this.#send.textContent = this.#thread.t("sending")
    try {
      const receipt = await this.#deliver(value)
      if (receipt) this.#settle(receipt)
    } catch (error) {
      this.#refuse(error)
    }
    this.#send.ariaDisabled = null
    this.#send.textContent = word
  }

  #deliver(text) {
    const { own, service } = this.#thread
    if (this.#edited) return service.edit(this.#edited.id, own.token(this.#edited.id), text)
    const author = this.#about.author()
    const { notify, trapped } = this.#about
    return this.#delivery.post({ author, text, parent_id: this.#parent?.id, notify }, trapped, this.#send)
  }

  // Internal

  #settle(receipt) {
    const thread = this.#thread
    // A reader who writes something else already is left there.
    const { activeElement } = this.node.getRootNode()
    const elsewhere = activeElement && !this.node.contains(activeElement)
    const held = receipt.comment.status === "held"
    keep(this.#draft, "")
    const before = this.#edited?.comment.status
    if (this.#parent && !held) this.#parent.comment.reply_count++
    const view = thread.own.receive(receipt, this.#parent)
    if (before !== "approved" && !held) thread.count(1)
    if (before === "approved" && held) thread.count(-1)
    thread.announce(thread.t(held ? "held" : this.#edited ? "saved" : "published"))
    thread.tell(held ? "held" : "posted", { id: view.id, parent: view.comment.parent_id, edited: !!this.#edited })
    if (this.#close) {
      this.node.remove()
      this.#close()
    } else {
      this.#field.input.value = ""
      this.#ticket.renew()
      this.#about.close()
      this.#field.leavePreview()
      this.#grow()
      this.#rest.hidden = true
    }
    if (!elsewhere) view.focus()
  }

  // Explain an error; the reason of a refusal and the appeal against it are in the second module.
  #refuse(error) {
    const thread = this.#thread
    const { ban, comment } = error.problem ?? {}
    const [words, name] = explain(thread, error)
    this.#complain(words, name && (this.#about?.fields[name] ?? this.#field.input))
    if (ban || comment?.decision) extrasOf(thread).then(({ refused }) => refused(thread, error.problem, this.#problem), () => {})
  }

  // Show a problem at its field, else above the buttons.
  #complain(words, field) {
    if (field === this.#field.input) this.#field.leavePreview()
    else if (field) this.#about.open(field.name)
    this.#problem.textContent = words
    for (const each of this.node.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid")
    if (!field) return this.#buttons.before(this.#problem)
    field.after(this.#problem)
    field.ariaInvalid = true
    field.setAttribute("aria-describedby", this.#problem.id)
    field.focus()
  }

  #build() {
    const { messages, rules, state, viewer, t } = this.#thread
    const name = this.#parent?.comment.author.name
    const label = name ? t("replyTo", { name }) : t("comment")
    const value = recall(this.#draft, "") || this.#edited?.comment.text || ""
    const placeholder = name ? label : t("placeholder")
    this.#field = new TextField(this.#thread, { draft: this.#draft, value, label, placeholder, grow: () => this.#grow() })
    this.#send = h("button", { className: "primary", part: "submit" }, t(this.#edited ? "save" : "post"))
    this.#about = this.#edited ? null : new About(this.#thread)
    if (!this.#edited) {
      if (rules.slow_seconds) this.#notes.append(t("slow", { time: messages.span(rules.slow_seconds) }), "\n")
      const waits = state === "premoderated" || (rules.identity === "guests_held" && !viewer)
      this.#notes.append(t(waits ? "premoderated" : "privacy"))
    }
    this.#buttons = h("p", { className: "buttons" }, this.#send, this.#close && button(t("cancel"), () => this.#leave()))
    this.#rest = h(
      "div",
      { className: "rest", hidden: !value },
      this.#field.below,
      this.#about?.node,
      this.#problem,
      this.#buttons,
      this.#ticket.guidelines,
      this.#notes,
    )
    // Clear the error of a field once it is edited.
    const oninput = ({ target }) => target.ariaInvalid && this.#complain("")
    const onkeydown = (event) => this.#key(event)
    const onsubmit = (event) => this.#submit(event)
    this.node = h("form", { part: "form", noValidate: true, ariaLabel: label, oninput, onkeydown, onsubmit }, h("div", {}, this.#field.input), this.#rest)
  }
}
