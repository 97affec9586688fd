// Draws the desk: the list, the comment in focus, its actions and the counts.

import { $, h, icon } from "../lib/dom.js"
import { KEYS, keyShown, settings } from "../lib/keyboard.js"
import { messages } from "../lib/messages.js"
import { showWaiting } from "../lib/navigation.js"
import { allTaken, emptyState, soFar } from "./empty_state.js"
import { isTaken } from "./free_items.js"
import { FILTERS, narrowed } from "./filters.js"
import { texts } from "./messages.js"
import { reasonsOf } from "./site_reasons.js"

const SETTLED = 150
// Actions on an escalated comment that need a senior.
const FOR_SENIORS = new Set(["approve", "reject", "spam", "escalate", "redact"])

export const needsSenior = (item, action) => Boolean(item && !item.may_decide && FOR_SENIORS.has(action))

export class View {
  #desk
  #actions = $("[data-actions]")
  #settling

  /** `desk`: `{ api, queue, list, item, claims, decisions, toasts, filterBar, acts, walk }`. */
  constructor(desk) {
    this.#desk = desk
    this.labelActions()
  }

  render({ announce = false } = {}) {
    const { queue, list, item: view, claims, toasts, filterBar } = this.#desk
    const onMore = () => this.#desk.walk.more()
    const empty = () => (queue.complete ? this.#empty() : soFar(queue.searchedTo, onMore))
    list.render(queue, { onMore, empty })
    filterBar.chips(queue.items)
    this.#count(queue)
    const item = queue.current
    this.#actions.hidden = !item
    for (const button of this.#actions.children) button.disabled = needsSenior(item, button.dataset.act)
    clearTimeout(this.#settling)
    if (!item) {
      claims.leave()
      view.clear(queue.items.length > 0 ? allTaken(queue.items.filter(isTaken).length) : empty())
      this.show("list")
      return
    }
    view.render(item, this.options(item))
    if (announce) toasts.announce(messages.announceItem(item.comment.author.name, messages.because(item)))
    this.#settling = setTimeout(() => this.#settle(item), SETTLED)
  }

  /** Return how the item view shows an item. */
  options(item) {
    const { api, queue, decisions, acts } = this.#desk
    // Loaded ahead of the dialog, so that its keys work at once.
    reasonsOf(api, item.comment.site)
    const row = queue.rows().find((each) => each.item === item)
    return {
      conflict: decisions.conflicts.get(item.comment.id),
      position: texts.position(queue.index + 1, queue.total),
      openAuthor: () => acts.author(),
      alike: queue.waiting ? (row?.alike.length ?? 0) : 0,
      together: () => acts.together(),
    }
  }

  fail(detail, retry) {
    this.#desk.item.clear()
    this.#actions.hidden = true
    this.#desk.list.fail(detail, retry)
  }

  show(pane) {
    $(".columns").dataset.pane = pane
  }

  labelActions() {
    const buttons = KEYS.filter((entry) => entry.icon).map((entry) =>
      h(
        "button",
        { className: `button${entry.tone ? ` button-${entry.tone}` : ""}`, type: "button", data: { act: entry.action } },
        icon(entry.icon),
        entry.label,
        !settings.chosen.off && h("kbd", { ariaHidden: "true" }, keyShown(entry.action)),
      ),
    )
    const undo = buttons.pop()
    this.#actions.replaceChildren(...buttons, h("span", { className: "spacer" }), undo)
  }

  #empty() {
    const { queue, decisions, walk } = this.#desk
    return emptyState(queue.filters, decisions.number, () => walk.go({ ...FILTERS, queue: queue.filters.queue }))
  }

  /** Show the queue's size in the navigation and in the tab, before the next poll. */
  #count({ filters, count }) {
    const node = $(`[data-queue="${filters.queue}"] [data-count]`)
    if (count !== null && !narrowed(filters)) node.textContent = messages.queueCount(count)
    const held = $("[data-queue=held] [data-count]").textContent
    showWaiting(held, $(`[data-queue="${filters.queue}"] [data-label]`).textContent)
  }

  /** Claim the item and load its context, once the moderator stays on it. */
  async #settle(item) {
    const { api, claims, item: view, acts } = this.#desk
    const { id, site, author } = item.comment
    claims.look(item)
    try {
      const [full, card, found] = await Promise.all([api.item(id), author.key && api.author(site, author.key), item.near_key && api.alike(id)])
      view.showContext(id, full, card, () => acts.author())
      if (found) view.showAlike(id, found, () => acts.together())
    } catch {
      // The context is optional; deciding works without it.
    }
  }
}
