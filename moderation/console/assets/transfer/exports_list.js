// The prepared exports on the page Settings: orders, deletes and shows progress without a reload.
//
// The service renders the list, so that it is the same without scripts.

import { Api } from "../lib/api.js"
import { confirm } from "../lib/dialogs.js"
import { $, $$ } from "../lib/dom.js"
import { dates, strings } from "../lib/language.js"
import { Toasts } from "../lib/toast.js"

const PAUSE = 1000
const words = strings("exports")
const exact = dates({ dateStyle: "medium", timeStyle: "short" })
const api = new Api($('meta[name="csrf-token"]').content)
const toasts = new Toasts($("[data-toasts]"), $("[data-announce]"), $("[data-alert]"))
const form = $("[data-order]")
const title = $("#exports-title")
const list = () => $("[data-exports]")
const site = encodeURIComponent(list().dataset.exports)
const path = `/sites/${site}/exports`
const unfinished = () => $('[data-state="waiting"], [data-state="running"]', list())
const states = (of) => new Map($$("[data-export]", of).map((item) => [item.dataset.export, item.dataset.state]))
let polling

async function refresh() {
  clearTimeout(polling)
  try {
    show($("[data-exports]", await api.part(`/review/exports/${site}`)))
  } catch {
    // The next poll may reach the service again.
    polling = setTimeout(refresh, PAUSE * 5)
    return
  }
  follow()
}

function follow() {
  if (unfinished()) polling = setTimeout(refresh, PAUSE)
}

/** Show a new list; one in which only figures changed keeps its elements, and with them the focus. */
function show(fresh) {
  const before = states(list())
  const after = states(fresh)
  localize(fresh)
  if (JSON.stringify([...before]) === JSON.stringify([...after])) {
    for (const [id] of after) move($(`[data-export="${id}"]`, list()), $(`[data-export="${id}"]`, fresh))
    return
  }
  const held = list().contains(document.activeElement) && document.activeElement
  list().replaceWith(fresh)
  if (held) focusAgain(held.closest("[data-export]")?.dataset.export, held.dataset.act)
  for (const [id, state] of after) {
    if (!["waiting", "running"].includes(before.get(id))) continue
    if (state === "ready") toasts.show(words.isReady)
    if (state === "failed") toasts.show(words.hasFailed, { tone: "bad" })
  }
}

function move(old, fresh) {
  const [bar, next] = [$("progress", old), $("progress", fresh)]
  if (!bar || !next) return
  for (const name of ["max", "value"]) if (next.hasAttribute(name)) bar.setAttribute(name, next.getAttribute(name))
  $("[data-progress]", old).textContent = $("[data-progress]", fresh).textContent
}

function focusAgain(id, act) {
  const item = id && $(`[data-export="${id}"]`, list())
  const target = item && ($(`[data-act="${act}"]`, item) ?? $("[data-act]", item))
  ;(target ?? title).focus()
}

/** Show times in the zone of the browser; the service writes them in UTC. */
function localize(within) {
  for (const time of $$("time", within)) time.textContent = exact.format(new Date(time.dateTime))
}

form.addEventListener("submit", async (event) => {
  event.preventDefault()
  if (form.ariaBusy === "true") return
  form.ariaBusy = "true"
  const { format, since, posts } = form.elements
  const prefixes = posts.value.split("\n").map((line) => line.trim()).filter(Boolean)
  try {
    await api.ask("POST", path, { format: format.value, since: since.value, posts: prefixes })
    toasts.show(words.ordered)
    await refresh()
  } catch (error) {
    toasts.show(error.status === 422 ? words.wrongPart : error.message, { tone: "bad" })
  }
  form.removeAttribute("aria-busy")
})

document.addEventListener("submit", async (event) => {
  const item = event.target.closest("[data-export]")
  if (!item) return
  event.preventDefault()
  const kept = item.dataset.state === "ready"
  if (kept && !(await confirm(words.deleteTitle, words.deleteText, words.delete))) return
  try {
    await api.ask("DELETE", `${path}/${item.dataset.export}`)
    toasts.show(words.deleted)
  } catch (error) {
    if (error.status !== 404) toasts.show(error.message, { tone: "bad" })
  }
  await refresh()
})

localize(list())
follow()
