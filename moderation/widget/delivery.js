// Sends a comment: with its form token, its proof of work and its idempotency key.

export class Delivery {
  #thread
  #ticket
  #sent = {}

  constructor(thread, ticket) {
    this.#thread = thread
    this.#ticket = ticket
  }

  /** Return the receipt; null when the reader cancelled the proof of work. */
  async post(fields, trap, send, again) {
    const { options, service } = this.#thread
    const shown = await this.#ticket.present(send)
    if (!shown) return null
    const body = JSON.stringify({ ...fields, post: options.page, form: { ...shown, trap } })
    // The same body keeps its idempotency key, so that a retry after a lost response is safe.
    if (this.#sent.body !== body) this.#sent = { body, key: crypto.getRandomValues(new Uint32Array(4)).join("") }
    try {
      return await service.submit(body, this.#sent.key)
    } catch (error) {
      // Proof of work became necessary meanwhile, or the solution has expired.
      if (!error.problem.work || again) throw error
      this.#ticket.work = error.problem.work
      return this.post(fields, trap, send, true)
    }
  }
}
