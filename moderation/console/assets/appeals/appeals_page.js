// The queue of appeals: each with its comment, the first decision and the form to decide.

import { Api } from "../lib/api.js"
import { $, h } from "../lib/dom.js"
import { appealRow } from "./appeal_row.js"
import { Toasts } from "../lib/toast.js"
import { words } from "./messages.js"

const PAGE = 25
const api = new Api($('meta[name="csrf-token"]').content)
const toasts = new Toasts($("[data-toasts]"), $("[data-announce]"), $("[data-alert]"))
const form = $("[data-filters]")
const list = $("[data-list]")
const state = $("[data-state]")
const more = $("[data-more]")
let cursor = null
let latest = 0
const asked = new URLSearchParams(location.search)
/** The one appeal that the address names, until the filters are used. */
let one = asked.get("appeal")

const filters = () => Object.fromEntries(new FormData(form))

async function load({ fresh }) {
  if (fresh) cursor = null
  const turn = (latest += 1)
  list.setAttribute("aria-busy", "true")
  try {
    const page = one ? { appeals: [await api.get(`/appeals/${encodeURIComponent(one)}`)], next_cursor: null } : await api.get("/appeals", { ...filters(), limit: PAGE, cursor })
    // A newer request was sent meanwhile.
    if (turn !== latest) return
    if (fresh) list.replaceChildren()
    list.append(...page.appeals.map((appeal) => appealRow(appeal, { decide })))
    cursor = page.next_cursor
    more.hidden = !cursor
    tally()
  } catch (error) {
    if (turn !== latest) return
    if (fresh) list.replaceChildren()
    more.hidden = true
    state.replaceChildren(h("span", { className: "notice notice-bad", role: "alert" }, error.message))
  }
  list.removeAttribute("aria-busy")
}

function tally() {
  const none = filters().state === "decided" ? words.noneDecided : words.none
  state.textContent = list.children.length > 0 ? "" : none
}

/** Record a decision; the appeal leaves the list, and the next one gets the focus. */
async function decide(appeal, row, choice) {
  await api.ask("POST", `/appeals/${appeal.id}/decisions`, choice)
  const next = row.nextElementSibling ?? row.previousElementSibling
  row.remove()
  const badge = $("[data-appeals]")
  if (badge && /^\d+$/.test(badge.textContent)) badge.textContent = String(Math.max(0, badge.textContent - 1) || "")
  toasts.show(words.done[choice.outcome])
  if (list.children.length === 0 && cursor) await load({ fresh: true })
  tally()
  ;(next ?? $("h1")).focus()
}

for (const [name, value] of asked) if (form.elements[name]) form.elements[name].value = value
$("h1").tabIndex = -1
form.addEventListener("submit", (event) => event.preventDefault())
form.addEventListener("change", () => {
  one = null
  load({ fresh: true })
})
more.addEventListener("click", () => load({ fresh: false }))
load({ fresh: true })
