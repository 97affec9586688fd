// One comment: who, when, what, and what can be done about it.

import { byline } from "./byline.js"
import { button, h } from "./dom.js"
import { Form } from "./form.js"

/** From this depth on replies are no longer moved in, and say whom they answer. */
const FLAT = 4

export class CommentView {
  #thread
  #rail
  #more
  #folded = false

  constructor(thread, comment, parent) {
    this.#thread = thread
    this.parent = parent
    this.depth = parent.depth + 1
    this.id = comment.id
    this.list = h("ol", { className: this.depth < FLAT ? "replies" : "" })
    this.branch = h("div", { className: "branch" }, this.list)
    this.node = h("li", {}, this.branch)
    this.node.dataset.id = comment.id
    this.update(comment)
  }

  /** Tell whether this comment comes after another in time. */
  follows(other) {
    return this.at === other.at ? this.id > other.id : this.at > other.at
  }

  /** Show a comment as it now stands. */
  update(comment) {
    this.comment = { ...this.comment, ...comment }
    this.at = Date.parse(comment.created_at)
    const article = this.#render()
    if (this.article) this.article.replaceWith(article)
    else this.node.prepend(article)
    this.article = article
  }

  /** Say how many replies are not shown yet, and offer them. */
  tally() {
    const { comment, list } = this
    const hidden = this.#folded ? list.childElementCount || comment.reply_count : comment.reply_count - this.#listed()
    this.#more?.remove()
    this.#rail?.remove()
    list.hidden = this.#folded
    if (hidden > 0) {
      const show = () => (this.#folded ? this.#fold(false) : this.#load())
      this.#more = button(this.#say("showReplies", { n: hidden }), show, "quiet more")
      this.branch.append(this.#more)
    }
    if (list.childElementCount && !this.#folded && this.depth < FLAT) {
      const label = this.#say("hideReplies", { name: comment.author.name })
      this.#rail = button("", () => this.#fold(true), "rail")
      this.#rail.ariaLabel = this.#rail.title = label
      list.before(this.#rail)
    }
  }

  /** Put the reader here without moving what they see. */
  focus(block = "nearest") {
    this.article.focus({ preventScroll: true })
    this.article.scrollIntoView({ block })
  }

  /** Point this comment out. */
  mark() {
    this.article.classList.add("marked")
    this.focus("center")
  }

  /** Keep the times right while the page stays open. */
  tick() {
    const time = this.article.querySelector("time")
    if (time) time.textContent = this.#thread.messages.ago(this.at, this.#thread.now())
  }

  // Actions

  #reply(button) {
    if (this.form) return this.form.focus()
    this.form = new Form(this.#thread, {
      parent: this,
      close: () => {
        this.form = null
        if (button.isConnected) button.focus()
      },
    })
    this.article.after(this.form.node)
    this.form.focus()
  }

  #edit() {
    const form = new Form(this.#thread, { edited: this, close: () => this.#back() })
    this.article.replaceChildren(form.node)
    form.focus()
  }

  #confirm() {
    const actions = this.article.querySelector(".actions")
    const keep = this.#action("cancel", () => this.#back())
    actions.replaceChildren(h("span", {}, this.#say("sure")), this.#action("delete", () => this.#thread.own.remove(this)), keep)
    keep.focus()
  }

  #back() {
    this.update({})
    this.focus()
  }

  #fold(folded) {
    this.#folded = folded
    this.tally()
    ;(folded ? this.#more : this.#rail)?.focus()
  }

  async #load() {
    const thread = this.#thread
    this.#more.ariaBusy = true
    let cursor = this.comment.replies_cursor
    try {
      do {
        const page = await thread.service.replies(this.id, cursor)
        for (const reply of page.comments) thread.place(reply, this)
        cursor = page.next_cursor
      } while (cursor)
      this.comment.reply_count = this.#listed()
      this.tally()
      this.list.querySelector("article")?.focus({ preventScroll: true })
    } catch {
      this.#more.ariaBusy = false
      thread.apologise()
    }
  }

  // Internal

  #render() {
    const { comment } = this
    const thread = this.#thread
    const own = thread.own.has(this.id)
    const unseen = own && comment.status && comment.status !== "approved"
    const article = h("article", { tabIndex: -1, part: "comment", className: unseen ? "unseen" : "" })
    if (comment.deleted) {
      article.append(h("p", { className: "muted" }, this.#say("deleted")))
      return article
    }
    const { name } = comment.author
    const text = h("div", { className: "text", part: "text", dir: "auto" })
    // Rendered and sanitised by the service when it was written.
    text.innerHTML = comment.html
    article.ariaLabel = name
    article.append(byline(this, thread, own, this.depth > FLAT), text)
    if (unseen) article.append(h("p", { className: "state" }, this.#say(comment.status === "held" ? "held" : "rejected")))
    const actions = h("footer", { className: "actions" })
    if (thread.accepting && !unseen) {
      const answer = this.#action("reply", () => this.#reply(answer))
      answer.ariaLabel = this.#say("replyTo", { name })
      actions.append(answer)
    }
    if (own && thread.own.editable(this.id)) actions.append(this.#action("edit", () => this.#edit()))
    if (own) actions.append(this.#action("delete", () => this.#confirm()))
    article.append(actions)
    return article
  }

  #listed() {
    let listed = 0
    for (const { dataset } of this.list.children) {
      const { status } = this.#thread.views.get(dataset.id).comment
      if (!status || status === "approved") listed++
    }
    return listed
  }

  #action(key, onclick) {
    return button(this.#say(key), onclick)
  }

  #say(key, values) {
    return this.#thread.say(key, values)
  }
}
