// Character counter, shown when a text comes near the limit.

import { h } from "./dom.js"

/** The most characters that the service accepts. */
const LONGEST = 10000

/** Build the line below a field; `measure` takes its text and returns whether it is too long. */
export function counter({ messages, announce }) {
  const node = h("p", {})
  let before
  const measure = (text) => {
    // Like the service, count code points, not UTF-16 units.
    const { length } = [...text.trim()]
    const over = length > LONGEST
    node.className = over ? "count problem" : "count muted"
    node.textContent = length < LONGEST * 0.9 ? "" : `${messages.number.format(length)} / ${messages.number.format(LONGEST)}`
    if (over && !before) announce(messages.t("tooLong"))
    return (before = over)
  }
  return { node, measure }
}
