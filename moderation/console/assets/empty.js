// What to say when a queue has nothing: a calm line, and a way out of too narrow filters.

import { h, icon } from "./dom.js"
import { messages } from "./messages.js"

export function emptyState(filters, decided, clear) {
  const narrowed = ["reason", "site", "q", "author", "post"].some((name) => filters[name])
  const held = filters.queue === "held"
  const title = narrowed ? messages.emptyFiltered : held ? messages.emptyHeld : messages.emptyOther(filters.queue)
  return h(
    "div",
    { className: "state", data: { empty: "" } },
    icon("inbox"),
    h("h2", {}, title),
    !narrowed && held && h("p", { className: "muted" }, messages.emptyHeldText),
    decided > 0 && h("p", { className: "muted" }, messages.session(decided)),
    narrowed && h("button", { className: "button", type: "button", onclick: clear }, messages.clearFilters),
  )
}
