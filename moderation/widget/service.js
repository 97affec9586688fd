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
    this.site = `sites/${encodeURIComponent(site)}`
    this.#thread = `${this.site}/posts/${encodeURIComponent(post)}`
  }

  // Without a limit of the page's own the service answers from bytes that are ready.
  page(sort, limit, cursor) {
    return this.#get(`${this.#thread}/comments?sort=${sort}${limit ? `&limit=${limit}` : ""}${after(cursor)}`)
  }

  replies(id, cursor) {
    return this.#get(`comments/${id}/replies?limit=50${after(cursor)}`)
  }

  context(id) {
    return this.#get(`comments/${id}/context`)
  }

  mine(tokens) {
    return this.#call("GET", `${this.#thread}/me`, { "X-Edit-Token": tokens })
  }

  form() {
    return this.#get(`${this.#thread}/form`)
  }

  preview(text) {
    return this.#call("POST", `${this.site}/preview`, {}, JSON.stringify({ text }))
  }

  submit(body, key) {
    return this.#call("POST", `${this.#thread}/comments`, { "Idempotency-Key": key }, body)
  }

  edit(id, token, text) {
    return this.#call("PATCH", `comments/${id}`, bearer(token), JSON.stringify({ text }))
  }

  remove(id, token) {
    return this.#call("DELETE", `comments/${id}`, bearer(token))
  }

  messages(lang) {
    return this.#send("GET", `widget/lang/${lang}.json`, {})
  }

  #get(path) {
    return this.#call("GET", path, {})
  }

  #call(method, path, headers, body) {
    return this.#send(method, `api/v1/${path}`, headers, body)
  }

  // XMLHttpRequest, because pages wrap and break `fetch`, hardly ever this.
  #send(method, path, headers, body) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open(method, this.#base + path)
      request.timeout = 20000
      if (body) request.setRequestHeader("Content-Type", "application/json")
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
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

const after = (cursor) => (cursor ? `&cursor=${encodeURIComponent(cursor)}` : "")
const bearer = (token) => ({ Authorization: `Bearer ${token}` })
