// Statistics: queue sizes, decision times, and how often each rule is overturned.

import { Api, query } from "../lib/api.js"
import { $, h } from "../lib/dom.js"
import { number as whole, percent as percentage } from "../lib/language.js"
import { messages } from "../lib/messages.js"
import { age } from "../lib/dates.js"
import { hours } from "./hours_plot.js"
import { reports } from "./messages.js"

const api = new Api($('meta[name="csrf-token"]').content)
const place = $("[data-figures]")
const site = $("[data-filter=site]")
const days = $("[data-filter=days]")
const chosen = () => ({ site: site?.value, days: days.value })

async function show() {
  const asked = chosen()
  let shown
  try {
    shown = figures(await api.get("/metrics", asked))
  } catch (error) {
    shown = [h("p", { className: "notice notice-bad", role: "alert" }, error.message)]
  }
  // Another site or period was chosen meanwhile.
  if (JSON.stringify(asked) !== JSON.stringify(chosen())) return
  place.replaceChildren(...shown)
  place.removeAttribute("aria-busy")
}

function figures(found) {
  const { held, escalated } = found.queues
  return [
    h(
      "dl",
      { className: "tiles" },
      tile(messages.waiting, number(held.count), held.oldest_at && messages.oldest(age(held.oldest_at, { full: true }))),
      tile(reports.escalated, number(escalated.count)),
      tile(messages.firstDecision, duration(found.first_decision_seconds.p50), messages.nineOfTen(duration(found.first_decision_seconds.p90))),
      tile(messages.automated, percent(found.automated.share), messages.ofNew(found.automated.submitted)),
    ),
    h("h2", {}, messages.perHour),
    ...hours(found.per_hour),
    ...team(found),
    h("h2", {}, messages.overturned),
    h("p", { className: "muted" }, messages.overturnedHint),
    ...(found.overturned.length > 0
      ? [rates(messages.filter, found.overturned_filters, ({ filter }) => [messages.filterTitle(filter)]), rates(messages.rule, found.overturned, ({ code, filter }) => [messages.codeTitle(code), messages.filterTitle(filter)])]
      : [h("p", { className: "muted" }, messages.noFigures)]),
  ]
}

const tile = (name, value, more) => h("div", { className: "tile" }, h("dt", {}, name), h("dd", {}, value, more && h("small", {}, more)))
const number = (count) => messages.queueCount(count) || "0"
const percent = (share) => (share === null ? "–" : percentage(share))

function duration(seconds) {
  if (seconds === null) return "–"
  if (seconds < 90) return messages.seconds(Math.round(seconds))
  if (seconds < 5400) return messages.minutes(Math.round(seconds / 60))
  return messages.hours(Math.round(seconds / 360) / 10)
}

/** Decisions side by side: by moderator, and by site and article where there are several. */
function team({ by_moderator, by_site, by_post }) {
  if (by_moderator.length === 0) return [h("h2", {}, reports.team), h("p", { className: "muted" }, reports.nobodyYet)]
  const article = (row) => h("a", { href: `/review/post?${query({ site: row.site, post: row.post })}` }, row.title || row.post)
  return [
    h("h2", {}, reports.team),
    decided(reports.moderator, by_moderator, (row) => row.name),
    ...(by_site.length > 1 ? [h("h2", {}, reports.bySite), decided(reports.site, by_site, (row) => row.title || row.site)] : []),
    ...(by_post.length > 0 ? [h("h2", {}, reports.byPost), decided(reports.article, by_post, article)] : []),
  ]
}

function decided(name, rows, named) {
  const head = (text, className) => h("th", { scope: "col", className }, text)
  const cell = (value) => h("td", { className: "number" }, value)
  const columns = ["decisions", "approved", "rejected", "spam"]
  return h(
    "div",
    { className: "table-box" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, head(name), ...columns.map((column) => head(reports[column], "number")))),
      h("tbody", {}, rows.map((row) => h("tr", {}, h("td", {}, named(row)), ...columns.map((column) => cell(whole(row[column])))))),
    ),
  )
}

/** A table of overturned rules or filters; a rule's row names its filter as well. */
function rates(name, found, named) {
  const head = (text, className) => h("th", { scope: "col", className }, text)
  const number = (value) => h("td", { className: "number" }, value)
  const heads = [name, messages.filter].slice(0, named(found[0]).length)
  return h(
    "div",
    { className: "table-box" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, heads.map((text) => head(text)), head(messages.heldByIt, "number"), head(messages.approvedAfterwards, "number"), head(messages.share, "number"))),
      h("tbody", {}, found.map((row) => h("tr", {}, named(row).map((text) => h("td", {}, text)), number(whole(row.held)), number(whole(row.approved)), number(percent(row.rate))))),
    ),
  )
}

for (const field of [site, days]) field?.addEventListener("change", show)
show()
