// The console: puts the parts together and turns keys and clicks into decisions.

import { Api, Problem } from "./api.js"
import { askReason, showHelp } from "./dialogs.js"
import { $, $$, h, icon } from "./dom.js"
import { ItemView, who } from "./item.js"
import { KEYS, Keyboard, shownKey } from "./keys.js"
import { ListView } from "./list.js"
import { messages } from "./messages.js"
import { Queue } from "./queue.js"
import { age, refreshAges } from "./time.js"
import { appearance } from "./appearance.js"
import { Tip } from "./tip.js"
import { Toasts } from "./toast.js"

const POLL = 10_000
const SETTLED = 150
const FILTERS = { status: "held", site: "", reason: "", sort: "oldest" }
const STATUSES = ["held", "approved", "rejected", "spam"]

class Console {
  #api = new Api($('meta[name="csrf-token"]').content)
  #columns = $(".columns")
  #actions = $("[data-actions]")
  #toasts = new Toasts($("[data-toasts]"), $("[data-announce]"), $("[data-alert]"))
  #list = new ListView($("#list"), (id) => this.#pick(id))
  #item = new ItemView($("#item"))
  #queue
  #done = []
  #conflicts = new Map()
  #settling

  async start() {
    new Tip($("[data-tip]"))
    new Keyboard((action, argument) => this.#act(action, argument))
    appearance($("[data-act=theme]"))
    this.#buildActions()
    document.addEventListener("click", (event) => this.#click(event))
    for (const field of $$("[data-filter]")) {
      field.addEventListener("change", () => this.#go({ [field.dataset.filter]: field.value }))
    }
    addEventListener("popstate", () => this.#open(filtersOf(location)))
    setInterval(refreshAges, 30_000)
    setInterval(() => this.#poll(), POLL)
    document.addEventListener("visibilitychange", () => this.#poll())
    await this.#open(filtersOf(location))
  }

  // Actions

  #act(action, argument) {
    const acts = {
      next: () => this.#step(1),
      previous: () => this.#step(-1),
      skip: () => this.#step(1),
      approve: () => this.#decide("approve"),
      reject: () => this.#reject(),
      spam: () => this.#decide("spam"),
      undo: () => this.#undo(),
      queue: () => STATUSES[argument - 1] && this.#go({ status: STATUSES[argument - 1] }),
      help: showHelp,
      close: () => this.#back(),
    }
    acts[action]?.()
  }

  async #reject() {
    const item = this.#queue.current
    if (!item) return
    const choice = await askReason(item.suggested_reason)
    if (choice) this.#decide("reject", choice, item)
  }

  /** Take the item away at once and record the decision behind its back. */
  async #decide(outcome, choice = {}, item = this.#queue.current) {
    if (!item) return
    const queue = this.#queue
    const index = queue.remove(item)
    this.#render()
    const entry = { item, index, queue, decision: this.#api.decide(item.comment.id, { outcome, version: item.version, ...choice }) }
    this.#done.push(entry)
    const past = { approve: messages.approved, reject: messages.rejected, spam: messages.spammed }[outcome]
    this.#toasts.say(past(item.comment.author.name), { label: messages.undo, act: () => this.#undo(entry) })
    if (queue.items.length < 10) queue.more().then(() => this.#render(), () => {})
    try {
      await entry.decision
      this.#conflicts.delete(item.comment.id)
    } catch (error) {
      this.#done = this.#done.filter((other) => other !== entry)
      this.#toasts.clear()
      this.#failed(error, entry, outcome, choice)
    }
  }

  async #undo(entry = this.#done.at(-1)) {
    if (!entry) {
      this.#toasts.say(messages.nothingToUndo)
      return
    }
    this.#done = this.#done.filter((other) => other !== entry)
    try {
      const decision = await entry.decision
      const undone = await this.#api.undo(decision.id)
      const item = { ...entry.item, version: undone.version }
      item.comment = { ...item.comment, status: undone.status }
      if (entry.queue === this.#queue) {
        this.#queue.restore(item, entry.index)
        this.#render()
        this.#show("item")
      }
      this.#toasts.say(messages.undone(undone.status))
    } catch (error) {
      if (error instanceof Problem && error.code === "already_decided") this.#conflict(error, entry, "approve")
      else this.#toasts.say(messages.notRecorded(error.message), { tone: "bad", stays: true })
    }
  }

  #failed(error, entry, outcome, choice) {
    if (error instanceof Problem && error.code === "already_decided") {
      this.#conflict(error, entry, outcome)
      return
    }
    if (error instanceof Problem && error.status === 401) {
      this.#toasts.say(messages.loggedOut, { tone: "bad", stays: true, label: messages.logIn, act: () => location.reload() })
    } else {
      this.#toasts.say(messages.notRecorded(error.message), {
        tone: "bad",
        stays: true,
        label: messages.retry,
        act: () => this.#decide(outcome, choice, this.#queue.items.find((item) => item === entry.item) ?? entry.item),
      })
    }
    entry.queue.restore(entry.item, entry.index)
    if (entry.queue === this.#queue) this.#render()
  }

  /** Somebody was faster: say who and what, and let the moderator look before overruling. */
  #conflict(error, entry, outcome) {
    const decision = error.body.decision
    const { id } = entry.item.comment
    this.#toasts.say(
      messages.conflict(who(decision.by), decision.outcome, age(decision.created_at, { full: true }), messages.mine[outcome]),
      { tone: "bad", stays: true, label: messages.show, act: () => this.#showAgain(id, decision, entry) },
    )
  }

  async #showAgain(id, decision, entry) {
    try {
      const item = await this.#api.item(id)
      this.#conflicts.set(id, decision)
      this.#queue.restore(item, entry.index)
      this.#render()
      this.#show("item")
    } catch (error) {
      this.#toasts.say(messages.notRecorded(error.message), { tone: "bad" })
    }
  }

  // Moving about

  #step(step) {
    if (this.#queue.move(step)) this.#render({ announce: true })
    if (this.#queue.index > this.#queue.items.length - 10) this.#queue.more().then(() => this.#render(), () => {})
  }

  #pick(id) {
    this.#queue.focus(this.#queue.indexOf(id))
    this.#render({ announce: true })
    this.#show("item")
  }

  #go(changes) {
    const filters = { ...this.#queue.filters, ...changes }
    const given = Object.entries(filters).filter(([name, value]) => value && value !== FILTERS[name])
    history.pushState(null, "", `/review/?${new URLSearchParams(given)}`)
    this.#menu(false)
    this.#open(filters)
  }

  async #open(filters) {
    this.#queue = new Queue(this.#api, filters)
    const queue = this.#queue
    for (const field of $$("[data-filter]")) field.value = filters[field.dataset.filter]
    for (const link of $$("[data-status]")) {
      if (link.dataset.status === filters.status) link.setAttribute("aria-current", "page")
      else link.removeAttribute("aria-current")
    }
    this.#show("list")
    this.#list.wait()
    try {
      await queue.load()
      if (queue === this.#queue) this.#render({ announce: true })
    } catch (error) {
      if (error instanceof Problem && error.status === 401) location.assign("/review/login")
      this.#item.clear()
      this.#actions.hidden = true
      this.#list.fail(error.message, () => this.#open(filters))
    }
  }

  async #poll() {
    if (document.hidden) return
    const queue = this.#queue
    try {
      if ((await queue.refresh()) && queue === this.#queue) this.#render()
    } catch {
      // The next round tries again; a decision would say so at once.
    }
  }

  // Internal

  #render({ announce = false } = {}) {
    const queue = this.#queue
    this.#list.render(queue, {
      onMore: () => queue.more().then(() => this.#render()),
      empty: () => this.#emptyState(),
    })
    const count = $(`[data-status="${queue.filters.status}"] [data-count]`)
    if (count) count.textContent = queue.count || ""
    const item = queue.current
    this.#actions.hidden = !item
    if (!item) {
      this.#item.clear(this.#emptyState())
      this.#show("list")
      return
    }
    this.#item.render(item, {
      conflict: this.#conflicts.get(item.comment.id),
      position: messages.position(queue.index + 1, queue.count),
    })
    if (announce) this.#toasts.announce(messages.announceItem(item.comment.author.name, item.because))
    clearTimeout(this.#settling)
    this.#settling = setTimeout(() => this.#settle(item), SETTLED)
  }

  /** Fetch what is only worth fetching for an item that somebody stays on. */
  async #settle(item) {
    try {
      const full = await this.#api.item(item.comment.id)
      this.#item.tell(item.comment.id, full.decisions)
    } catch {
      // The history is an addition; deciding works without it.
    }
  }

  #emptyState() {
    const { filters } = this.#queue
    const filtered = filters.reason || filters.site
    const decided = this.#done.length
    const title = filtered
      ? messages.emptyFiltered
      : filters.status === "held"
        ? messages.emptyHeld
        : messages.emptyOther(filters.status)
    return h(
      "div",
      { className: "state", data: { empty: "" } },
      icon("inbox"),
      h("h2", {}, title),
      !filtered && filters.status === "held" && h("p", { className: "muted" }, messages.emptyHeldText),
      decided > 0 && h("p", { className: "muted" }, messages.session(decided)),
      filtered &&
        h("button", { className: "button", type: "button", onclick: () => this.#go({ reason: "", site: "" }) }, messages.clearFilters),
    )
  }

  #buildActions() {
    const buttons = KEYS.filter((entry) => entry.icon).map(({ action, label, keys, icon: name, tone }) =>
      h(
        "button",
        { className: `button${tone ? ` button-${tone}` : ""}`, type: "button", data: { act: action } },
        icon(name),
        label,
        h("kbd", { ariaHidden: "true" }, shownKey(keys[0])),
      ),
    )
    const undo = buttons.pop()
    this.#actions.append(...buttons, h("span", { className: "spacer" }), undo)
  }

  #click(event) {
    const link = event.target.closest("[data-status]")
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault()
      this.#go({ status: link.dataset.status })
      return
    }
    const action = event.target.closest("[data-act]")?.dataset.act
    if (action === "menu") this.#menu(true)
    else if (action === "close-menu") this.#menu(false)
    else if (action === "back") this.#show("list")
    else if (action && action !== "theme") this.#act(action)
  }

  #back() {
    this.#menu(false)
    this.#show("list")
  }

  #menu(open) {
    document.body.classList.toggle("menu-open", open)
    $(".scrim").hidden = !open
    $("[data-act=menu]").setAttribute("aria-expanded", open)
    if (open) $("#side a").focus()
  }

  #show(pane) {
    this.#columns.dataset.pane = pane
  }
}

function filtersOf(place) {
  const given = new URLSearchParams(place.search)
  const filters = Object.fromEntries(Object.keys(FILTERS).map((name) => [name, given.get(name) ?? FILTERS[name]]))
  if (!STATUSES.includes(filters.status)) filters.status = FILTERS.status
  return filters
}

new Console().start()
