// The state of one queue in the browser, without a view.

import { messages } from "../lib/messages.js"
import { isWaiting, parametersOf } from "./filters.js"
import { around, firstFree, isTaken } from "./free_items.js"
import { Groups } from "./groups.js"

const PAGE = 50

export class Queue {
  items = []
  index = 0
  count = 0
  selected = new Set()
  filters
  // The date that an unfinished search has reached; null when there is none.
  searchedTo = null
  #api
  #session
  #cursor = null
  #loading = null
  #groups = new Groups()
  // Comments decided in this browser, with the version that was seen: a page that was
  // fetched before the decision arrived must not bring them back.
  #gone = new Map()

  /** `session` has the comments that were skipped, in every queue of this page. */
  constructor(api, filters, session = { skipped: new Set() }) {
    this.#api = api
    this.#session = session
    this.filters = filters
  }

  /** Return the item in focus; null when there is none that is free. */
  get current() {
    return this.items[this.index] ?? null
  }

  get waiting() {
    return isWaiting(this.filters.queue)
  }

  /** Return the number of comments, with a plus where more are known to follow. */
  get total() {
    if (this.count !== null) return messages.queueCount(this.count) || "0"
    return `${this.items.length}${this.complete ? "" : "+"}`
  }

  get complete() {
    return this.#cursor === null
  }

  /** Return the rows to show: see Groups. */
  rows() {
    return this.#groups.rows(this.items, { folds: this.waiting, focused: this.current })
  }

  unfold(group) {
    this.#groups.unfold(group)
  }

  select(id) {
    if (!this.selected.delete(id)) this.selected.add(id)
  }

  skip() {
    if (!this.current) return
    this.#session.skipped.add(this.current.comment.id)
    this.#land(around(this.rows(), this.current))
  }

  isSkipped(item) {
    return this.#session.skipped.has(item.comment.id)
  }

  async load() {
    const page = await this.#api.queue({ ...parametersOf(this.filters), limit: PAGE })
    this.items = page.items.filter((item) => !this.#isGone(item))
    this.#take(page)
    this.#land()
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
        if (!this.current) this.#land()
      })
      .finally(() => (this.#loading = null))
    await this.#loading
  }

  /** Refresh the list without moving the selected item; return whether it changed. */
  async refresh() {
    const page = await this.#api.changed("/queue", { ...parametersOf(this.filters), limit: PAGE })
    if (page === null) return false
    this.count = page.count
    const focused = this.current
    if (this.complete && page.next_cursor === null) {
      const items = page.items.filter((item) => !this.#isGone(item))
      // A comment that a colleague decided stays until it is left: it must not vanish
      // under the moderator's eyes.
      if (focused && !items.some(({ comment }) => comment.id === focused.comment.id)) {
        items.splice(Math.min(this.index, items.length), 0, focused)
      }
      this.items = items
      this.index = focused ? this.indexOf(focused.comment.id) : -1
    } else {
      for (const item of page.items) this.claimed(item.comment.id, item.claim)
    }
    if (!this.current) this.#land()
    return true
  }

  /** Keep the claim on a loaded comment, or that there is none. */
  claimed(id, claim) {
    const item = this.items[this.indexOf(id)]
    if (item) item.claim = claim
  }

  /** Go to the next or previous comment that no colleague looks at; forward, skipped ones are passed. */
  move(step) {
    const order = this.rows().map(({ item }) => item)
    for (let at = order.indexOf(this.current) + step; at >= 0 && at < order.length; at += step) {
      const item = order[at]
      if (!isTaken(item) && (step < 0 || !this.isSkipped(item))) return this.focus(this.items.indexOf(item))
    }
    return false
  }

  /** Leave a comment that a colleague has claimed; return whether another one is free. */
  moveOn() {
    return this.#land(around(this.rows(), this.current)) >= 0
  }

  focus(index) {
    if (index < 0 || index >= this.items.length || index === this.index) return false
    this.index = index
    return true
  }

  indexOf(id) {
    return this.items.findIndex(({ comment }) => comment.id === id)
  }

  /** Remove an item; the next free one takes its place. */
  remove(item) {
    const index = this.indexOf(item.comment.id)
    if (index < 0) return -1
    const focused = this.current
    const others = around(this.rows(), focused)
    this.#gone.set(item.comment.id, item.version)
    this.selected.delete(item.comment.id)
    this.items.splice(index, 1)
    if (focused && focused.comment.id !== item.comment.id) this.index = this.items.indexOf(focused)
    else this.#land(others)
    if (this.count !== null) this.count = Math.max(0, this.count - 1)
    return index
  }

  /** Restore an item to its place; `focus` selects it, `counts` when it belongs to the queue. */
  restore(item, index, { focus = true, counts = true } = {}) {
    const focused = this.current
    this.#gone.delete(item.comment.id)
    const known = this.indexOf(item.comment.id)
    if (known >= 0) {
      this.items[known] = item
      this.index = focus ? known : this.index
      return
    }
    const at = Math.max(0, Math.min(index, this.items.length))
    this.items.splice(at, 0, item)
    this.index = focus || !focused ? at : this.items.indexOf(focused)
    if (counts && this.count !== null) this.count += 1
  }

  /** Focus the first free comment of an order, or else of the whole list. */
  #land(order = []) {
    const isSkipped = (item) => this.isSkipped(item)
    const all = [...order.filter((item) => this.items.includes(item)), ...this.items]
    return (this.index = this.items.indexOf(firstFree(all, isSkipped)))
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
