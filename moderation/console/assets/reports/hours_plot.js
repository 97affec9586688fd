// The last 24 hours as a plot: what came, what was decided, and what waited.

import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"

const SVG = "http://www.w3.org/2000/svg"

/** The last 24 hours: a plot with a legend, or a line when the queue was empty. */
export function hours(found) {
  const sum = (name) => found.reduce((total, hour) => total + (hour[name] ?? 0), 0)
  const most = Math.max(...found.flatMap(({ decisions, arrivals }) => [decisions, arrivals ?? 0]))
  const deepest = Math.max(...found.map(({ depth }) => depth ?? 0))
  if (most + deepest === 0) return [h("p", { className: "state-line muted", data: { quiet: "" } }, messages.quietDay)]
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
    plot(found, { most, deepest }, messages.plot(sum("arrivals"), sum("decisions"), waiting)),
    h("p", { className: "plot-scale muted" }, h("span", {}, messages.plotStart), h("span", {}, messages.plotMost(most, deepest)), h("span", {}, messages.plotEnd)),
    found.some(({ depth }) => depth === null) && h("p", { className: "muted" }, messages.plotUnknown),
  ].filter(Boolean)
}

/** Two bars per hour and a line, each on its own scale; the label has the numbers for screen readers. */
function plot(found, { most, deepest }, label) {
  const svg = node("svg", { class: "plot", viewBox: "0 0 960 140", preserveAspectRatio: "none", role: "img", "aria-label": label })
  svg.append(node("line", { x1: 0, x2: 960, y1: 130, y2: 130 }))
  const height = (value) => (value === 0 ? 0 : Math.max(2, Math.round((value / most) * 122)))
  const bar = (name, value, x) => value && svg.append(node("rect", { class: `bar-${name}`, x, y: 130 - height(value), width: 15, height: height(value) }))
  found.forEach(({ arrivals, decisions }, index) => {
    bar("arrivals", arrivals, index * 40 + 4)
    bar("decisions", decisions, index * 40 + 21)
  })
  const known = found.map(({ depth }, index) => [index * 40 + 20, depth]).filter(([, depth]) => depth !== null)
  const points = known.map(([x, depth]) => `${x},${130 - Math.round((depth / Math.max(1, deepest)) * 122)}`)
  svg.append(node("polyline", { points: points.join(" "), "vector-effect": "non-scaling-stroke" }))
  return svg
}

function node(tag, attributes) {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}
