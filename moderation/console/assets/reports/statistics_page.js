// Statistics: queue sizes, decision times, and how often each rule is overturned.

import { Api } from "../lib/api.js"
import { $, h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { age } from "../lib/dates.js"

const SVG = "http://www.w3.org/2000/svg"
const api = new Api($('meta[name="csrf-token"]').content)
const place = $("[data-figures]")
const site = $("[data-filter=site]")

async function show() {
  const chosen = site?.value
  let shown
  try {
    shown = figures(await api.get("/metrics", { site: chosen }))
  } catch (error) {
    shown = [h("p", { className: "notice notice-bad", role: "alert" }, error.message)]
  }
  // Another site was chosen meanwhile.
  if (chosen !== site?.value) return
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
      tile(messages.queues.escalated, number(escalated.count)),
      tile(messages.firstDecision, duration(found.first_decision_seconds.p50), messages.nineOfTen(duration(found.first_decision_seconds.p90))),
      tile(messages.automated, percent(found.automated.share), messages.ofNew(found.automated.submitted)),
    ),
    h("h2", {}, messages.perHour),
    ...hours(found.per_hour),
    h("h2", {}, messages.overturned),
    h("p", { className: "muted" }, messages.overturnedHint),
    ...(found.overturned.length > 0
      ? [rates(messages.filter, found.overturned_filters, ({ filter }) => [plain(filter)]), rates(messages.rule, found.overturned, ({ code, filter }) => [messages.codeTitle(code), plain(filter)])]
      : [h("p", { className: "muted" }, messages.noFigures)]),
  ]
}

const tile = (name, value, more) => h("div", { className: "tile" }, h("dt", {}, name), h("dd", {}, value, more && h("small", {}, more)))
const number = (count) => (count >= 1000 ? "1,000+" : String(count))
const percent = (share) => (share === null ? "–" : `${Math.round(share * 100)} %`)

function duration(seconds) {
  if (seconds === null) return "–"
  if (seconds < 90) return messages.seconds(Math.round(seconds))
  if (seconds < 5400) return messages.minutes(Math.round(seconds / 60))
  return messages.hours(Math.round(seconds / 360) / 10)
}

/** The last 24 hours: a plot with a legend, or a line when the queue was empty. */
function hours(found) {
  const sum = (name) => found.reduce((total, hour) => total + (hour[name] ?? 0), 0)
  const most = Math.max(...found.flatMap(({ decisions, arrivals, depth }) => [decisions, arrivals ?? 0, depth ?? 0]))
  if (most === 0) return [h("p", { className: "state-line muted", data: { quiet: "" } }, messages.quietDay)]
  const waiting = found.at(-1).depth ?? 0
  const key = (name, text) => h("li", {}, h("i", { className: `key-${name}`, ariaHidden: "true" }), text)
  return [
    h(
      "ul",
      { className: "plot-keys" },
      key("arrivals", messages.plotArrivals(sum("arrivals"))),
      key("decisions", messages.plotDecisions(sum("decisions"))),
      key("depth", messages.plotDepth(waiting)),
    ),
    plot(found, most, messages.plot(sum("arrivals"), sum("decisions"), waiting)),
    h("p", { className: "plot-scale muted" }, h("span", {}, messages.plotStart), h("span", {}, messages.plotMost(most)), h("span", {}, messages.plotEnd)),
    found.some(({ depth }) => depth === null) && h("p", { className: "muted" }, messages.plotUnknown),
  ].filter(Boolean)
}

/** Two bars per hour and a line; the label has the numbers for screen readers. */
function plot(found, most, label) {
  const svg = node("svg", { class: "plot", viewBox: "0 0 960 140", preserveAspectRatio: "none", role: "img", "aria-label": label })
  svg.append(node("line", { x1: 0, x2: 960, y1: 130, y2: 130 }))
  const height = (value) => (value === 0 ? 0 : Math.max(2, Math.round((value / most) * 122)))
  const bar = (name, value, x) => value && svg.append(node("rect", { class: `bar-${name}`, x, y: 130 - height(value), width: 15, height: height(value) }))
  found.forEach(({ arrivals, decisions }, index) => {
    bar("arrivals", arrivals, index * 40 + 4)
    bar("decisions", decisions, index * 40 + 21)
  })
  const known = found.map(({ depth }, index) => [index * 40 + 20, depth]).filter(([, depth]) => depth !== null)
  const points = known.map(([x, depth]) => `${x},${130 - Math.round((depth / most) * 122)}`)
  svg.append(node("polyline", { points: points.join(" "), "vector-effect": "non-scaling-stroke" }))
  return svg
}

function node(tag, attributes) {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}

const plain = (filter) => filter.replaceAll("_", " ")

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
      h("thead", {}, h("tr", {}, heads.map((text) => head(text)), head(messages.heldByIt, "number"), head(messages.approvedCount, "number"), head(messages.share, "number"))),
      h("tbody", {}, found.map((row) => h("tr", {}, named(row).map((text) => h("td", {}, text)), number(row.held), number(row.approved), number(percent(row.rate))))),
    ),
  )
}

site?.addEventListener("change", show)
show()
