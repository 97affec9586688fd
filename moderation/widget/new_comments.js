// Comments that arrive while the page is open: counted, and shown on request.

import { sift } from "./refresh.js"
import { button, h } from "./dom.js"

const EVERY = 60000

export class News {
  node = h("div", {})
  #thread
  #since
  #page = null
  #last

  constructor(thread) {
    this.#thread = thread
    this.#since = thread.now()
    const timer = setInterval(() => this.#look(), EVERY)
    thread.options.signal.addEventListener("abort", () => clearInterval(timer))
  }

  // While nothing has changed, the browser's revalidation gets a 304 without a body.
  async #look() {
    const thread = this.#thread
    if (document.hidden) return
    for (const view of thread.views.values()) view.tick()
    try {
      this.#page = await thread.service.page("newest", thread.options.limit)
    } catch {
      return
    }
    const now = JSON.stringify(this.#page)
    if (now === this.#last) return
    this.#last = now
    const n = this.#fresh(this.#page.comments, thread, () => {})
    await sift(thread, this.#page)
    thread.count(this.#page.post.count - n - thread.total)
    if (!n) return
    const label = thread.t("new", { n })
    if (this.node.textContent === label) return
    this.node.replaceChildren(button(label, () => this.#show(), "wide", "button"))
    thread.announce(label)
  }

  #show() {
    const thread = this.#thread
    let first
    this.#fresh(this.#page.comments, thread, (comment, parent) => {
      const view = thread.place(comment, parent)
      first ??= view
      if (parent !== thread) {
        parent.comment.reply_count++
        parent.tally()
      }
    })
    thread.count(this.#page.post.count - thread.total)
    this.node.replaceChildren()
    first?.focus()
  }

  // Walks the comments not shown yet. Oldest first, an unknown one may be on a later page.
  #fresh(comments, parent, found) {
    const thread = this.#thread
    let n = 0
    for (const comment of comments) {
      const known = thread.views.get(comment.id)
      if (known) {
        n += this.#fresh(comment.replies, known, found)
      } else if (thread.options.sort === "newest" || Date.parse(comment.created_at) > this.#since) {
        n += 1 + this.#fresh(comment.replies, comment, () => {})
        found(comment, parent)
      }
    }
    return n
  }
}
