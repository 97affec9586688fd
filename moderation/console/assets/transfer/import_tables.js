// What a dry run found and what an import made, as figures and tables.

import { h } from "../lib/dom.js"
import { words } from "./import_messages.js"

/** Figures beside each other; those of 0 are left out unless they come first. */
export function figures(pairs) {
  const shown = pairs.filter(([, n], place) => n > 0 || place === 0)
  return h("dl", { className: "tiles" }, shown.map(([label, n]) => h("div", { className: "tile" }, h("dt", {}, label), h("dd", {}, words.number(n)))))
}

function table(title, heads, rows) {
  if (rows.length === 0) return null
  const numeric = (cell) => (typeof cell === "number" ? "number" : "")
  return h(
    "section",
    { className: "import-table" },
    h("h3", {}, title),
    h(
      "div",
      { className: "table-box", tabIndex: 0, role: "region", ariaLabel: title },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, heads.map((head, place) => h("th", { scope: "col", className: numeric(rows[0][place]) }, head)))),
        h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", { className: numeric(cell) }, typeof cell === "number" ? words.number(cell) : cell))))),
      ),
    ),
  )
}

const because = (reason) => h("span", { className: "import-reason" }, reason)
const named = (status) => words.foundStatuses[status] ?? status

/** The format in words; the service adds the compression behind a comma. */
function recognised(format, name) {
  const [, packing] = name.split(", ")
  const label = words.formats[format]
  return packing ? words.recognisedPacked(label, packing) : words.recognised(label)
}

/** What the dry run of another system's file found. */
export function planView({ format, name, plan, notes }) {
  const fresh = plan.comments - plan.known
  const said = [recognised(format, name)]
  if (plan.comments === 0) said.push(words.nothing)
  else if (fresh === 0) said.push(words.allKnown)
  if (plan.duplicates) said.push(words.duplicates(plan.duplicates))
  if (plan.dates_without_zone) said.push(words.undated(plan.dates_without_zone))
  return [
    said.map((sentence) => h("p", {}, sentence)),
    figures([[words.made, fresh], [words.total, plan.comments], [words.known, plan.known], [words.pages, plan.pages], [words.bans, plan.bans]]),
    h(
      "div",
      { className: "import-tables" },
      table(words.byStatus, [words.kind, words.count], Object.entries(plan.by_status).map(([status, n]) => [named(status), n])),
      table(words.byHost, [words.host, words.count], Object.entries(plan.hosts).map(([host, n]) => [host || words.noHost, n])),
    ),
    table(words.largest, [words.page, words.count], plan.largest.map(([page, n]) => [h("code", {}, page), n])),
    table(words.leftOut, [words.kind, words.reason, words.entries], plan.reasons.map(([why, reason, n]) => [words.why[why], because(reason), n])),
    table(words.refused, [words.place, words.reason], notes.map(({ place, reason }) => [place, because(reason)])),
    plan.refused > notes.length && h("p", { className: "muted" }, words.refusedFirst(notes.length, plan.refused)),
  ]
}

/** What the dry run of an export of this service found. */
export function linesView({ format, name, lines, settings, has_new_ids: replaced }) {
  return [
    h("p", {}, recognised(format, name)),
    h("p", {}, words.restored[settings]),
    replaced && h("p", {}, words.newIds),
    figures([[words.total, lines.comment ?? 0], [words.pages, lines.post ?? 0], [words.bans, lines.ban ?? 0]]),
    table(words.lines, [words.kind, words.entries], Object.entries(lines)),
  ]
}

/** What an import made. */
export function resultView(tally) {
  return [
    figures([
      [words.added, tally.added ?? 0],
      [words.changed, tally.changed ?? 0],
      [words.unchanged, tally.unchanged ?? 0],
      [words.kept, tally.kept ?? 0],
      [words.posts, tally.posts ?? 0],
      [words.bans, tally.bans ?? 0],
    ]),
    tally.by_status && table(words.byStatus, [words.kind, words.count], Object.entries(tally.by_status).map(([status, n]) => [named(status), n])),
    tally.rows && table(words.lines, [words.kind, words.entries], Object.entries(tally.rows)),
  ]
}
