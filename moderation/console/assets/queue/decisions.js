// Decisions: shown at once, recorded in the background, undone, or in conflict with others.

import { Problem } from "../lib/api.js"
import { who } from "./item_context.js"
import { messages } from "../lib/messages.js"
import { age } from "../lib/dates.js"
import { texts } from "./messages.js"

/** The status that a decision gives. */
const STATUS = { approve: "approved", reject: "rejected", spam: "spam" }

export class Decisions {
  #api
  #outbox
  #claims
  #toasts
  #view
  #done = []
  conflicts = new Map()

  /** `view` returns and draws the current queue: `{ queue(), render(), show(pane), pick(id) }`. */
  constructor({ api, outbox, claims, toasts, view }) {
    this.#api = api
    this.#outbox = outbox
    this.#claims = claims
    this.#toasts = toasts
    this.#view = view
  }

  get number() {
    return this.#done.length
  }

  /** Remove the item at once and record the decision in the background. */
  async decide(outcome, choice = {}, item = this.#view.queue().current) {
    if (!item) return
    const queue = this.#view.queue()
    const index = queue.remove(item)
    const { id, author } = item.comment
    this.#claims.ended(id)
    const body = { outcome, version: item.version, ...choice }
    const entry = { item, index, queue, decision: this.#outbox.send(() => this.#api.decide(id, body)) }
    this.#done.push(entry)
    this.#view.render()
    this.#toasts.show(messages.past[outcome](author.name), { label: messages.undo, act: () => this.undo(entry) })
    this.#view.prefetch()
    try {
      await entry.decision
      this.conflicts.delete(id)
    } catch (error) {
      this.#done = this.#done.filter((other) => other !== entry)
      this.#toasts.clear()
      this.#failed(error, entry, outcome, choice)
    }
  }

  async undo(entry = this.#done.at(-1)) {
    if (!entry) {
      this.#toasts.show(messages.nothingToUndo)
      return
    }
    this.#done = this.#done.filter((other) => other !== entry)
    try {
      if (entry.batch) await this.#undoBatch(entry)
      else await this.#undoOne(entry)
    } catch (error) {
      if (error.code === "already_decided") this.#conflict(error, entry, "undo")
      else this.#toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
    }
  }

  /** Keep a decided batch, so that it can be undone as one. */
  batch(result, text) {
    const entry = { batch: result.batch_id }
    this.#done.push(entry)
    const left = result.results.filter(({ error }) => error).length
    this.#toasts.show(left ? messages.leftAlone(text, left) : text, { label: messages.undoAll, act: () => this.undo(entry) })
  }

  async #undoOne(entry) {
    const decision = await entry.decision
    const undone = await this.#api.undo(decision.id)
    const item = { ...entry.item, version: undone.version, claim: null }
    item.comment = { ...item.comment, status: undone.status }
    if (decision.outcome === "escalate") item.comment.escalated_at = null
    if (entry.queue === this.#view.queue()) {
      this.#view.queue().restore(item, entry.index)
      this.#view.render()
      this.#view.show("item")
    }
    this.#toasts.show(messages.undone(undone.status))
  }

  async #undoBatch(entry) {
    const undone = await this.#api.undoBatch(entry.batch)
    this.#toasts.show(messages.batchUndone(undone.results.filter(({ error }) => !error).length))
    this.#view.reload()
  }

  #failed(error, entry, outcome, choice) {
    if (error.code === "already_decided") {
      this.#conflict(error, entry, outcome)
      return
    }
    if (error instanceof Problem && error.status === 401) {
      this.#toasts.show(messages.loggedOut, { tone: "bad", stays: true, label: messages.logIn, act: () => location.reload() })
    } else if (error.code === "claimed") {
      this.#colleagueHas(error.body.claim, entry, outcome)
      return
    } else {
      this.#toasts.show(messages.notRecorded(error), {
        tone: "bad",
        stays: true,
        label: messages.retry,
        act: () => this.decide(outcome, choice, entry.item),
      })
    }
    entry.queue.restore(entry.item, entry.index)
    if (entry.queue === this.#view.queue()) this.#view.render()
  }

  /** Put the comment back, and stay with the next one: the decision is now the colleague's. */
  #colleagueHas(claim, entry, outcome) {
    const item = { ...entry.item, claim }
    entry.queue.restore(item, entry.index, { focus: false })
    if (entry.queue === this.#view.queue()) this.#view.render()
    const { author, id } = item.comment
    this.#toasts.show(texts.colleagueHas(claim.by, author.name, outcome, claim.expires_at), { tone: "note", label: messages.show, act: () => this.#view.pick(id) })
  }

  /** Report a colleague's earlier decision, and let the moderator check it before overruling. */
  #conflict(error, entry, outcome) {
    const { decision } = error.body
    this.#toasts.show(
      messages.conflict(who(decision.by), decision.outcome, age(decision.created_at, { full: true }), outcome),
      // The comment is settled, and the next one is in focus already: a note is enough.
      { tone: "note", stays: STATUS[outcome] !== decision.status, label: messages.show, act: () => this.#showAgain(entry, decision) },
    )
  }

  async #showAgain(entry, decision) {
    const { id } = entry.item.comment
    try {
      const item = await this.#api.item(id)
      this.conflicts.set(id, decision)
      this.#view.queue().restore(item, entry.index, { counts: false })
      this.#view.render()
      this.#view.show("item")
    } catch (error) {
      this.#toasts.show(messages.notRecorded(error), { tone: "bad" })
    }
  }
}
