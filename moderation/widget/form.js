// The form: a new comment, a reply in its place, or the text of one's own comment anew.

import { About } from "./about.js"
import { button, h } from "./dom.js"
import { explain, FIELDS } from "./problems.js"
import { keep, recall } from "./storage.js"
import { Ticket } from "./ticket.js"

export class Form {
  #thread
  #parent
  #edited
  #close
  #draft
  #ticket
  #sent = {}
  #text
  #about
  #pane = h("div", { className: "text pane", hidden: true, tabIndex: -1 })
  #problem = h("p", { className: "problem", role: "alert", id: `problem${Math.random()}` })
  #notes = h("p", { className: "muted notes" })
  #rest
  #send
  #preview

  constructor(thread, { parent, edited, close }) {
    this.#thread = thread
    this.#ticket = new Ticket(thread)
    this.#parent = parent
    this.#edited = edited
    this.#close = close
    this.#draft = `draft:${thread.options.key}:${(parent ?? edited)?.id ?? ""}`
    this.#build()
  }

  focus() {
    this.#text.focus()
  }

  // Actions

  #grow() {
    const { style } = this.#text
    this.#rest.hidden = false
    style.height = "auto"
    style.height = `${this.#text.scrollHeight + 2}px`
    if (!this.#edited) this.#ticket.begin()
  }

  #leave() {
    keep(this.#draft, "")
    this.node.remove()
    this.#close()
  }

  async #look() {
    const back = !this.#pane.hidden
    this.#complain("")
    if (!back) {
      try {
        this.#pane.innerHTML = (await this.#thread.service.preview(this.#text.value)).html
      } catch (error) {
        return this.#explain(error)
      }
    }
    this.#pane.hidden = back
    this.#text.parentNode.hidden = !back
    this.#preview.textContent = this.#say(back ? "preview" : "write")
    ;(back ? this.#text : this.#pane).focus()
  }

  async #submit(event) {
    event.preventDefault()
    if (this.#send.ariaDisabled) return
    for (const field of [this.#text, this.#about?.fields.name]) {
      if (field && !field.value.trim()) return this.#complain(this.#say(FIELDS[field.name]), field)
    }
    this.#complain("")
    const word = this.#send.textContent
    this.#send.ariaDisabled = true
    this.#send.textContent = this.#say("sending")
    try {
      const receipt = await (this.#edited ? this.#change() : this.#post())
      if (receipt) this.#settle(receipt)
    } catch (error) {
      this.#explain(error)
    }
    this.#send.ariaDisabled = null
    this.#send.textContent = word
  }

  #change() {
    const { own, service } = this.#thread
    return service.edit(this.#edited.id, own.token(this.#edited.id), this.#text.value)
  }

  async #post(again) {
    const author = this.#about.author()
    const { options, service } = this.#thread
    const shown = await this.#ticket.present(this.#send)
    if (!shown) return null
    const form = { ...shown, trap: this.#about.trapped }
    const body = JSON.stringify({ author, text: this.#text.value, parent_id: this.#parent?.id, post: options.page, form })
    // The same body keeps its key, so that a retry after a lost answer is no second comment.
    if (this.#sent.body !== body) this.#sent = { body, key: crypto.getRandomValues(new Uint32Array(4)).join("") }
    try {
      return await service.submit(body, this.#sent.key)
    } catch (error) {
      // The post began to ask for work while this was written, or took longer than it lasts.
      if (!error.problem.work || again) throw error
      this.#ticket.work = error.problem.work
      return this.#post(true)
    }
  }

  // Internal

  #settle(receipt) {
    const thread = this.#thread
    const held = receipt.comment.status === "held"
    keep(this.#draft, "")
    const before = this.#edited?.comment.status
    if (this.#parent && !held) this.#parent.comment.reply_count++
    const view = thread.own.receive(receipt, this.#parent)
    if (before !== "approved" && !held) thread.count(1)
    if (before === "approved" && held) thread.count(-1)
    thread.announce(this.#say(held ? "held" : this.#edited ? "saved" : "published"))
    if (this.#close) {
      this.node.remove()
      this.#close()
    } else {
      this.#text.value = ""
      this.#ticket.renew()
      this.#pane.hidden || this.#look()
      this.#grow()
      this.#rest.hidden = true
    }
    view.focus()
  }

  #explain(error) {
    const [key, n, name] = explain(error)
    // What a moderator wrote to somebody who is banned comes in their own words.
    this.#complain(
      [this.#say(key, { n }), error.problem?.ban?.reason].join(" "),
      name && (this.#about?.fields[name] ?? this.#text),
    )
  }

  #complain(words, field) {
    this.#problem.textContent = words
    for (const each of this.node.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid")
    if (!field) return
    field.ariaInvalid = true
    field.setAttribute("aria-describedby", this.#problem.id)
    field.focus()
  }

  #build() {
    const say = (key, values) => this.#say(key, values)
    const parent = this.#parent?.comment
    const label = parent ? say("replyTo", { name: parent.author.name }) : say("comment")
    const text = recall(this.#draft, "") || this.#edited?.comment.text || ""
    this.#text = h("textarea", {
      name: "text",
      rows: 1,
      value: text,
      ariaLabel: label,
      placeholder: parent ? label : say("placeholder"),
      dir: "auto",
      part: "field",
      onfocus: () => this.#grow(),
      oninput: () => {
        keep(this.#draft, this.#text.value)
        this.#grow()
      },
    })
    this.#send = h("button", { className: "primary", part: "submit" }, say(this.#edited ? "save" : "post"))
    this.#preview = button(say("preview"), () => this.#look())
    this.#about = this.#edited ? null : new About(say)
    if (!this.#edited) this.#notes.append(say(this.#thread.state === "premoderated" ? "premoderated" : "privacy"))
    this.#rest = h(
      "div",
      { className: "rest", hidden: !text },
      h("p", { className: "muted hint" }, say("hint")),
      this.#about?.node,
      this.#problem,
      h("p", { className: "buttons" }, this.#send, this.#preview, this.#close && button(say("cancel"), () => this.#leave())),
      this.#ticket.guidelines,
      this.#notes,
    )
    this.node = h("form", { part: "form", noValidate: true, ariaLabel: label, onsubmit: (event) => this.#submit(event) }, h("div", {}, this.#text), this.#pane, this.#rest)
  }

  #say(key, values) {
    return this.#thread.say(key, values)
  }
}
