// The comment in focus is claimed while it is looked at, so that colleagues see it is taken.

const HEARTBEAT = 4 * 60_000

export class Claims {
  #api
  #mine = null
  #tell
  #asked = Promise.resolve()

  /** `tell(id, claim)` hears of every claim that is somebody else's. */
  constructor(api, tell) {
    this.#api = api
    this.#tell = tell
    setInterval(() => this.#beat(), HEARTBEAT)
    addEventListener("pagehide", () => this.leave({ atOnce: true }))
  }

  async look(item) {
    const { id, status } = item.comment
    if (this.#mine === id) return
    this.leave()
    if (status !== "held") return
    if (item.claim && !item.claim.mine) {
      this.#tell(id, item.claim)
      return
    }
    this.#mine = id
    await this.#take(id)
  }

  /** Take it over from whoever holds it, saying why. */
  async takeOver(id, note) {
    await this.#api.takeOver(id, note)
    this.#mine = id
  }

  leave({ atOnce = false } = {}) {
    const id = this.#mine
    this.#mine = null
    if (!id) return
    const release = () => this.#api.release(id)
    // A page that goes away cannot wait for the answer to what it asked before.
    const released = atOnce ? release() : this.#inOrder(release)
    released.catch(() => {})
  }

  /** A decision ended the claim; nothing is left to give back. */
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
      if (error.code === "claimed") this.#tell(id, error.body.claim)
    }
  }

  /** One after the other: a claim that arrived behind its release would be left behind. */
  #inOrder(ask) {
    return (this.#asked = this.#asked.then(ask, ask))
  }
}
