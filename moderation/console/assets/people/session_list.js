// The sessions of a moderator, each with a button to end it.

import { h } from "../lib/dom.js"
import { people } from "./messages.js"

export function loginCards(sessions, end) {
  if (sessions.length === 0) return [h("li", { className: "nothing" }, people.noSessions)]
  return sessions.map((session) => {
    const agent = session.agent || people.unknownAgent
    return h(
      "li",
      {},
      h("span", { className: "card-title" }, agent, session.current && h("span", { className: "chip chip-good" }, people.here)),
      h("span", { className: "card-line" }, people.since(session.created_at)),
      !session.current && h("button", { className: "button", type: "button", ariaLabel: people.endOf(agent), onclick: () => end(session) }, people.end),
    )
  })
}
