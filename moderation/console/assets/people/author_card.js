// The author card: counts, trust, notes and ban, with controls to change them.
// The dialog shows all parts together; the author page shows them beside the history.

import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { number, percent } from "../lib/language.js"
import { messages } from "../lib/messages.js"
import { moment } from "../lib/dates.js"

const TERMS = [1, 7, 30, 0]
/** The option for a ban until a chosen day. */
const DAY = "day"

/** Open the author card; `focus` may be `note` or `ban`. */
export function showAuthor(api, { site, key, name }, { focus = "", changed = () => {} } = {}) {
  const body = h("div", { className: "author-card" }, h("p", { className: "muted" }, messages.loading))
  const dialog = open(messages.authorTitle(name), body, { wide: true })
  const act = async (request, said) => {
    try {
      const card = await request
      show(card)
      if (said) changed(said, card.batch)
    } catch (error) {
      body.prepend(h("p", { className: "notice notice-bad", role: "alert" }, error.message))
    }
    body.removeAttribute("aria-busy")
  }
  const settle = (what, said, data, method) => {
    // A note that is sent twice would be stored twice.
    if (body.ariaBusy === "true") return
    body.ariaBusy = "true"
    act(api.settle(site, key, what, data, method), said)
  }
  const show = (card) => body.replaceChildren(...parts(card, settle))
  act(api.author(site, key)).then(() => focus && body.querySelector(`[data-focus=${focus}]`)?.focus())
  return dialog
}

/** Return the address of an author's page. */
export const pageOf = ({ site, key }) => `/review/authors/${encodeURIComponent(key)}?${new URLSearchParams({ site })}`

function parts(card, settle) {
  return [
    figures(card),
    h("p", {}, h("a", { href: pageOf(card) }, messages.authorPage)),
    standing(card, settle),
    notes(card, settle),
    card.ban ? banned(card, settle) : ban(card, settle),
    h(
      "section",
      { className: "context" },
      h("h2", {}, messages.latest),
      h(
        "ol",
        {},
        card.comments.map((comment) =>
          h(
            "li",
            { className: "said" },
            h("span", { className: "said-head" }, h("span", { className: "chip" }, messages.status(comment.status)), moment(comment.created_at), comment.post.title || comment.post.id),
            h("p", {}, comment.text),
          ),
        ),
      ),
    ),
  ]
}

export function figures(card) {
  return h(
    "dl",
    { className: "figures" },
    card.first_seen && figure(messages.firstSeen, moment(card.first_seen)),
    figure(messages.approvedCount, number(card.counts.approved)),
    figure(messages.rejectedCount, number(card.counts.rejected + card.counts.spam)),
    figure(messages.waitingCount, number(card.counts.held)),
    figure(messages.approvalRate, card.approval_rate === null ? "–" : percent(card.approval_rate)),
  )
}

const figure = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value))

export function standing(card, settle) {
  const choice = (value, label) =>
    h("button", { className: "button", type: "button", ariaPressed: String(card.standing === value), onclick: () => settle("standing", messages.settled(value), { standing: value }) }, label)
  return h(
    "div",
    { className: "segmented", role: "group", ariaLabel: messages.standing },
    choice(null, messages.standings.ordinary),
    choice("trusted", messages.standings.trusted),
    choice("premoderated", messages.standings.premoderated),
    card.standing_set && h("span", { className: "muted" }, " ", messages.standingBy(card.standing_set.by, moment(card.standing_set.at))),
  )
}

export function notes(card, settle) {
  const field = h("input", { maxLength: 2000, required: true, ariaLabel: messages.newNote, placeholder: messages.newNote, data: { focus: "note" } })
  const send = (event) => {
    event.preventDefault()
    settle("notes", messages.noted, { text: field.value.trim() }, "POST")
  }
  return h(
    "section",
    { className: "context" },
    h("h2", {}, messages.notes),
    h("ul", {}, card.notes.map((note) => h("li", { className: "said" }, h("span", { className: "said-head" }, h("b", {}, note.by), moment(note.created_at)), h("p", {}, note.text)))),
    h("form", { className: "inline-form field", onsubmit: send }, field, h("button", { className: "button", type: "submit" }, messages.addNote)),
  )
}

export function ban(card, settle) {
  const term = h("select", { ariaLabel: messages.banTerm, data: { focus: "ban" } }, [...TERMS.map((days) => h("option", { value: days }, messages.days(days))), h("option", { value: DAY }, messages.untilDay)])
  const day = h("input", { type: "date", ariaLabel: messages.banUntil, hidden: true, min: new Date().toISOString().slice(0, 10) })
  term.addEventListener("change", () => {
    day.hidden = term.value !== DAY
    day.required = !day.hidden
    if (!day.hidden) day.focus()
  })
  const reason = h("input", { maxLength: 500, ariaLabel: messages.banReason, placeholder: messages.banReason })
  const waiting = h("input", { type: "checkbox", checked: card.counts.held > 0 })
  const send = (event) => {
    event.preventDefault()
    const until = term.value === DAY ? new Date(`${day.value}T23:59:59`) : new Date(Date.now() + Number(term.value) * 86_400_000)
    settle("ban", messages.bannedNow, { reason: reason.value.trim(), until: term.value === "0" ? null : until.toISOString(), reject_waiting: waiting.checked })
  }
  return h(
    "section",
    { className: "context" },
    h("h2", {}, messages.ban),
    h(
      "form",
      { className: "ban-form field", onsubmit: send },
      term,
      day,
      reason,
      card.counts.held > 0 && h("label", { className: "check" }, waiting, messages.alsoReject(card.counts.held)),
      h("button", { className: "button button-bad", type: "submit" }, messages.banNow),
    ),
  )
}

export function banned(card, settle) {
  return h(
    "p",
    { className: "notice notice-bad ban-standing" },
    h("span", {}, messages.bannedUntil(card.ban)),
    h("button", { className: "button", type: "button", data: { focus: "ban" }, onclick: () => settle("ban", messages.unbanned, undefined, "DELETE") }, messages.liftBan),
  )
}
