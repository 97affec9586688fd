// Marks the matched words of a text.
//
// Spans count code points, as in Python; JavaScript's strings count UTF-16 units, so the
// text is split into code points first. Overlapping findings share their pieces.

import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"

/** Split a text into pieces, each with the findings that overlap it. */
export function pieces(text, causes, field = "text") {
  const points = Array.from(text)
  const spans = causes
    .filter((cause) => cause.field === field)
    .flatMap((cause) => cause.spans.map(([begin, end]) => ({ begin, end: Math.min(end, points.length), cause })))
    .filter(({ begin, end }) => begin < end)
  const edges = [...new Set([0, points.length, ...spans.flatMap(({ begin, end }) => [begin, end])])]
  edges.sort((a, b) => a - b)
  const found = []
  for (let i = 0; i + 1 < edges.length; i++) {
    const [begin, end] = [edges[i], edges[i + 1]]
    const touching = spans.filter((span) => span.begin <= begin && span.end >= end)
    found.push({ text: points.slice(begin, end).join(""), causes: [...new Set(touching.map((s) => s.cause))] })
  }
  return found
}

const decided = ({ outcome }) => outcome !== "approve"

/**
 * Return the pieces as nodes: plain text, and marks with a tooltip on hover and focus.
 *
 * Where some findings decided, the words of the others are marked less, or a whole sentence would drown them.
 */
export function marked(text, causes, field = "text") {
  const anyDecided = causes.some(decided)
  return pieces(text, causes, field).map(({ text: part, causes: why }) => {
    if (why.length === 0) return document.createTextNode(part)
    const mark = h("mark", { tabIndex: 0, data: { codes: why.map((cause) => cause.code).join(" ") } }, part)
    mark.setAttribute("aria-description", why.map(messages.tip).join("; "))
    mark.causes = why
    if (anyDecided && !why.some(decided)) mark.dataset.minor = ""
    return mark
  })
}

/** Return the distinct words that a finding matched. */
export function wordsOf(text, cause, most = 6) {
  const points = Array.from(text)
  const words = cause.spans.map(([begin, end]) => points.slice(begin, end).join(""))
  return [...new Set(words)].slice(0, most)
}
