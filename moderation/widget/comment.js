// One comment in its place: its replies, its forms and what its buttons do.

import { articleOf } from "./article.js"
import { button, h } from "./dom.js"
import { draftOf, Form } from "./form.js"
import { attempt } from "./errors.js"
import { recall } from "./storage.js"

/** From this depth on replies are not indented, and name the comment they answer. */
const FLAT = 4

export class CommentView {
  folded = false
  /** Shown in full, though it is long or its author is muted. */
  opened = false
  #left = false
  #thread
  #rail = button("", () => this.fold(true).focus(), "rail")
  #more = button("", () => (this.folded ? this.fold(false).focus() : this.#load()), "quiet more")

  constructor(thread, comment, parent) {
    this.#thread = thread
    this.parent = parent
    this.depth = parent.depth + 1
    this.id = comment.id
    this.list = h("ol", { className: this.depth < FLAT ? "replies" : "" })
    this.branch = h("div", { className: "branch" }, this.#rail, this.list, this.#more)
    this.node = h("li", {}, this.branch)
    this.node.dataset.id = comment.id
    this.update(comment)
  }

  /** Return whether this comment is newer than another. */
  follows(other) {
    return this.at === other.at ? this.id > other.id : this.at > other.at
  }

  update(comment) {
    this.comment = { ...this.comment, ...comment }
    this.at = Date.parse(this.comment.created_at)
    const article = articleOf(this, this.#thread, this.depth > FLAT)
    if (this.article) this.article.replaceWith(article)
    else this.node.prepend(article)
    this.article = article
    this.#resume()
  }

  /** Return the known number of replies at every depth. */
  get replies() {
    let known = Math.max(this.comment.reply_count, this.#listed())
    for (const { dataset } of this.list.children) known += this.#thread.views.get(dataset.id).replies
    return known
  }

  /** Update the button that shows hidden replies. */
  tally() {
    const { comment, folded, list } = this
    const shown = list.childElementCount
    const n = folded ? this.replies || shown : comment.reply_count - this.#listed()
    this.#more.textContent = this.#t("showReplies", { n })
    this.#more.hidden = n < 1
    this.#rail.ariaLabel = this.#rail.title = this.#t("hideReplies", { name: comment.author.name || "…" })
    this.#rail.hidden = folded || !shown || this.depth >= FLAT
    list.hidden = folded
    for (let above = this.parent; above.comment; above = above.parent) if (above.folded) above.tally()
  }

  /** Focus this comment, and scroll as little as possible. */
  focus(block = "nearest") {
    for (let above = this.parent; above.comment; above = above.parent) if (above.folded) above.fold(false)
    this.article.focus({ preventScroll: true })
    this.article.scrollIntoView({ block })
  }

  /** Highlight only this comment. */
  mark() {
    this.#thread.list.querySelector(".marked")?.classList.remove("marked")
    this.article.querySelector(".on")?.click()
    this.article.classList.add("marked")
    this.focus("center")
  }

  /** Update the relative time. */
  tick() {
    const time = this.article.querySelector("time")
    if (time) time.textContent = this.#thread.messages.ago(this.at, this.#thread.now())
  }

  // Actions

  reply() {
    if (!this.form) {
      this.form = new Form(this.#thread, {
        parent: this,
        close: () => {
          this.form = null
          this.#left = true
          this.article.querySelector(".actions button")?.focus()
        },
      })
      this.article.after(this.form.node)
    }
    return this.form
  }

  edit() {
    const form = new Form(this.#thread, { edited: this, close: () => this.back() })
    this.article.replaceChildren(form.node)
    return form
  }

  /** Show the comment itself again. */
  back() {
    this.update({})
    this.focus()
  }

  // Reopen drafts after a reload, like the form above the thread.
  #resume() {
    const { key } = this.#thread.options
    if (!this.article.querySelector(".actions")) return
    if (this.#thread.accepting && !this.#left && recall(draftOf(key, this), "")) this.reply()
    if (this.#thread.own.editable(this.id) && recall(draftOf(key, null, this), "")) this.edit()
  }

  /** Hide the replies, or show them again. */
  fold(folded) {
    this.folded = folded
    this.tally()
    return folded ? this.#more : this.#rail
  }

  #load() {
    const thread = this.#thread
    return attempt(thread, this.#more, "unreachable", async () => {
      const last = this.list.lastElementChild
      let cursor = this.comment.replies_cursor
      do {
        const page = await thread.service.replies(this.id, cursor)
        for (const reply of page.comments) thread.place(reply, this)
        cursor = page.next_cursor
      } while (cursor)
      this.comment.reply_count = this.#listed()
      this.tally()
      const first = last?.nextElementSibling ?? this.list.firstElementChild
      first?.querySelector("article").focus({ preventScroll: true })
    })
  }

  // Internal

  #listed() {
    let listed = 0
    for (const { dataset } of this.list.children) {
      const { status } = this.#thread.views.get(dataset.id).comment
      if (!status || status === "approved") listed++
    }
    return listed
  }

  #t(key, values) {
    return this.#thread.t(key, values)
  }
}
