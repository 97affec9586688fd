// Figures: what waits, how long people take, and how often each rule is overturned.

import { Api } from "./api.js"
import { $, h } from "./dom.js"
import { messages } from "./messages.js"
import { age } from "./time.js"

const SVG = "http://www.w3.org/2000/svg"
const api = new Api($('meta[name="csrf-token"]').content)
const place = $("[data-figures]")
const site = $("[data-filter=site]")

async function show() {
  try {
    place.replaceChildren(...figures(await api.get("/metrics", { site: site?.value })))
  } catch (error) {
    place.replaceChildren(h("p", { className: "notice notice-bad", role: "alert" }, error.message))
  }
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
    plot(found.per_hour),
    h("h2", {}, messages.overturned),
    h("p", { className: "muted" }, messages.overturnedHint),
    found.overturned.length > 0 ? table(found.overturned) : h("p", { className: "muted" }, messages.noFigures),
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

/** Bars for 24 hours; the numbers are in the label for whoever does not see them. */
function plot(hours) {
  const most = Math.max(1, ...hours.map(({ decisions }) => decisions))
  const svg = node("svg", { class: "plot", viewBox: "0 0 960 140", preserveAspectRatio: "none", role: "img" })
  svg.setAttribute("aria-label", messages.plot(hours.reduce((sum, { decisions }) => sum + decisions, 0), most))
  svg.append(node("line", { x1: 0, x2: 960, y1: 120, y2: 120 }))
  hours.forEach(({ decisions }, index) => {
    const height = Math.round((decisions / most) * 108)
    svg.append(node("rect", { x: index * 40 + 4, y: 120 - height, width: 32, height, rx: 3 }))
  })
  return svg
}

function node(tag, attributes) {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}

function table(rules) {
  const head = (text, className) => h("th", { scope: "col", className }, text)
  return h(
    "div",
    { className: "table-box" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, head(messages.rule), head(messages.filter), head(messages.heldByIt, "number"), head(messages.approvedCount, "number"), head(messages.share, "number"))),
      h(
        "tbody",
        {},
        rules.map((rule) =>
          h("tr", {}, h("td", {}, messages.codeTitle(rule.code)), h("td", {}, rule.filter.replaceAll("_", " ")), h("td", { className: "number" }, rule.held), h("td", { className: "number" }, rule.approved), h("td", { className: "number" }, percent(rule.rate))),
        ),
      ),
    ),
  )
}

site?.addEventListener("change", show)
show()
