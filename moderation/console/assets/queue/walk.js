// Moving through the queues: opening, stepping, polling, and passing what colleagues look at.

import { $, $$ } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { menu, showCounts } from "../lib/navigation.js"
import { soFar } from "./empty_state.js"
import { pathOf } from "./filters.js"
import { Queue } from "./queue_state.js"
import { texts } from "./messages.js"

/** Pages that a search loads automatically before it stops. */
const FURTHER = 25

export class Walk {
  #desk
  #session = { skipped: new Set() }
  // The comment that the moderator has chosen: a colleague's claim is shown instead of passed.
  #chosen = ""

  /** `desk`: `{ api, queue, list, item, claims, toasts, filterBar, acts, view }`; sets its `queue`. */
  constructor(desk) {
    this.#desk = desk
  }

  step(step) {
    this.#chosen = ""
    if (this.#desk.queue.move(step)) this.#desk.view.render({ announce: true })
    this.prefetch()
  }

  skip() {
    this.#chosen = ""
    const { queue, toasts, view } = this.#desk
    if (!queue.current) return
    queue.skip()
    view.render({ announce: true })
    toasts.show(texts.nowSkipped)
    this.prefetch()
  }

  pick(id) {
    const { queue, view } = this.#desk
    this.#chosen = id
    queue.focus(queue.indexOf(id))
    view.render({ announce: true })
    view.show("item")
  }

  /** Pass a comment that a colleague has just claimed, unless the moderator has chosen it. */
  taken(id, claim) {
    const { queue, item, acts, toasts, view } = this.#desk
    queue.claimed(id, claim)
    if (queue.current?.comment.id !== id) return view.render()
    if (this.#chosen === id) {
      view.render()
      item.taken(id, claim, acts.taker(id))
      return
    }
    const free = queue.moveOn()
    view.render({ announce: free })
    toasts.show(free ? texts.openedBy(claim.by) : texts.openedAllOthers(claim.by), { tone: "note" })
  }

  prefetch() {
    const { queue, view } = this.#desk
    if (queue.complete || (queue.current && queue.index < queue.items.length - 10)) return
    queue.more().then(() => queue === this.#desk.queue && view.render(), () => {})
  }

  async more() {
    const { queue, toasts, view } = this.#desk
    try {
      await this.#further(queue)
      if (queue === this.#desk.queue) view.render()
    } catch (error) {
      toasts.show(error.message, { tone: "bad" })
    }
  }

  /** Change filters; the order chosen for one queue is not that of another. */
  go(changes, { replace = false } = {}) {
    const filters = { ...this.#desk.queue.filters, ...(changes.queue ? { sort: "" } : {}), ...changes }
    history[replace ? "replaceState" : "pushState"](null, "", pathOf(filters))
    menu(false)
    return this.open(filters)
  }

  async open(filters) {
    const { api, list, filterBar, view } = this.#desk
    const queue = (this.#desk.queue = new Queue(api, filters, this.#session))
    this.#chosen = ""
    filterBar.show(filters)
    for (const link of $$("[data-queue]")) {
      if (link.dataset.queue === filters.queue) link.setAttribute("aria-current", "page")
      else link.removeAttribute("aria-current")
    }
    view.show("list")
    list.wait(queue)
    try {
      await queue.load()
      if (queue.items.length === 0) await this.#further(queue)
      if (queue === this.#desk.queue) view.render({ announce: true })
    } catch (error) {
      if (error.status === 401) location.assign("/review/login")
      // The moderator has moved on to another queue.
      if (queue !== this.#desk.queue) return
      view.fail(error.message, () => this.open(filters))
    }
  }

  /** Select the comment that the address names, in any status. */
  async deepLink() {
    const id = document.body.dataset.comment
    if (!id) return
    const { api, queue, view, toasts } = this.#desk
    try {
      const item = await api.item(id)
      this.#chosen = id
      // One of a later page is counted already; one of another queue is no part of this one.
      queue.restore(item, 0, { counts: false })
      view.render()
      view.show("item")
    } catch (error) {
      toasts.show(error.message, { tone: "bad", stays: true })
    }
  }

  async poll() {
    if (document.hidden) return
    const { queue, view } = this.#desk
    try {
      if ((await queue.refresh()) && queue === this.#desk.queue) view.render()
      await this.count()
    } catch {
      // The next poll tries again; a decision would report the failure at once.
    }
  }

  async count() {
    const found = await this.#desk.api.changed("/counts", { site: this.#desk.queue.filters.site })
    if (found) showCounts(found.queues)
  }

  /** Load pages until there is another match or the end; stop after a number of pages. */
  async #further(queue) {
    const { length } = queue.items
    for (let page = 0; page < FURTHER && queue === this.#desk.queue && !queue.complete && queue.items.length === length; page++) {
      if (length === 0) this.#desk.list.searching(soFar(queue.searchedTo))
      await queue.more()
    }
  }
}
