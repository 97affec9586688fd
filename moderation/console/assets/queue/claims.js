// Claims the selected comment while it is open, so that colleagues see who reviews it.

const HEARTBEAT = 4 * 60_000

export class Claims {
  #api
  #mine = null
  #onOthersClaim
  #requests = Promise.resolve()

  /** `onOthersClaim(id, claim)` is called for every claim of a colleague. */
  constructor(api, onOthersClaim) {
    this.#api = api
    this.#onOthersClaim = onOthersClaim
    setInterval(() => this.#beat(), HEARTBEAT)
    addEventListener("pagehide", () => this.leave({ atOnce: true }))
  }

  async look(item) {
    const { id, status } = item.comment
    if (this.#mine === id) return
    this.leave()
    if ((status !== "held" && !item.reported) || !item.may_decide) return
    if (item.claim && !item.claim.mine) {
      this.#onOthersClaim(id, item.claim)
      return
    }
    this.#mine = id
    await this.#take(id)
  }

  /** Take over a colleague's claim; the note gives the reason. */
  async takeOver(id, note) {
    await this.#api.takeOver(id, note)
    this.#mine = id
  }

  leave({ atOnce = false } = {}) {
    const id = this.#mine
    this.#mine = null
    if (!id) return
    const release = () => this.#api.release(id)
    // A page that is being closed cannot wait for earlier requests.
    const released = atOnce ? release() : this.#inOrder(release)
    released.catch(() => {})
  }

  /** Forget the claim that a decision has ended. */
  ended(id) {
    if (this.#mine === id) this.#mine = null
  }

  #beat() {
    if (this.#mine && !document.hidden) this.#take(this.#mine)
  }

  async #take(id) {
    try {
      await this.#inOrder(() => this.#mine === id && this.#api.claim(id))
    } catch (error) {
      if (this.#mine === id) this.#mine = null
      if (error.code === "claimed") this.#onOthersClaim(id, error.body.claim)
    }
  }

  /** Send requests in order: a claim that arrives after its release would stay in force. */
  #inOrder(ask) {
    return (this.#requests = this.#requests.then(ask, ask))
  }
}
