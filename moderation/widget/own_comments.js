// The reader's own comments: proven by edit tokens and loaded in separate requests, so
// that the thread's response is the same for every reader.

import { refresh } from "./refresh.js"
import { keep, recall } from "./storage.js"

export class Own {
  #thread
  #key
  #tokens
  // Tokens added by this page: written with every change, in case another tab overwrote them.
  #added = {}
  #until = new Map()

  constructor(thread, { key, was, signal }) {
    this.#thread = thread
    this.#key = `tokens:${key}`
    this.#tokens = { ...recall(`tokens:${was}`), ...recall(this.#key) }
    addEventListener("storage", (event) => event.key?.endsWith(this.#key) && this.#follow(), { signal })
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

  /** Store the token of a sent comment, and show the comment in its place. */
  receive({ comment, edit_token }, parent) {
    this.#tokens[comment.id] = this.#added[comment.id] = edit_token
    this.#keep()
    this.#time(comment)
    return this.#thread.place(comment, parent)
  }

  /** Show the current state of the reader's earlier comments, held ones included. */
  async show(wanted = this.#tokens) {
    const { service, views, options } = this.#thread
    const asked = { ...wanted }
    const ids = Object.keys(asked)
    let left = ids.length
    // Comments that a signed-in reader sent from elsewhere have no tokens here.
    let elsewhere = service.user
    while ((left || elsewhere) && !options.signal.aborted) {
      elsewhere = ""
      const unknown = {}
      let tokens = ""
      // Newest first, at most a hundred: each token has more than 40 characters.
      while (left && tokens.length < 4000) {
        const id = ids[--left]
        unknown[id] = true
        tokens += `${asked[id]},`
      }
      // The thread is readable without them; the next visit tries again.
      const answer = await service.mine(tokens).catch(() => {})
      if (!answer) return
      for (const comment of answer.comments) {
        delete unknown[comment.id]
        this.#tokens[comment.id] ??= ""
        this.#time(comment)
        const shown = views.get(comment.id)
        if (shown) refresh(this.#thread, shown, comment)
        else if (comment.status !== "approved") this.#thread.place(comment)
      }
      // They may be unavailable only for now, as on a post that moved: keep the tokens.
      for (const id in unknown) delete this.#tokens[id]
    }
  }

  /** Forget the token of a comment that its author deleted. */
  forget(id) {
    delete this.#tokens[id]
    delete this.#added[id]
    this.#keep(id)
  }

  // Internal

  // Other tabs write as well, so the stored tokens are read before each change.
  #keep(gone) {
    const all = { ...recall(this.#key), ...this.#added }
    delete all[gone]
    keep(this.#key, all)
  }

  // Another tab has sent or deleted something.
  #follow() {
    const fresh = {}
    const all = { ...recall(this.#key) }
    for (const id in all) if (!this.has(id)) fresh[id] = this.#tokens[id] = all[id]
    if (this.#thread.post) this.show(fresh)
  }

  #time({ id, editable_seconds }) {
    this.#until.set(id, performance.now() + editable_seconds * 1000)
  }
}
