// The list beside the item: two lines for each comment, or the state of an empty list.

import { $, h, icon } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { day, moment } from "../lib/dates.js"
import { severe } from "./content_folding.js"
import { reportedChip } from "./reports_view.js"

const SKELETON_AFTER = 300
const FIRST_WORDS = 90

export class ListView {
  #root
  #rows
  #state
  #pick
  #nodes = new Map()
  #waiting

  constructor(root, pick) {
    this.#root = root
    this.#rows = $("[data-rows]", root)
    this.#state = $("[data-list-state]", root)
    this.#pick = pick
    this.#rows.addEventListener("click", (event) => {
      const row = event.target.closest("[data-id]")
      if (row) this.#pick(row.dataset.id)
    })
  }

  render(queue, { onMore, empty }) {
    clearTimeout(this.#waiting)
    $("[data-list-title]", this.#root).textContent = messages.queues[queue.filters.queue]
    $("[data-list-count]", this.#root).textContent = queue.count === null ? "" : queue.count >= 1000 ? "1,000+" : queue.count
    const bulk = $("[data-act=bulk]", this.#root)
    bulk.hidden = queue.items.length === 0 || !["held", "reported", "escalated"].includes(queue.filters.queue)
    bulk.textContent = queue.selected.size > 0 ? messages.decideSelected(queue.selected.size) : messages.decideAll
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

  /** Show the progress of a search without results yet. */
  searching(state) {
    clearTimeout(this.#waiting)
    this.#rows.replaceChildren()
    this.#nodes.clear()
    this.#state.replaceChildren(state)
  }

  /** Show placeholders, but only when loading takes noticeably long. */
  wait() {
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
    clearTimeout(this.#waiting)
    this.#rows.replaceChildren()
    this.#nodes.clear()
    this.#state.replaceChildren(
      h(
        "div",
        { className: "state", role: "alert" },
        icon("cross"),
        h("h2", {}, messages.failedTitle),
        h("p", { className: "muted" }, detail),
        h("button", { className: "button", type: "button", onclick: retry }, messages.retry),
      ),
    )
  }

  #reconcile(queue) {
    const wanted = new Map(queue.items.map((item) => [key(item), item]))
    for (const [id, node] of this.#nodes) {
      if (!wanted.has(id)) {
        node.remove()
        this.#nodes.delete(id)
      }
    }
    for (const node of [...this.#rows.children]) if (!node.dataset.key) node.remove()
    let before = this.#rows.firstElementChild
    for (const [id, item] of wanted) {
      let node = this.#nodes.get(id)
      if (!node) {
        node = row(item)
        node.dataset.key = id
        this.#nodes.set(id, node)
      }
      if (node === before) before = before.nextElementSibling
      else this.#rows.insertBefore(node, before)
    }
    queue.items.forEach((item, index) => {
      const button = this.#nodes.get(key(item)).firstElementChild
      if (index === queue.index) {
        button.setAttribute("aria-current", "true")
        button.scrollIntoView({ block: "nearest" })
      } else button.removeAttribute("aria-current")
      const selected = queue.selected.has(item.comment.id)
      button.classList.toggle("is-selected", selected)
      button.querySelector("[data-selected]").textContent = selected ? messages.selected : ""
    })
  }
}

const key = (item) => `${item.comment.id}.${item.version}.${item.reported?.count ?? ""}.${item.claim && !item.claim.mine ? item.claim.by : ""}`

function row(item) {
  const { comment, reasons, claim } = item
  const folded = severe(item)
  const first = reasons.find(({ outcome }) => outcome !== "approve")
  return h(
    "li",
    {},
    h(
      "button",
      { className: "row", type: "button", data: { id: comment.id } },
      h(
        "span",
        { className: "row-top" },
        first && chip(first),
        reportedChip(item),
        comment.escalated_at && h("span", { className: "chip chip-caution", title: messages.escalatedChip }, icon("up")),
        h("span", { className: "visually-hidden", data: { selected: "" } }),
        h("span", { className: "row-author" }, comment.author.name),
        moment(comment.created_at, { className: "row-age" }),
      ),
      h("span", { className: "row-words" }, claim && !claim.mine && h("b", {}, `${messages.lookedAtBy(claim.by)} `), folded ? messages.foldedRow : words(comment.text)),
    ),
  )
}

const words = (text) => Array.from(text.replace(/\s+/g, " ")).slice(0, FIRST_WORDS).join("")

function chip(cause) {
  const tone = cause.outcome === "reject" ? "bad" : "caution"
  return h("span", { className: `chip chip-${tone}` }, messages.codeTitle(cause.code))
}
