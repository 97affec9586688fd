// The context of a comment: its author, thread, earlier versions and decisions.

import { pageOf } from "../people/author_card.js"
import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { moment } from "../lib/dates.js"
import { reportsSection } from "./reports_view.js"

export function context(full, card, openAuthor) {
  return [
    reportsSection(full),
    card && author(card, openAuthor),
    full.thread.above.length + full.thread.below.length > 0 && thread(full),
    full.revisions.length > 0 && revisions(full.revisions),
    decisions(full.decisions),
  ].filter(Boolean)
}

export function who(by) {
  return { policy: messages.byMachine, author: messages.byAuthor, site: messages.bySite }[by.kind] ?? by.name
}

function section(title, name, ...content) {
  return h("section", { className: "context", data: { context: name } }, h("h2", {}, title), ...content)
}

function author(card, open) {
  return section(
    messages.author,
    "author",
    h(
      "p",
      { className: "author-line" },
      card.ban && h("span", { className: "chip chip-bad" }, messages.banned),
      card.standing && h("span", { className: "chip" }, messages.standings[card.standing]),
      h("span", {}, messages.authorLine(card)),
      h("button", { className: "link", type: "button", onclick: open }, messages.authorOpen),
      h("a", { href: pageOf(card) }, messages.authorPage),
    ),
    card.notes.length > 0 && h("p", { className: "muted", dir: "auto" }, messages.noteBy(card.notes[0])),
  )
}

function thread({ thread: { above, below }, comment }) {
  const entry = (other, place) =>
    h(
      "li",
      { className: `said said-${place}` },
      h("span", { className: "said-head" }, h("b", {}, other.author.name), moment(other.created_at), other.status !== "approved" && h("span", { className: "chip" }, messages.status(other.status))),
      h("p", {}, other.text),
    )
  return section(
    messages.thread,
    "thread",
    h(
      "ol",
      { className: "thread", tabIndex: -1 },
      above.map((other) => entry(other, "above")),
      h("li", { className: "said said-here" }, messages.here(h("b", {}, comment.author.name))),
      below.map((other) => entry(other, "below")),
    ),
  )
}

function revisions(earlier) {
  return section(
    messages.revisions,
    "revisions",
    h("ol", {}, earlier.map((old) => h("li", { className: "said" }, h("span", { className: "said-head" }, moment(old.replaced_at)), h("p", {}, old.text)))),
  )
}

function decisions(made) {
  return section(
    messages.history,
    "decisions",
    h(
      "ol",
      { className: "history" },
      made.map((decision) =>
        h(
          "li",
          {},
          h(
            "span",
            {},
            sentence(messages.decided(who(decision.by), decision)),
          ),
          moment(decision.created_at),
          filters(decision),
        ),
      ),
    ),
  )
}

/** Show the versions of the filters behind a decision, folded; they explain differing judgements. */
function filters({ versions, policy }) {
  const names = Object.entries(versions)
  if (names.length === 0) return null
  return h(
    "details",
    { className: "more" },
    h("summary", {}, messages.filtersOf),
    h("p", { className: "muted" }, messages.commas([policy, ...names.map(([name, version]) => `${name} ${version}`)].filter(Boolean))),
  )
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1)
