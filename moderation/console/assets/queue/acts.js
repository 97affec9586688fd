// Actions on the comment in focus and on the selected ones.

import { answerAsStaff } from "./reply_dialog.js"
import { askBulk } from "./bulk_dialog.js"
import { bulkQuery, narrowed } from "./filters.js"
import { askReason } from "./reject_dialog.js"
import { askRedaction } from "./redact_dialog.js"
import { messages } from "../lib/messages.js"
import { keyShown } from "../lib/keyboard.js"
import { showAuthor } from "../people/author_card.js"
import { texts } from "./messages.js"

export class Acts {
  #desk
  #asking = false

  /** `desk`: `{ api, queue, senior, toasts, decisions, walk, view }`. */
  constructor(desk) {
    this.#desk = desk
  }

  get #item() {
    return this.#desk.queue.current
  }

  /** Return the entries of the menu for the comment in focus. */
  menu() {
    const item = this.#item
    if (!item) return []
    const { comment } = item
    const entry = (name, icon, act, more = {}) => ({ name, icon, act, label: texts.menu[name], key: keyShown(name), ...more })
    const own = !comment.source
    return [
      own && comment.status === "approved" && entry("answer", "reply", () => this.answer()),
      comment.author.key && entry("note", "note", () => this.author("note")),
      comment.author.key && entry("ban", "block", () => this.author("ban")),
      own && this.#desk.senior && comment.status === "approved" && entry(comment.featured ? "unfeature" : "feature", "star", () => this.#feature(item)),
      item.near_key && entry("together", "people", () => this.together()),
      entry("copy", "copy", () => this.#copyLink(comment.id)),
      own && item.may_decide && entry("redact", "cross", () => this.redact(), { danger: true, apart: true }),
    ].filter(Boolean)
  }

  async decide(outcome) {
    const item = this.#item
    if (this.#desk.queue.selected.size > 0) return this.bulk()
    if (!item) return
    if (outcome !== "reject") return this.#desk.decisions.decide(outcome, {}, item)
    const choice = await askReason(this.#desk.api, item)
    if (choice) this.#desk.decisions.decide("reject", choice, item)
  }

  async redact() {
    const item = this.#item
    if (!item || item.comment.source) return
    const spans = await askRedaction(item)
    if (spans) await this.#changed(item, () => this.#desk.api.redact(item.comment.id, item.version, spans), messages.redacted)
  }

  answer() {
    if (this.#item && !this.#item.comment.source) answerAsStaff(this.#desk.api, this.#item, this.#desk.toasts)
  }

  /** Decide the selected comments, or without a selection all that match the filters. */
  bulk() {
    const { queue } = this.#desk
    const { selected } = queue
    const selection = selected.size > 0 ? { ids: [...selected] } : { query: bulkQuery(queue.filters) }
    return this.#together(() => selection, { unsure: selected.size === 0 && !narrowed(queue.filters) })
  }

  /** Decide the comment in focus and all that read like it; published ones are only ever taken down. */
  async together() {
    const item = this.#item
    if (!item) return
    try {
      const found = await this.#desk.api.alike(item.comment.id)
      if (found.items.length === 0) return this.#desk.toasts.show(texts.noneAlike)
      const all = [item, ...found.items].map(({ comment }) => comment)
      const waiting = all.filter(({ status }) => status === "held")
      const ids = (comments) => ({ ids: comments.map(({ id }) => id) })
      await this.#together((outcome) => ids(outcome === "approve" ? waiting : all), { hint: texts.togetherHint(found.approved) })
    } catch (error) {
      this.#desk.toasts.show(error.message, { tone: "bad" })
    }
  }

  author(focus = "") {
    const item = this.#item
    if (!item?.comment.author.key) return
    const { decisions, toasts, walk, queue } = this.#desk
    const { site, author } = item.comment
    showAuthor(this.#desk.api, { site, key: author.key, name: author.name }, {
      focus,
      changed: (text, batch) => {
        if (batch) decisions.batch(batch, messages.bannedAndRejected(batch.results.length))
        else toasts.show(text)
        if (batch) walk.open(queue.filters)
      },
    })
  }

  /** Return a function that takes over a colleague's claim; null for non-seniors. */
  taker(id) {
    const { senior, claims, item, toasts, queue } = this.#desk
    if (!senior) return null
    return async (note) => {
      try {
        await claims.takeOver(id, note)
        queue.claimed(id, null)
        item.free(id)
        toasts.show(messages.takenOver)
        this.#desk.view.render()
      } catch (error) {
        toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
      }
    }
  }

  /** Ask for a decision on many, and take it; `selectionOf(outcome)` may leave some out. */
  async #together(selectionOf, options) {
    // A second key or click before the dialog is open would open another one.
    if (this.#asking) return
    this.#asking = true
    const { api, decisions, toasts, walk } = this.#desk
    try {
      const choice = await askBulk(api, selectionOf("reject"), options)
      if (!choice) return
      const result = await api.bulk({ ...selectionOf(choice.outcome), ...choice })
      const done = result.results.filter(({ error }) => !error).length
      await walk.open(this.#desk.queue.filters)
      decisions.batch(result, messages.bulkDone[choice.outcome](done))
    } catch (error) {
      toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
    } finally {
      this.#asking = false
    }
  }

  async #feature(item) {
    const on = !item.comment.featured
    await this.#changed(item, () => this.#desk.api.feature(item.comment.id, on), on ? messages.isFeatured : messages.isUnfeatured)
  }

  async #copyLink(id) {
    const link = `${location.origin}/review/comments/${id}`
    try {
      await navigator.clipboard.writeText(link)
      this.#desk.toasts.show(texts.linkCopied)
    } catch {
      // Without permission, or without https, the browser copies nothing.
      this.#desk.toasts.show(texts.linkByHand(link), { tone: "note", stays: true })
    }
  }

  /** Change a comment that stays in the list, and show its new state. */
  async #changed(item, request, text) {
    const { api, toasts } = this.#desk
    try {
      await request()
      Object.assign(item, await api.item(item.comment.id))
      if (this.#item === item) this.#desk.view.render()
      toasts.show(text)
    } catch (error) {
      toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
    }
  }
}
