// The author page: counts, standing and ban on one site, and all their comments.

import { Api, query } from "../lib/api.js"
import { ban, banned, figures, notes, standing } from "./author_card.js"
import { $, h } from "../lib/dom.js"
import { marked } from "../queue/highlights.js"
import { messages } from "../lib/messages.js"
import { moment } from "../lib/dates.js"
import { personalData } from "./personal_data.js"
import { Toasts } from "../lib/toast.js"
import { severe } from "../queue/content_folding.js"
import { historyActions } from "./history_actions.js"

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
// One element for all cards: a new card must not ask for the state again.
const data = admin === "true" && personalData(api, { site, key, toasts, done: () => location.assign(`/review/?${query({ site })}`) })
let cursor = null
let latest = 0

// Card

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
  $("[data-known]").textContent = [messages.onSite(place.dataset.title || site), others.length > 0 && messages.alsoAs(others)].filter(Boolean).join(" ")
  const queue = `/review/?${query({ author: key, site })}`
  $("[data-card]").replaceChildren(
    ...[
      (card.ban || card.standing) && h("p", { className: "author-line" }, card.ban && h("span", { className: "chip chip-bad" }, messages.banned), card.standing && h("span", { className: "chip" }, messages.standings[card.standing])),
      figures(card),
      card.counts.held > 0 && h("p", {}, h("a", { href: queue }, messages.queueOf(card.counts.held))),
      standing(card, settle),
      card.ban ? banned(card, settle) : ban(card, settle),
      notes(card, settle),
      admin === "true" && data,
      admin === "true" && h("p", {}, h("a", { href: `/review/audit?${query({ subject: `author:${key}` })}` }, messages.auditOf)),
    ].filter(Boolean),
  )
}

async function settle(what, said, data, method) {
  // A note that is sent twice would be stored twice.
  if (place.ariaBusy === "true") return
  place.ariaBusy = "true"
  try {
    const card = await api.settle(site, key, what, data, method)
    show(card)
    if (!card.batch) return toasts.show(said)
    load({ fresh: true })
    const rejected = card.batch.results.filter(({ error }) => !error).length
    toasts.show(messages.bannedAndRejected(rejected), { label: messages.undoAll, act: () => undo(card.batch.batch_id) })
  } catch (error) {
    toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
  } finally {
    place.removeAttribute("aria-busy")
  }
}

async function undo(batch) {
  place.ariaBusy = "true"
  try {
    const { results } = await api.undoBatch(batch)
    // Before the toast: a late card would overwrite the result of the next change.
    show(await api.author(site, key))
    load({ fresh: true })
    toasts.show(messages.batchUndone(results.filter(({ error }) => !error).length))
  } catch (error) {
    toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
  } finally {
    place.removeAttribute("aria-busy")
  }
}

// History

async function load({ fresh }) {
  const filters = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]))
  if (fresh) {
    cursor = null
    more.hidden = true
  }
  const turn = (latest += 1)
  window.history.replaceState(null, "", `?${query({ site, ...filters })}`)
  rows.setAttribute("aria-busy", "true")
  try {
    const found = await api.get(`${path}/comments`, { ...filters, limit: PAGE, cursor })
    // A newer request was sent while the moderator typed on.
    if (turn !== latest) return
    if (fresh) rows.replaceChildren()
    rows.append(...found.items.map(row))
    cursor = found.next_cursor
    more.hidden = !cursor
    more.textContent = found.items.length > 0 ? messages.more : messages.lookFurther
    state.textContent = rows.children.length > 0 ? "" : cursor ? messages.lookOn : messages.noHistory
  } catch (error) {
    if (turn !== latest) return
    // Rows of the previous filters must not look like results.
    if (fresh) rows.replaceChildren()
    more.hidden = false
    more.textContent = messages.retry
    state.replaceChildren(h("span", { className: "notice notice-bad", role: "alert" }, error.message))
  }
  rows.removeAttribute("aria-busy")
}

const TONES = { approved: "chip-good", rejected: "chip-bad", spam: "chip-bad", held: "chip-caution" }

function row(item) {
  const { comment, reasons } = item
  const because = messages.because(item)
  const words = h("p", { className: "history-text", dir: "auto" }, marked(comment.text, reasons))
  const cause = severe(item)
  return h(
    "li",
    { className: "history-row", data: { comment: comment.id } },
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
    historyActions(item, { api, toasts, refresh }),
  )
}

/** Show a decided comment's new state in its row, and the new figures on the card. */
async function refresh(item) {
  const old = rows.querySelector(`[data-comment="${item.comment.id}"]`)
  const fresh = row(item)
  const focused = old?.contains(document.activeElement)
  old?.replaceWith(fresh)
  if (focused) (fresh.querySelector("button") ?? fresh.querySelector("a")).focus()
  show(await api.author(site, key))
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
