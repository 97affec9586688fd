// The author's card: who they have been here, what is settled about them, and the ban sheet.

import { open } from "./dialog.js"
import { h } from "./dom.js"
import { messages } from "./messages.js"
import { moment } from "./time.js"

const TERMS = [1, 7, 30, 0]

/** Show an author's card; `focus` is `note` or `ban` when that is what it is opened for. */
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
  }
  const show = (card) => body.replaceChildren(...parts(card, (what, said, data, method) => act(api.settle(site, key, what, data, method), said)))
  act(api.author(site, key)).then(() => focus && body.querySelector(`[data-focus=${focus}]`)?.focus())
  return dialog
}

function parts(card, settle) {
  return [
    h(
      "dl",
      { className: "figures" },
      figure(messages.firstSeen, moment(card.first_seen)),
      figure(messages.approvedCount, card.counts.approved),
      figure(messages.rejectedCount, card.counts.rejected + card.counts.spam),
      figure(messages.waitingCount, card.counts.held),
      figure(messages.approvalRate, card.approval_rate === null ? "–" : `${Math.round(card.approval_rate * 100)} %`),
    ),
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

const figure = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value))

function standing(card, settle) {
  const choice = (value, label) =>
    h("button", { className: "button", type: "button", ariaPressed: String(card.standing === value), onclick: () => settle("standing", messages.settled(label), { standing: value }) }, label)
  return h(
    "div",
    { className: "segmented", role: "group", ariaLabel: messages.standing },
    choice(null, messages.standings.ordinary),
    choice("trusted", messages.standings.trusted),
    choice("premoderated", messages.standings.premoderated),
  )
}

function notes(card, settle) {
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

function ban(card, settle) {
  const term = h("select", { ariaLabel: messages.banTerm, data: { focus: "ban" } }, TERMS.map((days) => h("option", { value: days }, messages.days(days))))
  const reason = h("input", { maxLength: 500, ariaLabel: messages.banReason, placeholder: messages.banReason })
  const waiting = h("input", { type: "checkbox", checked: card.counts.held > 0 })
  const send = (event) => {
    event.preventDefault()
    const days = Number(term.value)
    const until = days ? new Date(Date.now() + days * 86_400_000).toISOString() : null
    settle("ban", messages.bannedNow, { reason: reason.value.trim(), until, reject_waiting: waiting.checked })
  }
  return h(
    "section",
    { className: "context" },
    h("h2", {}, messages.ban),
    h(
      "form",
      { className: "ban-form field", onsubmit: send },
      term,
      reason,
      card.counts.held > 0 && h("label", { className: "check" }, waiting, messages.alsoReject(card.counts.held)),
      h("button", { className: "button button-bad", type: "submit" }, messages.banNow),
    ),
  )
}

function banned(card, settle) {
  return h(
    "p",
    { className: "notice notice-bad ban-standing" },
    h("span", {}, messages.bannedUntil(card.ban)),
    h("button", { className: "button", type: "button", data: { focus: "ban" }, onclick: () => settle("ban", messages.unbanned, undefined, "DELETE") }, messages.liftBan),
  )
}
