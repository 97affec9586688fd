// The service's API, as far as a thread needs it.

/** An answer that is not a success; status 0 when there was none. */
export class Refusal extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.code ?? "unreachable")
    this.status = status
    this.problem = problem
    this.retryAfter = retryAfter
  }
}

export class Service {
  #base
  #thread
  /** How far this computer's clock is behind the service's, in milliseconds. */
  skew = 0

  constructor(base, site, post) {
    this.#base = base
    this.site = `api/v1/sites/${encodeURIComponent(site)}`
    this.#thread = `${this.site}/posts/${encodeURIComponent(post)}`
  }

  // Without a limit of the page's own the service answers from bytes that are ready.
  page(sort, limit, cursor) {
    return this.#send(`${this.#thread}/comments?sort=${sort}${limit ? `&limit=${limit}` : ""}${after(cursor)}`)
  }

  replies(id, cursor) {
    return this.#send(`${COMMENTS}${id}/replies?limit=50${after(cursor)}`)
  }

  context(id) {
    return this.#send(`${COMMENTS}${id}/context`)
  }

  mine(tokens) {
    return this.#send(`${this.#thread}/me`, "GET", "X-Edit-Token", tokens)
  }

  form() {
    return this.#send(`${this.#thread}/form`)
  }

  preview(text) {
    return this.#send(`${this.site}/preview`, "POST", "", "", JSON.stringify({ text }))
  }

  submit(body, key) {
    return this.#send(`${this.#thread}/comments`, "POST", "Idempotency-Key", key, body)
  }

  edit(id, token, text) {
    return this.#send(COMMENTS + id, "PATCH", "X-Edit-Token", token, JSON.stringify({ text }))
  }

  remove(id, token) {
    return this.#send(COMMENTS + id, "DELETE", "X-Edit-Token", token)
  }

  messages(lang) {
    return this.#send(`widget/lang/${lang}.json`)
  }

  // XMLHttpRequest, because pages wrap and break `fetch`, hardly ever this.
  #send(path, method = "GET", header, value, body) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open(method, this.#base + path)
      request.timeout = 20000
      if (body) request.setRequestHeader("Content-Type", "application/json")
      if (header) request.setRequestHeader(header, value)
      request.onloadend = () => {
        const { status } = request
        let answer = {}
        try {
          answer = JSON.parse(request.responseText)
        } catch {
          // No answer, or a proxy's page instead of ours.
        }
        // Asking for one header that is not exposed is an error in the console; for all, none.
        const headers = request.getAllResponseHeaders()
        const now = Date.parse(headers.match(/^date: *(.+)/im)?.[1])
        if (now) this.skew = now - Date.now()
        if (status >= 200 && status < 300) resolve({ ...answer, status })
        else reject(new Refusal(status, answer, +headers.match(/^retry-after: *(\d+)/im)?.[1]))
      }
      request.send(body)
    })
  }
}

const COMMENTS = "api/v1/comments/"
const after = (cursor) => (cursor ? `&cursor=${cursor}` : "")
