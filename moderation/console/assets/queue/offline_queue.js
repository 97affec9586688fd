// Decisions made without a connection wait here, in order, and are sent when it is back.

import { Unreachable } from "./api.js"

const AGAIN = 5000

export class Outbox {
  #waiting = []
  #tell

  /** `tell(number)` hears how many wait, whenever that changes. */
  constructor(tell) {
    this.#tell = tell
    addEventListener("online", () => this.flush())
    setInterval(() => this.flush(), AGAIN)
    addEventListener("beforeunload", (event) => this.#waiting.length > 0 && event.preventDefault())
  }

  /** Send now, or as soon as the service can be reached. */
  send(request) {
    return request().catch((error) => {
      if (!(error instanceof Unreachable)) throw error
      return new Promise((resolve, reject) => {
        this.#waiting.push({ request, resolve, reject })
        this.#tell(this.#waiting.length)
      })
    })
  }

  async flush() {
    const all = this.#waiting
    this.#waiting = []
    for (let index = 0; index < all.length; index++) {
      const { request, resolve, reject } = all[index]
      try {
        resolve(await request())
      } catch (error) {
        if (error instanceof Unreachable) {
          this.#waiting = [...all.slice(index), ...this.#waiting]
          return
        }
        reject(error)
      }
    }
    if (all.length > 0) this.#tell(this.#waiting.length)
  }
}
