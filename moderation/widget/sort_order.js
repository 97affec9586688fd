// The sort order, and the reader's choice of it.

import { h } from "./dom.js"
import { attempt } from "./errors.js"
import { keep, recall } from "./storage.js"

const ORDERS = /^(newest|oldest|top|controversial)$/

/** Return the order to begin with: the reader's last choice, else the site's, else the newest first. */
export function orderOf(wanted) {
  for (const sort of [recall("sort"), wanted]) if (ORDERS.test(sort)) return sort
  return "newest"
}

/** Build the choice of the sort order; `resort` loads another. */
export function sorting(thread, resort) {
  const { options, rules } = thread
  const onchange = async () => {
    await attempt(thread, select, "unreachable", async () => {
      // Another order may be chosen while this one loads.
      while (select.value !== options.sort) await resort(select.value)
      keep("sort", options.sort)
    })
    if (!select.ariaBusy) select.value = options.sort
  }
  const select = h("select", { ariaLabel: thread.t("sort"), onchange })
  const orders = ["newest", "oldest"]
  if (rules.votes && rules.votes !== "off") orders[2] = "top"
  if (rules.votes === "updown") orders[3] = "controversial"
  for (const value of orders) {
    select.append(h("option", { value, selected: value === options.sort }, thread.t(value)))
  }
  return select
}

/** Put a comment in its place among others; in an order by votes the page's order stands. */
export function insert({ views, options, adding }, list, view, top) {
  const newest = top && options.sort === "newest"
  // Comments mostly arrive in order, so a search from the end finds the place at once.
  let before = list.lastElementChild
  if (top && !/est$/.test(options.sort)) {
    if (!adding) before = null
  } else {
    while (before && views.get(before.dataset.id).follows(view) !== newest) before = before.previousElementSibling
  }
  if (before) before.after(view.node)
  else list.prepend(view.node)
}
