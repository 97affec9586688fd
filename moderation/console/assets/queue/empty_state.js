// What to say when a queue has nothing: a calm line, and a way out of too narrow filters.

import { h, icon } from "./dom.js"
import { messages } from "./messages.js"
import { narrowed } from "./queue.js"
import { day } from "./time.js"

export function emptyState(filters, decided, clear) {
  const narrow = narrowed(filters)
  const held = filters.queue === "held"
  const title = narrow ? messages.emptyFiltered : held ? messages.emptyHeld : messages.emptyOther(filters.queue)
  return h(
    "div",
    { className: "state", data: { empty: "" } },
    icon("inbox"),
    h("h2", {}, title),
    !narrow && held && h("p", { className: "muted" }, messages.emptyHeldText),
    decided > 0 && h("p", { className: "muted" }, messages.session(decided)),
    narrow && h("button", { className: "button", type: "button", onclick: clear }, messages.clearFilters),
  )
}

/** How far a search has looked that has found nothing yet; `further` is left out while it looks on. */
export function soFar(searchedTo, further) {
  return h(
    "div",
    { className: "state", data: { soFar: "" } },
    icon("search"),
    h("h2", {}, further ? messages.nothingYet : messages.searching),
    searchedTo && h("p", { className: "muted" }, messages.searchedTo(day(searchedTo))),
    further && h("button", { className: "button", type: "button", onclick: further }, messages.searchFurther),
  )
}
