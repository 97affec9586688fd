// What an entry of the audit trail says besides who, what and about whom: in words.

import { h } from "./dom.js"
import { messages } from "./messages.js"

export function told(detail) {
  const { changed, values, ...rest } = detail
  const plain = Object.entries(rest).filter(([, value]) => value !== null && value !== "")
  return [
    plain.length > 0 && h("code", {}, plain.map(([name, value]) => `${name}=${shown(value)}`).join(" ")),
    values && h("ul", { className: "changes" }, lines(values).map(([name, ...said]) => h("li", {}, h("span", {}, name), " ", ...said))),
    !values && changed && h("code", {}, changed.join(", ")),
  ].filter(Boolean)
}

/** A line for each value that is not as it was; those of a table have its name before theirs. */
function lines(values, prefix = "") {
  return Object.entries(values).flatMap(([key, value]) => {
    const name = `${prefix}${messages.settingName(key)}`
    if ("from" in value || "to" in value) return [[name, `${shown(value.from)} → ${shown(value.to)}`]]
    if ("entries" in value) return [[name, entries(value)]]
    return lines(value, `${name}: `)
  })
}

function entries({ entries, ...counts }) {
  const said = ["added", "removed", "changed"]
    .filter((what) => counts[what])
    .map((what) => messages.entriesChanged[what](counts[what], counts[`first_${what}`]))
  return [...said, messages.entriesNow(entries)].join("; ")
}

const shown = (value) => (value === null || value === undefined || value === "" ? "–" : typeof value === "string" ? value : JSON.stringify(value))
