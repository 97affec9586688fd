// Dates in the moderator's language: short and relative, exact on hover.

import { h } from "./dom.js"
import { ages, dates } from "./language.js"

const UNITS = [
  ["year", 31536000],
  ["month", 2592000],
  ["week", 604800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
]
const short = ages({ style: "narrow", numeric: "auto" })
const long = ages({ numeric: "auto" })
const days = dates({ dateStyle: "long" })
const exact = dates({ dateStyle: "full", timeStyle: "medium" })

export function age(iso, { full = false } = {}) {
  const seconds = (Date.now() - new Date(iso).getTime()) / 1000
  const format = full ? long : short
  for (const [unit, length] of UNITS) {
    if (seconds >= length) return format.format(-Math.floor(seconds / length), unit)
  }
  return format.format(0, "second")
}

export function moment(iso, { full = false, className = "" } = {}) {
  const date = new Date(iso)
  return h("time", { dateTime: iso, title: exact.format(date), className, data: { age: full ? "full" : "short" } }, age(iso, { full }))
}

export const day = (iso) => days.format(new Date(iso))

/** Update every relative date on the page. */
export function refreshAges() {
  for (const node of document.querySelectorAll("time[data-age]")) {
    const text = age(node.dateTime, { full: node.dataset.age === "full" })
    if (node.textContent !== text) node.textContent = text
  }
}
