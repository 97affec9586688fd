// Keeps decisions made without a connection, and sends them in order when it is back.

import { Unreachable } from "../lib/api.js"

const AGAIN = 5000

export class Outbox {
  #waiting = []
  #onChange

  /** `onChange(number)` is called when the number of waiting decisions changes. */
  constructor(onChange) {
    this.#onChange = onChange
    addEventListener("online", () => this.flush())
    setInterval(() => this.flush(), AGAIN)
    addEventListener("beforeunload", (event) => this.#waiting.length > 0 && event.preventDefault())
  }

  /** Send a request now, or as soon as the service is reachable. */
  send(request) {
    return request().catch((error) => {
      if (!(error instanceof Unreachable)) throw error
      return new Promise((resolve, reject) => {
        this.#waiting.push({ request, resolve, reject })
        this.#onChange(this.#waiting.length)
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
    if (all.length > 0) this.#onChange(this.#waiting.length)
  }
}
