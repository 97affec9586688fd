// The audit trail: searched, paged and exported.

import { Api, query } from "./api.js"
import { $, h } from "./dom.js"
import { messages } from "./messages.js"
import { moment } from "./time.js"

const PAGE = 50
const api = new Api($('meta[name="csrf-token"]').content)
const form = $("[data-audit]")
const rows = $("[data-entries]")
const more = $("[data-more]")
const state = $("[data-state]")
let last = null

async function load({ fresh }) {
  const filters = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]))
  $("[data-export]").href = `/api/v1/review/audit/export?${query(filters)}`
  if (fresh) last = null
  try {
    const { entries } = await api.get("/audit", { ...filters, limit: PAGE, before_id: last })
    if (fresh) rows.replaceChildren()
    rows.append(...entries.map(row))
    last = entries.at(-1)?.id ?? last
    more.hidden = entries.length < PAGE
    state.textContent = rows.children.length === 0 ? messages.noEntries : ""
  } catch (error) {
    rows.replaceChildren()
    more.hidden = true
    state.replaceChildren(h("span", { className: "notice notice-bad", role: "alert" }, error.message))
  }
}

function row(entry) {
  const detail = Object.entries(entry.detail).filter(([, value]) => value !== null && value !== "")
  // The roles stay when a narrow screen shows each entry as a block instead of a row.
  const cell = (...content) => h("td", { role: "cell" }, ...content)
  return h(
    "tr",
    { role: "row" },
    cell(moment(entry.at)),
    cell(entry.actor_name || entry.actor),
    cell(entry.action),
    cell(about(entry.subject)),
    cell(h("code", {}, detail.map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`).join(" "))),
  )
}

function about(subject) {
  const [kind, id] = subject.split(":")
  if (kind !== "comment") return h("code", {}, subject)
  return h("a", { href: `/review/comments/${id}` }, h("code", {}, `comment ${id.slice(0, 8)}`))
}

form.addEventListener("submit", (event) => {
  event.preventDefault()
  load({ fresh: true })
})
more.addEventListener("click", () => load({ fresh: false }))
load({ fresh: true })
