// The form token that a comment needs, and proof of work where it is required.

import { h } from "./dom.js"
import { extrasOf } from "./extras_loader.js"

export class Ticket {
  /** The site's guidelines, once loaded. */
  guidelines = h("p", { className: "notes" })
  /** The challenge to solve first; null when none is required. */
  work = null
  #thread
  #token = null
  #due = 0

  constructor(thread) {
    this.#thread = thread
  }

  /** Request it as soon as the reader begins to write. */
  begin() {
    this.#token ??= this.#ask()
  }

  /** Discard the used token. */
  renew() {
    this.#token = this.work = null
  }

  /** Resolve to token and work; null when the reader cancelled the work. */
  async present(send) {
    const token = await this.#token
    // Wait out the form's minimum time, so that a quick reader's comment is not held.
    const rest = this.#due - performance.now()
    if (token && rest > 0) await new Promise((go) => setTimeout(go, rest))
    const { work } = this
    if (!work) return { token }
    work.found ??= await (await extrasOf(this.#thread)).labour(this.#thread, work, send)
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
      // A comment without a token is still judged; the next focus requests one again.
      // Null, as in a retry, whose body must be identical.
      return (this.#token = null)
    }
  }
}
