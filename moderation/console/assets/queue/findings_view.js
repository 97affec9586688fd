// Why a comment is held: one sentence, then each finding as a row.

import { h } from "../lib/dom.js"
import { pieces, wordsOf } from "./highlights.js"
import { messages } from "../lib/messages.js"

/** Show the findings; `folded` hides the words of a severe comment here as well. */
export function why(item, folded = false) {
  const weighty = item.reasons.filter(({ outcome }) => outcome !== "approve")
  const below = item.reasons.filter(({ outcome }) => outcome === "approve")
  return h(
    "section",
    { className: "why", ariaLabel: messages.why },
    h("p", { className: "because", data: { because: "" } }, messages.because(item) || messages.nothingFound),
    weighty.length > 0 && h("ul", { className: "causes" }, weighty.map((cause) => row(cause, item.comment, folded))),
    below.length > 0 &&
      h(
        "details",
        { className: "more" },
        h("summary", {}, messages.noticed(below.length)),
        h("ul", { className: "causes" }, below.map((cause) => row(cause, item.comment, folded))),
      ),
  )
}

function row(cause, comment, folded) {
  const tone = { reject: " is-refusing", approve: " is-below" }[cause.outcome] ?? ""
  const words = cause.field === "text" ? wordsOf(comment.text, cause) : []
  return h(
    "li",
    { className: `cause${tone}`, data: { code: cause.code } },
    h("span", { className: "cause-name" }, messages.codeTitle(cause.code)),
    h(
      "span",
      { className: "cause-score", title: messages.scoreLabel(cause.score, cause.threshold) },
      meter(cause),
      h("span", {}, messages.score(cause.score, cause.threshold)),
    ),
    // Explanations are English in every language of the console.
    h("span", { className: "cause-said", lang: "en", dir: "ltr" }, folded ? "" : explained(cause, words)),
  )
}

/** Show the score as a bar, with a tick at the threshold. */
export function meter(cause) {
  const fill = h("span", { className: "meter-fill" })
  const tick = h("span", { className: "meter-threshold" })
  fill.style.width = `${Math.min(1, Math.max(0, cause.score)) * 100}%`
  tick.style.insetInlineStart = `${Math.min(1, Math.max(0, cause.threshold)) * 100}%`
  return h("span", { className: "meter", ariaHidden: "true" }, fill, tick)
}

/** The explanation with the comment's matched words marked; words missing from it follow. */
function explained(cause, words) {
  const text = cause.explanation
  const spans = words.flatMap((word) => {
    const begin = text.indexOf(word)
    return begin < 0 ? [] : [[Array.from(text.slice(0, begin)).length, Array.from(text.slice(0, begin + word.length)).length]]
  })
  const left = words.filter((word) => !text.includes(word))
  const nodes = pieces(text, [{ field: "text", spans }]).map((piece) =>
    piece.causes.length > 0 ? h("mark", {}, piece.text) : piece.text,
  )
  return [...nodes, ...left.flatMap((word) => [" ", h("mark", {}, short(word))])]
}

const short = (word) => (word.length > 32 ? `${word.slice(0, 31)}…` : word)
