// Client of the service's API.

/** An error response; status 0 when there was no response. */
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
  /** Milliseconds by which this computer's clock is behind the service's. */
  skew = 0

  constructor(base, site, post, user) {
    this.#base = base
    this.site = `api/v1/sites/${encodeURIComponent(site)}`
    this.thread = `${this.site}/posts/${encodeURIComponent(post)}`
    /** The site's token of a reader who is signed in. */
    this.user = user
  }

  // Without a sign-on token and with the default limit the service answers from its cache.
  page(sort, limit, cursor, own) {
    const query = `?sort=${sort}${limit ? `&limit=${limit}` : ""}${after(cursor)}`
    return this.send(`${this.thread}/comments${query}`, "GET", "", {}, own)
  }

  replies(id, cursor) {
    return this.send(`${COMMENTS}${id}/replies?limit=50${after(cursor)}`)
  }

  context(id) {
    return this.send(`${COMMENTS}${id}/context`)
  }

  mine(tokens) {
    return this.send(`${this.thread}/me`, "GET", "", proof(tokens), true)
  }

  form() {
    return this.send(`${this.thread}/form`, "GET", "", {}, true)
  }

  submit(body, key) {
    return this.send(`${this.thread}/comments`, "POST", body, { "Idempotency-Key": key })
  }

  edit(id, token, text) {
    return this.send(COMMENTS + id, "PATCH", JSON.stringify({ text }), proof(token))
  }

  messages(lang) {
    return this.send(`widget/lang/${lang}.json`)
  }

  /** Send a request; changes and answers for the reader alone carry the sign-on token. */
  send(path, method = "GET", body, headers = {}, own = method !== "GET") {
    // XMLHttpRequest, because many pages wrap and break `fetch`.
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open(method, this.#base + path)
      request.timeout = 20000
      if (body) request.setRequestHeader("Content-Type", "application/json")
      if (own && this.user) request.setRequestHeader("Authorization", `Bearer ${this.user}`)
      for (const name in headers) if (headers[name]) request.setRequestHeader(name, headers[name])
      request.onloadend = () => {
        const { status } = request
        let answer = {}
        try {
          answer = JSON.parse(request.responseText)
        } catch {
          // No response, or a proxy's page instead of ours.
        }
        // Reading a header that is not exposed logs an error; reading all of them does not.
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
const proof = (token) => ({ "X-Edit-Token": token })
const after = (cursor) => (cursor ? `&cursor=${cursor}` : "")
