// The state of one queue in the browser, without a view.

const PAGE = 50
export const FILTERS = { queue: "held", site: "", reason: "", sort: "oldest", q: "", author: "", post: "", score_from: "", score_to: "", age: "" }
const NARROWING = ["site", "reason", "q", "author", "post", "score_from", "score_to", "age"]
const HOUR = 3_600_000
export const QUEUES = ["held", "reported", "escalated", "approved", "rejected", "spam", "mine"]

/** Return the filters that an address encodes. */
export function filtersOf(place) {
  const given = new URLSearchParams(place.search)
  const filters = Object.fromEntries(Object.keys(FILTERS).map((name) => [name, given.get(name) ?? FILTERS[name]]))
  if (!QUEUES.includes(filters.queue)) filters.queue = FILTERS.queue
  return filters
}

/** Return whether any filter other than the queue is set. */
export const narrowed = (filters) => NARROWING.some((name) => filters[name])

/** Return the API's parameters: an age such as `>24` hours becomes a time, rounded to the minute. */
export function parametersOf({ age, ...filters }) {
  if (!/^[<>]\d{1,5}$/.test(age)) return filters
  const moment = new Date(Math.floor(Date.now() / 60_000) * 60_000 - Number(age.slice(1)) * HOUR).toISOString()
  return { ...filters, [age[0] === ">" ? "before" : "after"]: moment }
}

export function pathOf(filters) {
  const given = Object.entries(filters).filter(([name, value]) => value && value !== FILTERS[name])
  return `/review/?${new URLSearchParams(given)}`
}

export class Queue {
  items = []
  index = 0
  count = 0
  filters
  selected = new Set()
  // The date that an unfinished search has reached; null when there is none.
  searchedTo = null
  #api
  #cursor = null
  #loading = null
  // Comments decided in this browser, with the version that was seen: a page that was
  // fetched before the decision arrived must not bring them back.
  #gone = new Map()

  constructor(api, filters) {
    this.#api = api
    this.filters = filters
  }

  get current() {
    return this.items[this.index] ?? null
  }

  get narrowed() {
    return narrowed(this.filters)
  }

  /** Return the set filters, as a bulk decision sends them. */
  get query() {
    const given = Object.entries(parametersOf(this.filters)).filter(([, value]) => value)
    return Object.fromEntries(given.map(([name, value]) => [name, name.startsWith("score_") ? Number(value) : value]))
  }

  select(id) {
    if (!this.selected.delete(id)) this.selected.add(id)
  }

  get complete() {
    return this.#cursor === null
  }

  async load() {
    const page = await this.#api.queue({ ...parametersOf(this.filters), limit: PAGE })
    this.items = page.items.filter((item) => !this.#isGone(item))
    this.index = 0
    this.#take(page)
  }

  /** Load the next page; concurrent calls share one request. */
  async more() {
    if (this.complete) return
    this.#loading ??= this.#api
      .queue({ ...parametersOf(this.filters), limit: PAGE, cursor: this.#cursor })
      .then((page) => {
        const known = new Set(this.items.map(({ comment }) => comment.id))
        this.items.push(...page.items.filter((item) => !known.has(item.comment.id) && !this.#isGone(item)))
        this.#take(page)
      })
      .finally(() => (this.#loading = null))
    await this.#loading
  }

  /** Refresh the list without moving the selected item; return whether it changed. */
  async refresh() {
    const page = await this.#api.changed("/queue", { ...parametersOf(this.filters), limit: PAGE })
    if (page === null) return false
    this.count = page.count
    if (!this.complete || page.next_cursor !== null) return true
    const focused = this.current
    const items = page.items.filter((item) => !this.#isGone(item))
    // A comment that a colleague decided stays until it is left: it must not vanish
    // under the moderator's eyes.
    if (focused && !items.some(({ comment }) => comment.id === focused.comment.id)) {
      items.splice(Math.min(this.index, items.length), 0, focused)
    }
    this.items = items
    this.index = focused ? items.findIndex(({ comment }) => comment.id === focused.comment.id) : 0
    return true
  }

  move(step) {
    return this.focus(this.index + step)
  }

  focus(index) {
    if (index < 0 || index >= this.items.length || index === this.index) return false
    this.index = index
    return true
  }

  indexOf(id) {
    return this.items.findIndex(({ comment }) => comment.id === id)
  }

  /** Remove an item; the next one takes its place. */
  remove(item) {
    const index = this.indexOf(item.comment.id)
    if (index < 0) return -1
    this.#gone.set(item.comment.id, item.version)
    this.selected.delete(item.comment.id)
    this.items.splice(index, 1)
    if (index < this.index || this.index >= this.items.length) this.index = Math.max(0, this.index - 1)
    if (this.count !== null) this.count = Math.max(0, this.count - 1)
    return index
  }

  /** Restore an item to its place and select it. */
  restore(item, index) {
    this.#gone.delete(item.comment.id)
    const known = this.indexOf(item.comment.id)
    if (known >= 0) {
      this.items[known] = item
      this.index = known
      return
    }
    this.index = Math.max(0, Math.min(index, this.items.length))
    this.items.splice(this.index, 0, item)
    if (this.count !== null) this.count += 1
  }

  #take(page) {
    this.count = page.count
    this.#cursor = page.next_cursor
    this.searchedTo = page.searched_to
  }

  #isGone(item) {
    const version = this.#gone.get(item.comment.id)
    return version !== undefined && item.version <= version
  }
}
