// Client of the review API, with the console's session.

import { messages } from "./messages.js"

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? "")
    this.status = status
    this.code = body.code ?? ""
    this.body = body
  }
}

/** Timeout of a request in milliseconds: a dead connection must not block a decision. */
const TIMEOUT = 30_000

export class Unreachable extends Error {
  constructor(cause) {
    const late = cause.name === "TimeoutError"
    super(late ? messages.noAnswer : messages.offline)
    this.unsure = late
    this.code = "unreachable"
  }
}

// A page that is left open must not keep its session alive with its own polling.
let lastInput = Date.now()
for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
  addEventListener(kind, () => (lastInput = Date.now()), { passive: true, capture: true })
}

export class Api {
  #csrf
  #etags = new Map()
  #proving = null

  constructor(csrf) {
    this.#csrf = csrf
  }

  queue(filters) {
    return this.#ask("GET", `/queue?${query(filters)}`)
  }

  item(id) {
    return this.#ask("GET", `/comments/${id}`)
  }

  /** Return the comments that read like one. */
  alike(id) {
    return this.#ask("GET", `/comments/${id}/alike`)
  }

  decide(id, decision) {
    return this.#ask("POST", `/comments/${id}/decisions`, decision)
  }

  undo(decisionId) {
    return this.#ask("DELETE", `/decisions/${decisionId}`)
  }

  claim(id) {
    return this.#ask("POST", `/comments/${id}/claim`, {})
  }

  /** Take over another moderator's claim; the note is recorded. */
  takeOver(id, note) {
    return this.#ask("POST", `/comments/${id}/claim`, { steal: true, note })
  }

  redact(id, version, spans) {
    return this.#ask("POST", `/comments/${id}/redact`, { version, spans })
  }

  feature(id, on) {
    return this.#ask(on ? "PUT" : "DELETE", `/comments/${id}/featured`)
  }

  change(path, rules) {
    return this.#ask("PATCH", path, rules)
  }

  /** Release a claim, even while the page is being closed. */
  release(id) {
    return this.#send("DELETE", `/comments/${id}/claim`, undefined, {}, true)
  }

  author(site, key) {
    return this.#ask("GET", `/sites/${site}/authors/${key}`)
  }

  settle(site, key, what, body, method = "PUT") {
    return this.#ask(method, `/sites/${site}/authors/${key}/${what}`, body)
  }

  preview(selection) {
    return this.#ask("POST", "/bulk/preview", selection)
  }

  bulk(selection) {
    return this.#ask("POST", "/bulk", selection)
  }

  undoBatch(id) {
    return this.#ask("DELETE", `/batches/${id}`)
  }

  get(path, filters = {}) {
    return this.#ask("GET", `${path}?${query(filters)}`)
  }

  /** Send a request that has no method of its own here. */
  ask(method, path, body, headers) {
    return this.#ask(method, path, body, headers)
  }

  /** Send a request for a versioned resource; return the answer and its ETag for If-Match. */
  async tagged(method, path, body, etag) {
    const response = await this.#send(method, path, body, etag ? { "If-Match": etag } : {})
    return [await this.#read(response), response.headers.get("ETag")]
  }

  /** Poll a resource; return null when it has not changed. */
  async changed(path, filters) {
    const url = `${path}?${query(filters)}`
    const known = this.#etags.get(url)
    const response = await this.#send("GET", url, undefined, known && { "If-None-Match": known })
    if (response.status === 304) return null
    if (response.ok) this.#etags.set(url, response.headers.get("ETag"))
    return this.#read(response)
  }

  /** Return a part of a page that the service renders, as a document whose scripts do not run. */
  async part(path) {
    const response = await this.#send("GET", path, undefined, { Accept: "text/html" })
    // The session has ended: the answer is the login page.
    if (!response.ok || response.redirected) throw new Problem(response.status, { detail: messages.failed(response.status) })
    return new DOMParser().parseFromString(await response.text(), "text/html")
  }

  async #ask(method, path, body, headers) {
    try {
      return await this.#read(await this.#send(method, path, body, headers))
    } catch (error) {
      if (error.code !== "password_needed" || !(await this.#prove(error))) throw error
      return this.#read(await this.#send(method, path, body, headers))
    }
  }

  /** Ask for the password again, once for all requests that need it. */
  async #prove(error) {
    this.#proving ??= import("../people/password_dialog.js").then(({ askPassword }) => askPassword(this, { secondFactor: error.body.second_factor }))
    try {
      return await this.#proving
    } finally {
      this.#proving = null
    }
  }

  async #send(method, path, body, extra = {}, keepalive = false) {
    const idle = String(Math.floor((Date.now() - lastInput) / 1000))
    const headers = { Accept: "application/json", "X-CSRF-Token": this.#csrf, "X-Idle-Seconds": idle, ...extra }
    if (body !== undefined) headers["Content-Type"] = "application/json"
    const limit = new AbortController()
    setTimeout(() => limit.abort(new DOMException("", "TimeoutError")), TIMEOUT)
    try {
      return await fetch(path.startsWith("/review/") ? path : `/api/v1/review${path}`, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "same-origin",
        cache: "no-store",
        keepalive,
        signal: limit.signal,
      })
    } catch (error) {
      throw new Unreachable(error)
    }
  }

  async #read(response) {
    if (response.status === 204) return null
    let answer
    try {
      answer = await response.json()
    } catch (error) {
      if (error.name === "TimeoutError") throw new Unreachable(error)
      throw new Problem(response.status, { detail: messages.failed(response.status) })
    }
    if (!response.ok) throw new Problem(response.status, answer)
    return answer
  }
}

export function query(filters) {
  const given = Object.entries(filters).filter(([, value]) => value !== "" && value !== null && value !== undefined)
  return new URLSearchParams(given).toString()
}
