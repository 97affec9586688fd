// The details of an audit entry as text.

import { query } from "../lib/api.js"
import { h } from "../lib/dom.js"
import { reports } from "./messages.js"

/** Ids of decisions and exports mean nothing to people; the others are shown in another way. */
const UNSHOWN = new Set(["decision", "export", "step", "from", "to"])

export function changes(detail) {
  const { changed, values, appeal, ...rest } = detail
  const plain = Object.entries(rest).filter(([name, value]) => !UNSHOWN.has(name) && value !== null && value !== "")
  const status = rest.to && reports.change(reports.status(rest.from), reports.status(rest.to))
  const said = [status, rest.step && reports.step(rest.step), ...plain.map(([name, value]) => reports.detail(name, shown(value)))].filter(Boolean)
  return [
    appeal && h("a", { href: `/review/appeals?${query({ appeal })}` }, reports.subject("appeal", appeal.slice(-8))),
    appeal && reports.appeals[rest.to] && h("span", {}, ` ${reports.appeals[rest.to]} `),
    said.length > 0 && h("span", {}, said.join("; ")),
    values && h("ul", { className: "changes" }, lines(values).map(([name, ...said]) => h("li", {}, h("span", {}, name), " ", ...said))),
    !values && changed && h("span", {}, changed.map((name) => reports.field(name)).join(", ")),
  ].filter(Boolean)
}

/** Return a line for each changed value; values of a table are prefixed with its name. */
function lines(values, prefix = "") {
  return Object.entries(values).flatMap(([key, value]) => {
    const name = `${prefix}${reports.field(key)}`
    if ("from" in value || "to" in value) return [[name, `${shown(value.from)} → ${shown(value.to)}`]]
    if ("entries" in value) return [[name, entries(value)]]
    return lines(value, `${name}: `)
  })
}

function entries({ entries, ...counts }) {
  const said = ["added", "removed", "changed"]
    .filter((what) => counts[what])
    .map((what) => reports.entries(what, counts[what], counts[`first_${what}`]))
  return [...said, reports.entriesNow(entries)].join("; ")
}

const shown = (value) => (value === null || value === undefined || value === "" ? "–" : typeof value === "string" ? value : JSON.stringify(value))
