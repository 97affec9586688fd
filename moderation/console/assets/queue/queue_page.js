// The queue page: connects its parts and turns keys and clicks into actions.

import { answerAsStaff } from "./reply_dialog.js"
import { Api } from "../lib/api.js"
import { appearance } from "../lib/theme_toggle.js"
import { showAuthor } from "../people/author_card.js"
import { askBulk } from "./bulk_dialog.js"
import { Claims } from "./claims.js"
import { Decisions } from "./decisions.js"
import { $, $$, h, icon } from "../lib/dom.js"
import { emptyState, soFar } from "./empty_state.js"
import { showHelp } from "./shortcuts_dialog.js"
import { ItemView } from "./item_view.js"
import { KEYS, Keyboard, keysOf, settings, shownKey } from "../lib/keyboard.js"
import { ListView } from "./list_view.js"
import { messages } from "../lib/messages.js"
import { Outbox } from "./offline_queue.js"
import { FILTERS, filtersOf, pathOf, QUEUES, Queue } from "./queue_state.js"
import { askReason } from "./reject_dialog.js"
import { reasonsOf } from "./site_reasons.js"
import { askRedaction } from "./redact_dialog.js"
import { refreshAges } from "../lib/dates.js"
import { Tip } from "../lib/tooltip.js"
import { Toasts } from "../lib/toast.js"
import { folding } from "./content_folding.js"

const POLL = 10_000
const SETTLED = 150
/** Pages that a search loads automatically before it stops. */
const FURTHER = 25
// Actions on an escalated comment that need a senior.
const FOR_SENIORS = new Set(["approve", "reject", "spam", "escalate", "redact"])
const SENIOR = "senior" in document.body.dataset

class Console {
  #api = new Api($('meta[name="csrf-token"]').content)
  #actions = $("[data-actions]")
  #toasts = new Toasts($("[data-toasts]"), $("[data-announce]"), $("[data-alert]"))
  #list = new ListView($("#list"), (id) => this.#pick(id))
  #item = new ItemView($("#item"))
  #claims = new Claims(this.#api, (id, claim) => this.#item.taken(id, claim, this.#taker(id)))
  #outbox = new Outbox((number) => this.#toasts.pending(number, () => this.#outbox.flush()))
  #decisions = new Decisions({
    api: this.#api,
    outbox: this.#outbox,
    claims: this.#claims,
    toasts: this.#toasts,
    view: {
      queue: () => this.#queue,
      render: () => this.#render(),
      show: (pane) => this.#show(pane),
      prefetch: () => this.#prefetch(),
      reload: () => this.#open(this.#queue.filters),
    },
  })
  #queue
  #settling
  #asking = false

  async start() {
    new Tip($("[data-tip]"))
    new Keyboard((action, argument) => this.#act(action, argument))
    appearance($("[data-act=theme]"))
    this.#labelActions()
    $("[data-fold-label]").textContent = folding.on ? messages.foldOn : messages.foldOff
    document.addEventListener("click", (event) => this.#click(event))
    for (const field of $$("[data-filter]")) {
      field.addEventListener("change", () => field.reportValidity() && this.#go({ [field.dataset.filter]: field.value.trim() }))
    }
    addEventListener("popstate", () => this.#open(filtersOf(location)))
    setInterval(refreshAges, 30_000)
    setInterval(() => this.#poll(), POLL)
    document.addEventListener("visibilitychange", () => this.#poll())
    await this.#open(filtersOf(location))
    await this.#deepLink()
    // Counts that fail to load come with the next poll.
    await this.#count().catch(() => {})
  }

  // Actions

  #act(action, argument) {
    const item = this.#queue.current
    if (item && !item.may_decide && FOR_SENIORS.has(action) && this.#queue.selected.size === 0) return this.#toasts.show(messages.forSenior)
    const acts = {
      next: () => this.#step(1),
      previous: () => this.#step(-1),
      skip: () => this.#step(1),
      approve: () => this.#decide("approve"),
      reject: () => this.#decide("reject"),
      spam: () => this.#decide("spam"),
      escalate: () => this.#decide("escalate"),
      undo: () => this.#decisions.undo(),
      select: () => item && (this.#queue.select(item.comment.id), this.#render()),
      bulk: () => this.#bulk(),
      redact: () => this.#redact(),
      author: () => this.#author(),
      note: () => this.#author("note"),
      ban: () => this.#author("ban"),
      answer: () => item && answerAsStaff(this.#api, item, this.#toasts),
      thread: () => $("[data-context=thread]")?.scrollIntoView({ block: "center" }),
      reveal: () => item && this.#item.reveal(item, this.#options(item)),
      fold: () => this.#fold(),
      zoom: () => document.body.classList.toggle("zoomed"),
      search: () => $("[data-filter=q]").focus(),
      queue: () => QUEUES[argument - 1] && this.#go({ queue: QUEUES[argument - 1] }),
      help: () => showHelp(() => this.#labelActions()),
      menu: () => this.#menu(true),
      "close-menu": () => this.#menu(false),
      close: () => this.#back(),
      back: () => this.#show("list"),
    }
    acts[action]?.()
  }

  async #decide(outcome) {
    const item = this.#queue.current
    if (!item) return
    if (this.#queue.selected.size > 0) {
      this.#bulk()
      return
    }
    if (outcome !== "reject") return this.#decisions.decide(outcome, {}, item)
    const choice = await askReason(this.#api, item)
    if (choice) this.#decisions.decide("reject", choice, item)
  }

  async #redact() {
    const item = this.#queue.current
    if (!item) return
    const spans = await askRedaction(item)
    if (spans) await this.#changed(item, () => this.#api.redact(item.comment.id, item.version, spans), messages.redacted)
  }

  async #feature(item) {
    const on = !item.comment.featured
    await this.#changed(item, () => this.#api.feature(item.comment.id, on), on ? messages.isFeatured : messages.isUnfeatured)
  }

  /** Change a comment that stays in the list, and show its new state. */
  async #changed(item, request, text) {
    const { id } = item.comment
    try {
      await request()
      Object.assign(item, await this.#api.item(id))
      if (this.#queue.current === item) this.#render()
      this.#toasts.show(text)
    } catch (error) {
      this.#toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
    }
  }

  /** Return a function that takes over a colleague's claim; null for non-seniors. */
  #taker(id) {
    if (!SENIOR) return null
    return async (note) => {
      try {
        await this.#claims.takeOver(id, note)
        this.#item.free(id)
        this.#toasts.show(messages.takenOver)
      } catch (error) {
        this.#toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
      }
    }
  }

  /** Decide the selected comments, or without a selection all that match the filters. */
  async #bulk() {
    // A second key or click before the dialog is open would open another one.
    if (this.#asking) return
    this.#asking = true
    const { selected } = this.#queue
    const selection = selected.size > 0 ? { ids: [...selected] } : { query: this.#queue.query }
    try {
      const outcome = await askBulk(this.#api, selection)
      if (!outcome) return
      const result = await this.#api.bulk({ ...selection, outcome })
      const done = result.results.filter(({ error }) => !error).length
      await this.#open(this.#queue.filters)
      this.#decisions.batch(result, messages.bulkDone[outcome](done))
    } catch (error) {
      this.#toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
    } finally {
      this.#asking = false
    }
  }

  #author(focus = "") {
    const item = this.#queue.current
    if (!item?.comment.author.key) return
    const { site, author } = item.comment
    showAuthor(this.#api, { site, key: author.key, name: author.name }, {
      focus,
      changed: (text, batch) => {
        if (batch) this.#decisions.batch(batch, `${text} ${messages.bulkDone.reject(batch.results.length)}.`)
        else this.#toasts.show(text)
        if (batch) this.#open(this.#queue.filters)
      },
    })
  }

  #fold() {
    const on = folding.toggle()
    $("[data-fold-label]").textContent = on ? messages.foldOn : messages.foldOff
    this.#open(this.#queue.filters)
  }

  // Navigation

  #step(step) {
    if (this.#queue.move(step)) this.#render({ announce: true })
    this.#prefetch()
  }

  #prefetch() {
    const queue = this.#queue
    if (queue.complete || queue.index < queue.items.length - 10) return
    queue.more().then(() => queue === this.#queue && this.#render(), () => {})
  }

  /** Load pages until there is another match or the end; stop after a number of pages. */
  async #further(queue) {
    const { length } = queue.items
    for (let page = 0; page < FURTHER && queue === this.#queue && !queue.complete && queue.items.length === length; page++) {
      if (length === 0) this.#list.searching(soFar(queue.searchedTo))
      await queue.more()
    }
  }

  async #more() {
    const queue = this.#queue
    try {
      await this.#further(queue)
      if (queue === this.#queue) this.#render()
    } catch (error) {
      this.#toasts.show(error.message, { tone: "bad" })
    }
  }

  #pick(id) {
    this.#queue.focus(this.#queue.indexOf(id))
    this.#render({ announce: true })
    this.#show("item")
  }

  #go(changes) {
    const filters = { ...this.#queue.filters, ...changes }
    history.pushState(null, "", pathOf(filters))
    this.#menu(false)
    this.#open(filters)
  }

  async #open(filters) {
    const queue = (this.#queue = new Queue(this.#api, filters))
    for (const field of $$("[data-filter]")) field.value = filters[field.dataset.filter]
    for (const link of $$("[data-queue]")) {
      if (link.dataset.queue === filters.queue) link.setAttribute("aria-current", "page")
      else link.removeAttribute("aria-current")
    }
    this.#show("list")
    this.#list.wait()
    try {
      await queue.load()
      if (queue.items.length === 0) await this.#further(queue)
      if (queue === this.#queue) this.#render({ announce: true })
    } catch (error) {
      if (error.status === 401) location.assign("/review/login")
      // The moderator has moved on to another queue.
      if (queue !== this.#queue) return
      this.#item.clear()
      this.#actions.hidden = true
      this.#list.fail(error.message, () => this.#open(filters))
    }
  }

  /** Select the comment that the address names, in any status. */
  async #deepLink() {
    const id = document.body.dataset.comment
    if (!id) return
    try {
      this.#queue.restore(await this.#api.item(id), 0)
      this.#render()
      this.#show("item")
    } catch (error) {
      this.#toasts.show(error.message, { tone: "bad", stays: true })
    }
  }

  async #poll() {
    if (document.hidden) return
    const queue = this.#queue
    try {
      if ((await queue.refresh()) && queue === this.#queue) this.#render()
      await this.#count()
    } catch {
      // The next poll tries again; a decision would report the failure at once.
    }
  }

  async #count() {
    const counts = await this.#api.changed("/counts", { site: this.#queue.filters.site })
    for (const [name, { count }] of Object.entries(counts?.queues ?? {})) {
      const node = $(`[data-queue="${name}"] [data-count]`)
      if (node) node.textContent = count >= 1000 ? "1,000+" : count || ""
    }
  }

  // Internal

  #options(item) {
    const queue = this.#queue
    reasonsOf(this.#api, item.comment.site)
    return {
      conflict: this.#decisions.conflicts.get(item.comment.id),
      position: queue.count === null ? "" : messages.position(queue.index + 1, queue.count),
      openAuthor: () => this.#author(),
      feature: SENIOR ? () => this.#feature(item) : null,
    }
  }

  #render({ announce = false } = {}) {
    const queue = this.#queue
    const onMore = () => this.#more()
    const clear = () => this.#go({ ...FILTERS, queue: queue.filters.queue })
    const empty = () => (queue.complete ? emptyState(queue.filters, this.#decisions.number, clear) : soFar(queue.searchedTo, onMore))
    this.#list.render(queue, { onMore, empty })
    const count = $(`[data-queue="${queue.filters.queue}"] [data-count]`)
    if (count && queue.count !== null && !queue.narrowed) count.textContent = queue.count >= 1000 ? "1,000+" : queue.count || ""
    const item = queue.current
    this.#actions.hidden = !item
    for (const button of this.#actions.children) button.disabled = Boolean(item && !item.may_decide && FOR_SENIORS.has(button.dataset.act))
    clearTimeout(this.#settling)
    if (!item) {
      this.#claims.leave()
      this.#item.clear(empty())
      this.#show("list")
      return
    }
    this.#item.render(item, this.#options(item))
    if (announce) this.#toasts.announce(messages.announceItem(item.comment.author.name, item.because))
    this.#settling = setTimeout(() => this.#settle(item), SETTLED)
  }

  /** Claim the item and load its context, once the moderator stays on it. */
  async #settle(item) {
    const { id, site, author } = item.comment
    this.#claims.look(item)
    try {
      const [full, card] = await Promise.all([this.#api.item(id), author.key && this.#api.author(site, author.key)])
      this.#item.showContext(id, full, card, () => this.#author())
    } catch {
      // The context is optional; deciding works without it.
    }
  }

  #labelActions() {
    const buttons = KEYS.filter((entry) => entry.icon).map((entry) =>
      h(
        "button",
        { className: `button${entry.tone ? ` button-${entry.tone}` : ""}`, type: "button", data: { act: entry.action } },
        icon(entry.icon),
        entry.label,
        !settings.chosen.off && h("kbd", { ariaHidden: "true" }, shownKey(keysOf(entry)[0])),
      ),
    )
    const undo = buttons.pop()
    this.#actions.replaceChildren(...buttons, h("span", { className: "spacer" }), undo)
  }

  #click(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    const link = event.target.closest("[data-queue]")
    if (link) {
      event.preventDefault()
      this.#go({ queue: link.dataset.queue })
      return
    }
    const action = event.target.closest("[data-act]")?.dataset.act
    if (action && action !== "theme") this.#act(action)
  }

  #back() {
    this.#menu(false)
    document.body.classList.remove("zoomed")
    this.#show("list")
  }

  #menu(open) {
    document.body.classList.toggle("menu-open", open)
    $(".scrim").hidden = !open
    $("[data-act=menu]").setAttribute("aria-expanded", open)
    if (open) $("#side a").focus()
  }

  #show(pane) {
    $(".columns").dataset.pane = pane
  }
}

new Console().start()
