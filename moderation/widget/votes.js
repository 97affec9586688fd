// The buttons that vote for or against a comment.

import { button, h } from "./dom.js"
import { use } from "./extras_loader.js"
import { recall } from "./storage.js"

const WAYS = [["up", 1, "▲"], ["down", -1, "▼"]]

/** Build the buttons with their numbers; the author's own votes are only numbers. */
export function votesOf(view, thread) {
  const { comment, id } = view
  const mine = recall("votes", {})[id]
  const node = h("span", { className: "votes" })
  for (const [way, value, sign] of WAYS) {
    const n = comment.votes[way]
    if (value < 0 && thread.rules.votes === "up") continue
    const pick = button(`${sign} ${thread.messages.number.format(n)}`, () => use(thread, node, "vote", view, value))
    pick.ariaLabel = thread.t(way, { n })
    pick.ariaPressed = mine === value
    pick.disabled = thread.own.has(id)
    node.append(pick)
  }
  return node
}
