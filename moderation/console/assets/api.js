// The review API, as the console's own session uses it.

import { messages } from "./messages.js"

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? "")
    this.status = status
    this.code = body.code ?? ""
    this.body = body
  }
}

export class Unreachable extends Error {
  constructor() {
    super(messages.offline)
    this.code = "unreachable"
  }
}

export class Api {
  #csrf
  #etags = new Map()

  constructor(csrf) {
    this.#csrf = csrf
  }

  queue(filters) {
    return this.#ask("GET", `/queue?${query(filters)}`)
  }

  item(id) {
    return this.#ask("GET", `/comments/${id}`)
  }

  decide(id, decision) {
    return this.#ask("POST", `/comments/${id}/decisions`, decision)
  }

  undo(decisionId) {
    return this.#ask("DELETE", `/decisions/${decisionId}`)
  }

  /** Ask again for something polled; null when it is as it was. */
  async changed(path, filters) {
    const url = `${path}?${query(filters)}`
    const known = this.#etags.get(url)
    const response = await this.#send("GET", url, undefined, known && { "If-None-Match": known })
    if (response.status === 304) return null
    if (response.ok) this.#etags.set(url, response.headers.get("ETag"))
    return this.#read(response)
  }

  async #ask(method, path, body) {
    return this.#read(await this.#send(method, path, body))
  }

  async #send(method, path, body, extra = {}) {
    const headers = { Accept: "application/json", "X-CSRF-Token": this.#csrf, ...extra }
    if (body !== undefined) headers["Content-Type"] = "application/json"
    try {
      return await fetch(`/api/v1/review${path}`, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "same-origin",
        cache: "no-store",
      })
    } catch {
      throw new Unreachable()
    }
  }

  async #read(response) {
    if (response.status === 204) return null
    let answer
    try {
      answer = await response.json()
    } catch {
      throw new Problem(response.status, { detail: response.statusText })
    }
    if (!response.ok) throw new Problem(response.status, answer)
    return answer
  }
}

function query(filters) {
  const given = Object.entries(filters).filter(([, value]) => value !== "" && value !== null && value !== undefined)
  return new URLSearchParams(given).toString()
}
