// The settings of a site: loaded and saved together, without overwriting a colleague's changes.

import { Api } from "../lib/api.js"
import { conflicts } from "./merge_conflicts.js"
import { $, $$, h } from "../lib/dom.js"
import { fields, scores } from "./fields.js"
import { commas } from "../lib/language.js"
import { layOut } from "./layout.js"
import { words } from "./messages.js"
import { inEffect } from "./thresholds.js"
import { trial } from "./preview.js"
import { webhook } from "./webhook.js"

const api = new Api($('meta[name="csrf-token"]').content)
const place = $("[data-settings]")
const may = place.dataset.admin === "true"
const path = `/sites/${encodeURIComponent(place.dataset.settings)}`

const all = Object.values(fields).flat()
const form = h("form", { className: "rules site-form", noValidate: true, onsubmit: (event) => (event.preventDefault(), save()) })
const status = h("span", { role: "status", data: { status: "" } })
const theirs = (answer, field) => (field.own ? answer[field.name] : answer.settings[field.name])
let etag = ""
let saved = null
let counting

async function begin() {
  try {
    ;[saved, etag] = await api.tagged("GET", `${path}/settings`)
  } catch (error) {
    place.replaceChildren(h("p", { className: "notice notice-bad", role: "alert" }, error.message))
    return
  }
  scores.usual(saved.defaults.thresholds)
  deliveries.show(saved.webhook)
  for (const field of all) field.show(theirs(saved, field))
  for (const [name, value] of Object.entries(saved.defaults)) {
    const input = $(`#${name}`, draw)
    if (input?.type === "number" || input?.type === "text") input.placeholder = words.asDefault(value)
  }
  for (const input of $$("input[type=number]", draw)) input.placeholder ||= words.asDefault(0)
}

const deliveries = webhook(api, path, may)
const tried = trial(api, path, { settings: unsaved, thresholds: () => inEffect(scores.value, saved.defaults.thresholds) })
const draw = h("div", { className: "site-settings" })
const changed = () => all.filter((field) => field.changed)

function showStatus(text, bad = false) {
  status.className = bad ? "problem" : "muted"
  status.textContent = text
  const discards = $("[data-discard]", form)
  if (discards) discards.hidden = changed().length === 0
}

function discard() {
  for (const field of changed()) field.show(theirs(saved, field))
  for (const field of all) field.clear()
  showStatus("")
}

/** Adopt the saved values of `fields`; input since they were `sent` stays as a change. */
function adopt(answer, tag, sent, fields = all) {
  ;[saved, etag] = [answer, tag]
  for (const field of fields) {
    const put = field.value
    field.show(theirs(answer, field))
    if (JSON.stringify(put) !== sent.get(field)) field.put(put)
  }
}

async function save({ again = false } = {}) {
  clearTimeout(counting)
  const mine = changed()
  const sent = new Map(all.map((field) => [field, JSON.stringify(field.value)]))
  for (const field of all) field.clear()
  if (mine.length === 0) return
  const body = Object.fromEntries(mine.filter(({ own }) => own).map(({ name, value }) => [name, value]))
  if (mine.some(({ own }) => !own)) body.settings = unsaved()
  const button = $("[type=submit]", form)
  button.disabled = true
  try {
    const [answer, tag] = await api.tagged("PATCH", `${path}/settings`, body, etag)
    adopt(answer, tag, sent)
    const left = changed().length
    showStatus(left ? words.unsaved(left) : again ? words.both(again) : words.saved)
  } catch (error) {
    await refused(error, mine, again, sent)
  } finally {
    button.disabled = false
  }
}

/** Return the changed settings, as they are saved and tried; an empty one goes back to its default. */
function unsaved() {
  const mine = changed().filter(({ own }) => !own)
  return Object.fromEntries(mine.map(({ name, value }) => [name, empty(value) ? null : value]))
}

const empty = (value) => Array.isArray(value) && value.length === 0

async function refused(error, mine, again, sent) {
  if (error.status === 412 && !again) {
    const who = error.body.change?.actor_name || words.anotherModerator
    let answer, tag
    try {
      ;[answer, tag] = await api.tagged("GET", `${path}/settings`)
    } catch {
      return showStatus(words.gone, true)
    }
    const open = conflicts(mine, who, (field) => theirs(answer, field))
    adopt(answer, tag, sent, all.filter((field) => !mine.includes(field)))
    if (open === 0) return save({ again: who })
    return showStatus(words.conflict(who, open), true)
  }
  const wrong = error.body?.errors ?? []
  if (wrong.length === 0) return showStatus(error.message, true)
  explain(wrong)
}

/** Show the service's errors at their fields. */
function explain(errors) {
  const found = new Map()
  for (const { pointer, detail } of errors) {
    const steps = pointer.replace(/^#\/(settings\/)?/, "").split("/")
    const field = all.find(({ name }) => name === steps[0])
    if (field) found.set(field, [...(found.get(field) ?? []), { place: Number(steps[1]), detail }])
  }
  for (const [field, wrong] of found) field.problems(wrong)
  showStatus(words.wrong(errors.length), true)
  ;[...found.keys()][0]?.focus()
}

layOut(draw, { form, status, deliveries, tried, may, site: place.dataset.settings, discard })
begin().then(() => {
  if (!saved) return
  place.replaceChildren(draw)
  place.removeAttribute("aria-busy")
  $("[data-staff]", draw).replaceChildren(h("span", { className: "muted" }, words.staffNames), h("p", {}, commas(saved.staff_names) || words.noStaff))
  if (!may) for (const field of all) field.lock()
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView()
})

form.addEventListener("input", (event) => {
  clearTimeout(counting)
  counting = setTimeout(() => {
    all.find(({ name }) => name === event.target.name)?.tally?.()
    showStatus(words.unsaved(changed().length))
    tried.again()
  }, 150)
})
addEventListener("beforeunload", (event) => may && changed().length > 0 && event.preventDefault())
for (const chosen of $$("[data-site-choice]")) chosen.addEventListener("change", () => (location.href = `/review/sites/${encodeURIComponent(chosen.value)}`))
