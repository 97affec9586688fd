// The filters above the list: search as you type, a folded panel, and a chip for each that is set.

import { $, $$, h, icon } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { FILTERS, isWaiting, narrowing, orderOf } from "./filters.js"
import { texts } from "./messages.js"
import { titleOf } from "../lib/site_titles.js"

const TYPED = 300

export class FilterBar {
  #root
  #go
  #leave
  #typing
  #fields
  #filters = FILTERS
  #authors = new Map()

  /** `go(changes, { replace })` changes filters; `leave()` moves the focus to the list. */
  constructor(root, { go, leave }) {
    this.#root = root
    this.#go = go
    this.#leave = leave
    this.#fields = $$("[data-filter]", root)
    for (const field of this.#fields) {
      if (field.dataset.filter === "q") continue
      field.addEventListener("change", () => field.reportValidity() && go({ [field.dataset.filter]: field.value.trim() }))
    }
    const search = $("[data-filter=q]", root)
    search.addEventListener("input", () => {
      clearTimeout(this.#typing)
      this.#typing = setTimeout(() => this.#search(search), TYPED)
    })
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && !(event.key === "Escape" && !search.value)) return
      event.preventDefault()
      clearTimeout(this.#typing)
      this.#search(search).then(() => this.#leave())
    })
  }

  toggle() {
    const panel = $("[data-filters]", this.#root)
    panel.hidden = !panel.hidden
    $("[data-act=filters]", this.#root).setAttribute("aria-expanded", String(!panel.hidden))
    if (!panel.hidden) $("select, input", panel).focus()
  }

  /** Show the filters of a queue in the fields; what is being typed stays. */
  show(filters) {
    this.#filters = filters
    const order = $("[data-filter=sort]", this.#root)
    for (const option of order.options) option.disabled = filters.queue === "mine" ? option.value !== "newest" : option.value === "priority" && !isWaiting(filters.queue)
    for (const field of this.#fields) {
      const { filter } = field.dataset
      if (filter === "q" && field === document.activeElement) continue
      field.value = filter === "sort" ? orderOf(filters) : filters[filter]
    }
  }

  /** Show a chip for each filter; `items` are the comments found, which name authors and posts. */
  chips(items) {
    const place = $("[data-chips]", this.#root)
    const set = narrowing(this.#filters)
    const key = set.map((name) => `${name}=${this.#text(name, items)}`).join("&")
    if (place.dataset.shown === key) return
    const focused = place.contains(document.activeElement)
    place.dataset.shown = key
    place.hidden = set.length === 0
    place.replaceChildren(
      ...set.map((name) => h("li", {}, chip(this.#text(name, items), name, () => this.#go({ [name]: "" })))),
      ...(set.length > 1 ? [h("li", {}, h("button", { className: "link", type: "button", data: { clearAll: "" }, onclick: () => this.#go(Object.fromEntries(set.map((name) => [name, ""]))) }, texts.clearFilters))] : []),
    )
    if (focused) ($("button", place) ?? $("[data-filter=q]", this.#root)).focus()
  }

  async #search(field) {
    const q = field.value.trim()
    if (q !== this.#filters.q) await this.#go({ q }, { replace: Boolean(this.#filters.q) })
  }

  #text(name, items) {
    const value = this.#filters[name]
    const shown = {
      site: () => titleOf(value) || value,
      author: () => this.#author(value, items),
      post: () => items.find(({ comment }) => comment.post.id === value)?.comment.post.title || value,
      reason: () => messages.codeTitle(value),
      age: () => this.#label("age", value),
    }
    return texts.filters[name](shown[name]?.() ?? value)
  }

  /** Return an author's name; it stays known when their last comment has been decided. */
  #author(key, items) {
    const name = items.find(({ comment }) => comment.author.key === key)?.comment.author.name
    if (name) this.#authors.set(key, name)
    return this.#authors.get(key) ?? texts.oneAuthor
  }

  #label(name, value) {
    const field = $(`[data-filter=${name}]`, this.#root)
    return [...field.options].find((option) => option.value === value)?.textContent ?? value
  }
}

function chip(text, name, remove) {
  return h("button", { className: "chip chip-filter", type: "button", ariaLabel: texts.removeFilter(text), data: { chip: name }, onclick: remove }, h("span", {}, text), icon("cross"))
}
