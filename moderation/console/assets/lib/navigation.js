// The navigation of every page: the drawer on narrow screens, counts, the theme and the keyboard help.

import { Api } from "./api.js"
import { $, $$ } from "./dom.js"
import { appearance } from "./theme_toggle.js"
import { messages } from "./messages.js"
import { showHelp } from "../queue/shortcuts_dialog.js"

const POLL = 30_000
const NAMED = 200
/** Dispatched on the document when a key has been changed. */
export const KEYS_CHANGED = "keys-changed"

const side = $("#side")
const scrim = $("[data-nav=close]")
const button = $("[data-nav=menu]")

export function menu(open) {
  const was = document.body.classList.contains("menu-open")
  document.body.classList.toggle("menu-open", open)
  scrim.hidden = !open
  button.setAttribute("aria-expanded", String(open))
  if (open) $("[data-queue][aria-current], a", side).focus()
  else if (was) button.focus()
}

/** Show the number of comments in each queue, and in the tab's title those held. */
export function showCounts(queues) {
  for (const [name, { count }] of Object.entries(queues)) {
    const node = $(`[data-queue="${name}"] [data-count]`)
    if (node) node.textContent = messages.queueCount(count)
  }
  if (queues.held) showWaiting(queues.held.count)
}

const title = document.title
let naming

/** Name the page in the tab's title, with the number of held comments in front. */
export function showWaiting(count, page = "") {
  const name = page ? title.replace(/^[^·]*/, `${page} `) : document.title.replace(/^\(.*?\) /, "")
  // A title that changes with each of many fast decisions slows them down.
  clearTimeout(naming)
  naming = setTimeout(() => (document.title = count ? `(${messages.queueCount(count)}) ${name}` : name), NAMED)
}

export function keyboardHelp() {
  showHelp(() => document.dispatchEvent(new Event(KEYS_CHANGED)))
}

appearance($("[data-nav=theme]"))
button.addEventListener("click", () => menu(!document.body.classList.contains("menu-open")))
scrim.addEventListener("click", () => menu(false))
$("[data-nav=keyboard]").addEventListener("click", keyboardHelp)
side.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains("menu-open")) return
  event.preventDefault()
  event.stopPropagation()
  menu(false)
})

/** Other pages than the queue count by themselves. */
async function count(api) {
  if (document.hidden) return
  // Counts that fail to load come with the next poll.
  const found = await api.changed("/counts", {}).catch(() => null)
  if (found) showCounts(found.queues)
}

if (document.body.classList.contains("desk")) {
  const api = new Api($('meta[name="csrf-token"]').content)
  for (const link of $$("[data-queue]", side)) link.removeAttribute("aria-current")
  count(api)
  setInterval(() => count(api), POLL)
}
