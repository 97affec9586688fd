// The audit trail: searched, paged and exported.

import { Api, query } from "../lib/api.js"
import { changes } from "./audit_changes.js"
import { $, $$, h } from "../lib/dom.js"
import { dates } from "../lib/language.js"
import { nameOf } from "../lib/site_titles.js"
import { reports } from "./messages.js"

const PAGE = 50
const api = new Api($('meta[name="csrf-token"]').content)
const form = $("[data-audit]")
const rows = $("[data-entries]")
const more = $("[data-more]")
const state = $("[data-state]")
const when = dates({ dateStyle: "medium", timeStyle: "short" })
const exact = dates({ dateStyle: "full", timeStyle: "long" })
let behind = null
let latest = 0

/** Return the form's filters; its days are in the moderator's time zone, like the listed times. */
function wanted() {
  const given = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]))
  // A search for claims asks for them.
  const claims = given.claims === "on" || (given.action ?? "").startsWith("claim")
  return { ...given, claims, from: midnight(given.from, 0), to: midnight(given.to, 1) }
}

function midnight(day, later) {
  if (!day) return ""
  const [year, month, date] = day.split("-").map(Number)
  return new Date(year, month - 1, date + later).toISOString()
}

async function load({ fresh }) {
  const filters = wanted()
  for (const link of $$("[data-export]")) {
    link.href = `/api/v1/review/audit/export?${query({ ...filters, format: link.dataset.export })}`
  }
  if (fresh) {
    behind = null
    more.hidden = true
  }
  const turn = (latest += 1)
  try {
    const page = await api.get("/audit", { ...filters, limit: PAGE, before_id: behind })
    // A newer search was sent meanwhile.
    if (turn !== latest) return
    if (fresh) rows.replaceChildren()
    rows.append(...page.entries.map(row))
    behind = page.next_before_id
    more.hidden = behind === null
    state.textContent = rows.children.length > 0 ? "" : behind === null ? reports.noEntries : reports.noEntriesYet
  } catch (error) {
    if (turn !== latest) return
    if (fresh) rows.replaceChildren()
    more.hidden = fresh
    state.replaceChildren(h("span", { className: "notice notice-bad" }, error.body?.errors?.[0]?.detail ?? error.message))
  }
}

function row(entry) {
  // The roles stay when a narrow screen shows each entry as a block instead of a row.
  const cell = (...content) => h("td", { role: "cell" }, ...content)
  const at = new Date(entry.at)
  return h(
    "tr",
    { role: "row" },
    cell(h("time", { dateTime: entry.at, title: exact.format(at) }, when.format(at))),
    cell(reports.actor(entry)),
    cell(h("span", { title: entry.action }, reports.phrase(entry.action))),
    cell(about(entry.subject)),
    cell(...changes(entry.detail)),
  )
}

function about(subject) {
  const [kind, ...rest] = subject.split(":")
  const id = rest.join(":")
  // Ids begin with the time, so that those of one hour differ only at the end.
  if (kind === "comment") return h("a", { href: `/review/comments/${id}` }, reports.subject(kind, id.slice(-8)))
  if (kind === "author") return h("a", { href: `/review/authors/${id}` }, reports.subject(kind, id.slice(0, 8)))
  if (kind === "site") return h("a", { href: `/review/sites/${encodeURIComponent(id)}` }, nameOf(id))
  if (!id) return subject === "console" ? reports.here : subject
  return reports.subject(kind, id)
}

for (const [name, value] of new URLSearchParams(location.search)) {
  if (name === "claims") form.elements.claims.checked = value !== "false"
  else if (form.elements[name]) form.elements[name].value = value
}

form.addEventListener("submit", (event) => {
  event.preventDefault()
  load({ fresh: true })
})
form.elements.claims.addEventListener("change", () => load({ fresh: true }))
more.addEventListener("click", () => load({ fresh: false }))
load({ fresh: true })
