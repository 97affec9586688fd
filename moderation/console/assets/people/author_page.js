// An author's page: who they have been on a site, what is settled, and all that they wrote.

import { Api, query } from "./api.js"
import { ban, banned, figures, notes, standing } from "./author.js"
import { $, h } from "./dom.js"
import { marked } from "./marks.js"
import { messages } from "./messages.js"
import { moment } from "./time.js"
import { Toasts } from "./toast.js"
import { severe } from "./wellness.js"

const PAGE = 25
const api = new Api($('meta[name="csrf-token"]').content)
const toasts = new Toasts($("[data-toasts]"), $("[data-announce]"), $("[data-alert]"))
const place = $("[data-author]")
const { author: key, site, admin } = place?.dataset ?? {}
const path = `/sites/${encodeURIComponent(site)}/authors/${encodeURIComponent(key)}`
const form = $("[data-history-form]")
const rows = $("[data-history]")
const more = $("[data-more]")
const state = $("[data-state]")
let cursor = null
let asked = 0

// Who they are, and what is settled

async function begin() {
  try {
    show(await api.author(site, key))
  } catch (error) {
    place.replaceChildren(h("p", { className: "notice notice-bad", role: "alert" }, error.message))
    place.removeAttribute("aria-busy")
    return
  }
  place.removeAttribute("aria-busy")
  for (const [name, value] of new URLSearchParams(location.search)) if (form.elements[name]) form.elements[name].value = value
  load({ fresh: true })
}

function show(card) {
  const [name, ...others] = card.names
  $("h1").textContent = name ?? messages.unnamed
  $("[data-known]").textContent = [messages.onSite(site), others.length > 0 && messages.alsoAs(others)].filter(Boolean).join(" ")
  const queue = `/review/?${query({ author: key, site })}`
  $("[data-card]").replaceChildren(
    ...[
      (card.ban || card.standing) && h("p", { className: "author-line" }, card.ban && h("span", { className: "chip chip-bad" }, messages.banned), card.standing && h("span", { className: "chip" }, messages.standings[card.standing])),
      figures(card),
      card.counts.held > 0 && h("p", {}, h("a", { href: queue }, messages.queueOf(card.counts.held))),
      standing(card, settle),
      card.ban ? banned(card, settle) : ban(card, settle),
      notes(card, settle),
      admin === "true" && h("p", {}, h("a", { href: `/review/audit?${query({ subject: `author:${key}` })}` }, messages.auditOf)),
    ].filter(Boolean),
  )
}

async function settle(what, said, data, method) {
  // A note that is sent twice is there twice.
  if (place.ariaBusy === "true") return
  place.ariaBusy = "true"
  try {
    const card = await api.settle(site, key, what, data, method)
    show(card)
    if (!card.batch) return toasts.say(said)
    load({ fresh: true })
    const rejected = card.batch.results.filter(({ error }) => !error).length
    toasts.say(`${said} ${messages.bulkDone.reject(rejected)}.`, { label: messages.undoAll, act: () => undo(card.batch.batch_id) })
  } catch (error) {
    toasts.say(messages.notRecorded(error), { tone: "bad", stays: true })
  } finally {
    place.removeAttribute("aria-busy")
  }
}

async function undo(batch) {
  place.ariaBusy = "true"
  try {
    const { results } = await api.undoBatch(batch)
    // Before it is said: a card that came later would undo what is settled next, for the eye.
    show(await api.author(site, key))
    load({ fresh: true })
    toasts.say(messages.batchUndone(results.filter(({ error }) => !error).length))
  } catch (error) {
    toasts.say(messages.notRecorded(error), { tone: "bad", stays: true })
  } finally {
    place.removeAttribute("aria-busy")
  }
}

// What they wrote

async function load({ fresh }) {
  const filters = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]))
  if (fresh) {
    cursor = null
    more.hidden = true
  }
  const turn = (asked += 1)
  window.history.replaceState(null, "", `?${query({ site, ...filters })}`)
  rows.setAttribute("aria-busy", "true")
  try {
    const found = await api.get(`${path}/comments`, { ...filters, limit: PAGE, cursor })
    // Who types on asks anew before the answer is there.
    if (turn !== asked) return
    if (fresh) rows.replaceChildren()
    rows.append(...found.items.map(row))
    cursor = found.next_cursor
    more.hidden = !cursor
    more.textContent = found.items.length > 0 ? messages.more : messages.lookFurther
    state.textContent = rows.children.length > 0 ? "" : cursor ? messages.lookOn : messages.noHistory
  } catch (error) {
    if (turn !== asked) return
    // What does not fit any more is not left to look as if it did.
    if (fresh) rows.replaceChildren()
    more.hidden = false
    more.textContent = messages.retry
    state.replaceChildren(h("span", { className: "notice notice-bad", role: "alert" }, error.message))
  }
  rows.removeAttribute("aria-busy")
}

const TONES = { approved: "chip-good", rejected: "chip-bad", spam: "chip-bad", held: "chip-caution" }

function row(item) {
  const { comment, reasons, because } = item
  const words = h("p", { className: "history-text", dir: "auto" }, marked(comment.text, reasons))
  const cause = severe(item)
  return h(
    "li",
    { className: "history-row" },
    h(
      "p",
      { className: "said-head" },
      h("span", { className: `chip ${TONES[comment.status] ?? ""}` }, messages.status(comment.status)),
      comment.redacted_at && h("span", { className: "chip" }, messages.redactedChip),
      moment(comment.created_at, { full: true }),
      h("a", { href: `/review/post?${query({ site, post: comment.post.id })}` }, comment.post.title || messages.unnamedPost(comment.post.id)),
      h("a", { className: "history-open", href: `/review/comments/${comment.id}` }, messages.openItem),
    ),
    cause ? h("details", { className: "more" }, h("summary", {}, messages.folded(cause)), words) : words,
    because && h("p", { className: "history-because" }, because),
  )
}

if (place) {
  let typing
  form.addEventListener("submit", (event) => (event.preventDefault(), load({ fresh: true })))
  form.addEventListener("change", ({ target }) => target.type !== "search" && load({ fresh: true }))
  form.addEventListener("input", ({ target }) => {
    if (target.type !== "search") return
    clearTimeout(typing)
    typing = setTimeout(() => load({ fresh: true }), 250)
  })
  more.addEventListener("click", () => load({ fresh: false }))
  begin()
}
