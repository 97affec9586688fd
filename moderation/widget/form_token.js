// What a comment must bring along to be taken: when its form was opened, and perhaps some work.

import { h } from "./dom.js"
import { labour } from "./work.js"

export class Ticket {
  /** The site's line for commenters, once it is known. */
  guidelines = h("p", { className: "notes" })
  /** What must be solved first; null while nothing is asked for. */
  work = null
  #thread
  #token = null
  #due = 0

  constructor(thread) {
    this.#thread = thread
  }

  /** Ask for it as soon as somebody begins to write. */
  begin() {
    this.#token ??= this.#ask()
  }

  /** Forget what was used up. */
  renew() {
    this.#token = this.work = null
  }

  /** Token and work when both are ready; null when the reader gave the work up. */
  async present(send) {
    const token = await this.#token
    // Nobody is held for being quicker than a form's least time: the rest of it is waited for.
    const rest = this.#due - performance.now()
    if (token && rest > 0) await new Promise((go) => setTimeout(go, rest))
    const { work } = this
    if (!work) return { token }
    work.found ??= await labour(work, this.#thread, send)
    return work.found && { token, work: work.found }
  }

  async #ask() {
    this.#due = performance.now()
    try {
      const form = await this.#thread.service.form()
      this.#due += form.min_seconds * 1000
      this.guidelines.textContent = form.guidelines
      this.work = form.work
      return form.token
    } catch {
      // Without a token the comment is still judged; with luck the next focus gets one.
      // Null as it will be in a retry, which is the same comment only if all of it is the same.
      return (this.#token = null)
    }
  }
}
