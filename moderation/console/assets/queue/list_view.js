// The list beside the item: two lines for each comment, or the state of an empty list.

import { $, h, icon } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { day } from "../lib/dates.js"
import { Picking } from "./picking.js"
import { row, rowKey } from "./list_row.js"
import { texts } from "./messages.js"

const SKELETON_AFTER = 300

export class ListView {
  #root
  #rows
  #state
  #acts
  #picking
  #nodes = new Map()
  #waiting

  /** `acts`: `pick(id)`, `select(ids, on)`, `unfold(group)`. */
  constructor(root, acts) {
    this.#root = root
    this.#rows = $("[data-rows]", root)
    this.#state = $("[data-list-state]", root)
    this.#acts = acts
    this.#picking = new Picking(this.#rows, $("[data-pick-all]", root), acts)
  }

  render(queue, { onMore, empty }) {
    clearTimeout(this.#waiting)
    this.#name(queue)
    const { size } = queue.selected
    $("[data-list-count]", this.#root).textContent = size > 0 ? texts.selectedCount(size) : queue.total
    const bulk = $("[data-act=bulk]", this.#root)
    bulk.hidden = queue.items.length === 0 || (size === 0 && !queue.waiting)
    bulk.textContent = size > 0 ? messages.decideSelected(size) : messages.decideAll
    this.#reconcile(queue)
    if (queue.items.length === 0) this.#state.replaceChildren(empty())
    else if (!queue.complete)
      this.#state.replaceChildren(
        h(
          "div",
          { className: "state" },
          queue.searchedTo && h("p", { className: "muted" }, messages.searchedTo(day(queue.searchedTo))),
          h("button", { className: "button", type: "button", onclick: onMore }, queue.searchedTo ? messages.searchFurther : messages.more),
        ),
      )
    else this.#state.replaceChildren()
  }

  /** Move the focus to the selected comment's row, or to the list. */
  focus() {
    const row = $("[aria-current]", this.#rows) ?? $(".row", this.#rows) ?? this.#rows
    row.focus()
  }

  /** Show the progress of a search without results yet. */
  searching(state) {
    this.#clear()
    this.#state.replaceChildren(state)
  }

  /** Show placeholders, but only when loading takes noticeably long. */
  wait(queue) {
    this.#name(queue)
    this.#state.replaceChildren()
    clearTimeout(this.#waiting)
    this.#waiting = setTimeout(() => {
      this.#rows.replaceChildren(
        ...Array.from({ length: 6 }, () => h("li", { className: "skeleton", ariaHidden: "true" }, h("i"), h("i"))),
      )
      this.#nodes.clear()
    }, SKELETON_AFTER)
  }

  fail(detail, retry) {
    this.#clear()
    this.#state.replaceChildren(
      h(
        "div",
        { className: "state", role: "alert" },
        icon("alert"),
        h("h2", {}, messages.failedTitle),
        h("p", { className: "muted" }, detail),
        h("button", { className: "button", type: "button", onclick: retry }, messages.retry),
      ),
    )
  }

  #name({ filters }) {
    $("[data-list-title]", this.#root).textContent = $(`[data-queue="${filters.queue}"] [data-label]`).textContent
    $("[data-list-count]", this.#root).textContent = ""
  }

  #clear() {
    clearTimeout(this.#waiting)
    this.#rows.replaceChildren()
    this.#nodes.clear()
  }

  #reconcile(queue) {
    const rows = queue.rows()
    const wanted = new Map(rows.map((each) => [rowKey(each, queue), each]))
    const focused = this.#rows.contains(document.activeElement)
    for (const [id, node] of this.#nodes) {
      if (!wanted.has(id)) {
        node.remove()
        this.#nodes.delete(id)
      }
    }
    for (const node of [...this.#rows.children]) if (!node.dataset.key) node.remove()
    let before = this.#rows.firstElementChild
    for (const [id, each] of wanted) {
      let node = this.#nodes.get(id)
      if (!node) {
        node = row(each, queue, () => this.#acts.unfold(each.group))
        node.dataset.key = id
        this.#nodes.set(id, node)
      }
      if (node === before) before = before.nextElementSibling
      else this.#rows.insertBefore(node, before)
    }
    const nodeOf = (each) => this.#nodes.get(rowKey(each, queue))
    for (const each of rows) {
      const button = $("[data-id]", nodeOf(each))
      if (each.item === queue.current) {
        button.setAttribute("aria-current", "true")
        button.scrollIntoView({ block: "nearest" })
      } else button.removeAttribute("aria-current")
    }
    this.#picking.show(rows, queue.selected, nodeOf)
    // The row that had the focus is gone: keys go on from the list.
    if (focused && !this.#rows.contains(document.activeElement)) this.#rows.focus({ preventScroll: true })
  }
}
