// Uploads a file in parts, so that neither browser nor service holds all of it.

import { Problem, Unreachable } from "../lib/api.js"

/** Parts are small enough for slow lines: each has less than half a minute. */
const PART = 1 << 20
const TRIES = 4

export class Cancelled extends Error {}

export class Upload {
  #url
  #csrf
  #request = null
  #cancelled = false

  constructor(url, csrf) {
    this.#url = url
    this.#csrf = csrf
  }

  /** Send the file; `progress` is called with the bytes that have left the browser. */
  async send(file, progress) {
    for (let offset = 0; offset < file.size; offset += PART) {
      const part = file.slice(offset, offset + PART)
      await this.#repeatedly(() => this.#part(offset, part, (sent) => progress(Math.min(offset + sent, file.size))))
      progress(offset + part.size)
    }
  }

  cancel() {
    this.#cancelled = true
    this.#request?.abort()
  }

  /** A part that is sent twice changes nothing, so a lost connection is tried again. */
  async #repeatedly(act) {
    for (let tried = 1; ; tried++) {
      if (this.#cancelled) throw new Cancelled()
      try {
        return await act()
      } catch (error) {
        if (this.#cancelled) throw new Cancelled()
        const passes = error instanceof Unreachable || [408, 429, 503].includes(error.status)
        if (!passes || tried === TRIES) throw error
        await new Promise((done) => setTimeout(done, 500 * 2 ** tried))
      }
    }
  }

  #part(offset, part, progress) {
    return new Promise((done, failed) => {
      const request = (this.#request = new XMLHttpRequest())
      request.open("PUT", `${this.#url}?offset=${offset}`)
      request.setRequestHeader("Content-Type", "application/octet-stream")
      request.setRequestHeader("Accept", "application/json")
      request.setRequestHeader("X-CSRF-Token", this.#csrf)
      request.upload.onprogress = (event) => progress(event.loaded)
      request.onload = () => (request.status < 400 ? done() : failed(new Problem(request.status, read(request))))
      request.onerror = request.onabort = () => failed(new Unreachable({ name: "" }))
      request.send(part)
    })
  }
}

function read(request) {
  try {
    return JSON.parse(request.responseText)
  } catch {
    return { detail: request.statusText }
  }
}
