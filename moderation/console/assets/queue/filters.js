// The filters of a queue: what an address encodes, and what the API is asked.

import { $, $$ } from "../lib/dom.js"
import { titleOf } from "../lib/site_titles.js"

export const FILTERS = { queue: "held", site: "", reason: "", sort: "", q: "", author: "", post: "", score_from: "", score_to: "", age: "" }
const NARROWING = ["site", "author", "post", "reason", "score_from", "score_to", "age", "q"]
const HOUR = 3_600_000
/** The navigation is the list of queues. */
export const QUEUES = $$("[data-queue]").map((link) => link.dataset.queue)
export const isWaiting = (queue) => Boolean($(`[data-queue="${queue}"][data-waiting]`))

/** Return the filters that an address encodes. */
export function filtersOf(place) {
  const given = new URLSearchParams(place.search)
  const filters = Object.fromEntries(Object.keys(FILTERS).map((name) => [name, given.get(name) ?? FILTERS[name]]))
  if (!QUEUES.includes(filters.queue)) filters.queue = FILTERS.queue
  return filters
}

/** Return the filters that are set and narrow the queue: with one site, the site does not. */
export const narrowing = (filters) => NARROWING.filter((name) => filters[name] && (name !== "site" || titleOf(filters.site)))

export const narrowed = (filters) => narrowing(filters).length > 0

/** Return the order in effect: reports by their weight, else the oldest first where comments wait. */
export const orderOf = ({ queue, sort }) => sort || (queue === "reported" ? "priority" : isWaiting(queue) ? "oldest" : "newest")

/** Return the API's parameters: an age such as `>24` hours becomes a time, rounded to the minute. */
export function parametersOf({ age, ...filters }) {
  const given = { ...filters, sort: orderOf(filters) }
  if (!/^[<>]\d{1,5}$/.test(age)) return given
  const moment = new Date(Math.floor(Date.now() / 60_000) * 60_000 - Number(age.slice(1)) * HOUR).toISOString()
  return { ...given, [age[0] === ">" ? "before" : "after"]: moment }
}

export function pathOf(filters) {
  const given = Object.entries(filters).filter(([name, value]) => value && value !== FILTERS[name])
  return `/review/?${new URLSearchParams(given)}`
}

/** Return the set filters, as a bulk decision sends them. */
export function bulkQuery(filters) {
  const given = Object.entries(parametersOf(filters)).filter(([, value]) => value)
  return Object.fromEntries(given.map(([name, value]) => [name, name.startsWith("score_") ? Number(value) : value]))
}
