// The state of an empty queue: a short line, and a button that clears the filters.

import { $, h, icon } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { narrowed } from "./filters.js"
import { texts } from "./messages.js"
import { day } from "../lib/dates.js"

export function emptyState(filters, decided, clear) {
  const narrow = narrowed(filters)
  const held = filters.queue === "held"
  const label = $(`[data-queue="${filters.queue}"] [data-label]`).textContent
  const title = narrow ? messages.emptyFiltered : held ? messages.emptyHeld : messages.emptyOther(filters.queue, label)
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

/** The state of a queue whose last comments colleagues look at. */
export function allTaken(count) {
  return h("div", { className: "state", data: { allTaken: "" } }, icon("people"), h("h2", {}, texts.allTaken(count)), h("p", { className: "muted" }, texts.allTakenText))
}

/** The state of a search without results yet; without `further` it is still running. */
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
