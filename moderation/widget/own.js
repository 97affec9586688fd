// What is this reader's own: proven by edit tokens, asked for in a request of its own, so
// that the thread's bytes are the same for everybody.

import { leave, refresh } from "./changes.js"
import { keep, recall } from "./storage.js"

export class Own {
  #thread
  #key
  #tokens
  #until = new Map()

  constructor(thread, key) {
    this.#thread = thread
    this.#key = `tokens:${key}`
    this.#tokens = recall(this.#key, {})
  }

  has(id) {
    return id in this.#tokens
  }

  token(id) {
    return this.#tokens[id]
  }

  editable(id) {
    return performance.now() < (this.#until.get(id) ?? 0)
  }

  /** Remember a comment that was just sent, and show it where it belongs. */
  receive({ comment, edit_token }, parent) {
    this.#tokens[comment.id] = edit_token
    this.#time(comment)
    keep(this.#key, this.#tokens)
    return this.#thread.place(comment, parent)
  }

  /** Show what waits, and how things now stand with what was sent earlier. */
  async show() {
    let sent = ""
    const asked = { ...this.#tokens }
    for (const token of Object.values(asked)) sent = token + "," + sent.slice(0, 4000)
    if (!sent) return
    // The thread is readable without; the next visit asks again.
    const answer = await this.#thread.service.mine(sent).catch(() => {})
    if (!answer) return
    // What was sent since we asked is not in the answer.
    for (const id in asked) delete this.#tokens[id]
    for (const comment of answer.comments) {
      this.#tokens[comment.id] = asked[comment.id]
      this.#time(comment)
      const shown = this.#thread.views.get(comment.id)
      if (shown) refresh(shown, comment)
      else if (comment.status !== "approved") this.#thread.place(comment)
    }
    keep(this.#key, this.#tokens)
  }

  async remove(view) {
    const thread = this.#thread
    try {
      await thread.service.remove(view.id, this.token(view.id))
    } catch {
      thread.announce(thread.say("failed"))
      return
    }
    delete this.#tokens[view.id]
    keep(this.#key, this.#tokens)
    if (view.comment.status === "approved") thread.count(-1)
    thread.announce(thread.say("deleted"))
    if (view.list.childElementCount) {
      view.update({ deleted: true })
      view.focus()
    } else {
      leave(thread, view)
    }
  }

  // Internal

  #time({ id, editable_seconds }) {
    this.#until.set(id, performance.now() + editable_seconds * 1000)
  }
}
