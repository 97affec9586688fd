// One appeal: the comment beside the author's words, the first decision, and the form to decide.

import { h } from "../lib/dom.js"
import { marked } from "../queue/highlights.js"
import { messages } from "../lib/messages.js"
import { moment } from "../lib/dates.js"
import { query } from "../lib/api.js"
import { titleOf } from "../lib/site_titles.js"
import { words } from "./messages.js"

export function appealRow(appeal, { decide }) {
  const { item, site } = appeal
  const { comment } = item
  const row = h(
    "li",
    { className: "appeal rule-set", tabIndex: -1, ariaLabel: comment.author.name, data: { appeal: appeal.id } },
    h(
      "p",
      { className: "said-head" },
      h("b", { dir: "auto" }, comment.author.name),
      h("a", { href: `/review/post?${query({ site, post: comment.post.id })}` }, comment.post.title || messages.unnamedPost(comment.post.id)),
      titleOf(site) && h("span", { className: "muted" }, titleOf(site)),
      moment(appeal.created_at, { full: true }),
    ),
    h(
      "div",
      { className: "appeal-sides" },
      side(words.comment, h("p", { className: "appeal-text", dir: "auto" }, marked(comment.text, item.reasons)), item.replies_below > 0 && h("p", { className: "muted" }, words.below(item.replies_below))),
      side(words.appeal, h("p", { className: "appeal-text", dir: "auto", lang: appeal.language }, appeal.text)),
    ),
    first(appeal),
    h("p", { className: "row-actions" }, h("a", { href: `/review/comments/${comment.id}` }, words.open), comment.author.key && h("a", { href: `/review/authors/${comment.author.key}?${query({ site })}` }, words.author)),
    appeal.state === "pending" ? decision(appeal, decide, () => row) : outcome(appeal),
  )
  return row
}

const side = (title, ...content) => h("section", {}, h("h2", {}, title), ...content)

function first({ decision, by_rule, reason_label, sentence, ban }) {
  const codes = [...new Set(decision.reasons.filter(({ outcome }) => outcome !== "approve").map(({ code }) => messages.codeTitle(code)))]
  return h(
    "section",
    { className: "appeal-first", data: { first: "" } },
    h("h2", {}, words.first),
    h(
      "p",
      {},
      [by_rule ? words.byRule : words.byPerson(decision.by.name, decision.outcome), reason_label && words.reason(messages.reasonLabel(decision.reason ?? "", reason_label)), codes.length > 0 && words.codes(codes)].filter(Boolean).join(" "),
      " ",
      moment(decision.created_at, { full: true }),
    ),
    decision.note && h("p", { className: "muted", dir: "auto" }, words.note(decision.note)),
    h("p", {}, words.reads(h("q", { dir: "auto" }, sentence))),
    ban && h("p", { className: "notice notice-caution" }, words.banned(ban.reason), ban.until && [" ", ...words.bannedUntil(moment(ban.until, { full: true }))]),
  )
}

function decision(appeal, decide, row) {
  if (!appeal.may_decide) return h("p", { className: "notice notice-caution" }, words.own)
  const note = h("input", { maxLength: 2000, name: "note", autocomplete: "off", required: true })
  const answer = h("textarea", { maxLength: 2000, name: "answer", rows: 2 })
  const lift = appeal.ban && h("input", { type: "checkbox", name: "lift_ban" })
  const problem = h("p", { className: "problem", role: "alert", hidden: true })
  const buttons = ["uphold", "overturn"].map((outcome) =>
    h("button", { className: `button button-${outcome === "overturn" ? "good" : "bad"}`, type: "button", data: { outcome }, onclick: () => send(outcome) }, words[outcome]),
  )
  const send = async (outcome) => {
    problem.hidden = true
    note.removeAttribute("aria-invalid")
    if (!note.value.trim()) {
      note.setAttribute("aria-invalid", "true")
      note.focus()
      return explain(words.noWhy)
    }
    for (const button of buttons) button.disabled = true
    try {
      await decide(appeal, row(), { outcome, note: note.value.trim(), answer: answer.value.trim(), lift_ban: outcome === "overturn" && Boolean(lift?.checked) })
    } catch (error) {
      explain(error.message)
    } finally {
      for (const button of buttons) button.disabled = false
    }
  }
  const explain = (text) => {
    problem.textContent = text
    problem.hidden = false
  }
  return h(
    "form",
    { className: "appeal-form", onsubmit: (event) => event.preventDefault() },
    appeal.own_decision && h("p", { className: "notice notice-caution" }, words.alone),
    h("label", { className: "field" }, h("span", {}, words.why), note),
    problem,
    h("label", { className: "field" }, h("span", {}, words.answer), answer, h("small", { className: "muted" }, words.answerHint)),
    lift && h("label", { className: "check" }, lift, h("span", {}, words.liftBan)),
    h("p", { className: "row-actions" }, buttons),
  )
}

function outcome({ state, decided_at, decided_by, note, answer, same_moderator }) {
  return h(
    "div",
    { className: "appeal-outcome" },
    h("p", {}, h("span", { className: `chip ${{ overturned: "chip-good", upheld: "chip-bad" }[state] ?? ""}` }, words[state]), " ", decided_by && words.byWhom(decided_by), " ", decided_at && moment(decided_at, { full: true }), same_moderator && h("span", { className: "chip chip-caution" }, words.same)),
    note && h("p", { className: "muted", dir: "auto" }, words.note(note)),
    answer && h("p", { dir: "auto" }, words.toAuthor(answer)),
  )
}
