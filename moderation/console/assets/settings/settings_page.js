// The settings of a site: loaded and saved together, without overwriting a colleague's changes.

import { Api } from "../lib/api.js"
import { conflicts } from "./merge_conflicts.js"
import { $, $$, h } from "../lib/dom.js"
import { Choices } from "./choices_field.js"
import { Entries } from "./list_field.js"
import { Single } from "./scalar_field.js"
import { signOnFields } from "./sign_on_fields.js"
import { words } from "./messages.js"
import { Thresholds, inEffect } from "./thresholds.js"
import { trial } from "./preview.js"
import { webhook } from "./webhook.js"

const api = new Api($('meta[name="csrf-token"]').content)
const place = $("[data-settings]")
const may = place.dataset.admin === "true"
const path = `/sites/${encodeURIComponent(place.dataset.settings)}`

const list = (name, options) => new Entries(name, words[name], options)
const number = (name, max, step = 1) => new Single(name, words[name], h("input", { type: "number", min: 0, max, step, inputMode: "decimal" }))
const text = (name, maxLength) => new Single(name, words[name], h("input", { type: "text", maxLength, autocapitalize: "none", spellcheck: false }))
const flag = (name) => new Single(name, words[name], h("input", { type: "checkbox" }))
const scores = new Thresholds()

function languageNames() {
  const names = new Intl.DisplayNames(["en"], { type: "language" })
  const named = words.languageCodes.split(" ").map((code) => [code, names.of(code)])
  return named.sort(([, one], [, other]) => one.localeCompare(other))
}

const choice = (labels) => h("select", {}, Object.entries(labels).map(([value, label]) => h("option", { value }, label)))
const KEPT = ["address_days", "held_days", "rejected_days", "closed_email_days", "audit_days"]
const fields = {
  words: [list("block_words"), list("suspect_words"), list("allow_words")],
  scores: [scores],
  links: [list("block_domains", { rows: 6 }), list("allow_domains", { rows: 6 }), number("max_links", 100)],
  names: [list("reserved_names", { rows: 5 }), list("allow_names", { rows: 5 }), flag("allow_staff_names")],
  signOn: signOnFields(),
  comments: [
    number("hold_first", 1000),
    number("min_form_seconds", 60, "any"),
    number("stale_after_hours", 8760),
    number("work_bits", 24),
    new Single("work_when", words.work_when, choice(words.workWhens)),
    new Choices("languages", words.languages, languageNames()),
    text("page_language", 11),
    new Single("guidelines", words.guidelines, h("textarea", { rows: 2, maxLength: 2000 }), { wide: true }),
    flag("announced_posts_only"),
  ],
  retention: KEPT.map((name) => number(name, 3650)),
  platforms: [
    number("akismet_review_hours", 168),
    number("akismet_spam_from", 1.01, "any"),
    new Single("akismet_toxic", words.akismet_toxic, choice(words.akismetToxics)),
    number("foreign_days", 3650),
    flag("foreign_webhooks"),
    flag("foreign_mails"),
  ],
  clients: [text("perspective_language", 2), flag("perspective_strict_language"), flag("perspective_strict")],
  site: [new Single("title", words.title, h("input", { type: "text", maxLength: 200 }), { own: true }), list("origins", { rows: 3, own: true })],
}
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
}

const deliveries = webhook(api, path, may)
const draw = h("div", { className: "site-settings" })

function part(name, hint, ...content) {
  return h("fieldset", { className: "rule-set", id: `part-${name}` }, h("legend", {}, words.parts[name]), hint && h("p", { className: "muted" }, hint), ...content.flat())
}

const nodes = (name) => fields[name].map(({ node }) => node)

function build() {
  const jumps = Object.entries(words.parts).map(([name, label]) => h("a", { href: `#part-${name}` }, label))
  const [limit] = nodes("links").slice(-1)
  form.append(
    ...[
      !may && h("p", { className: "notice" }, words.readOnly),
      part("words", words.wordsHint, h("div", { className: "lists" }, nodes("words"))),
      part("scores", words.scoresHint, nodes("scores")),
      part("links", words.linksHint, h("div", { className: "lists" }, nodes("links").slice(0, 2)), h("div", { className: "rule-grid" }, limit)),
      part("names", words.namesHint, h("div", { className: "lists" }, nodes("names").slice(0, 2), h("div", { className: "staff-names", data: { staff: "" } })), nodes("names").at(-1)),
      part("signOn", words.signOnHint, h("div", { className: "rule-grid" }, nodes("signOn").slice(0, -2)), nodes("signOn").slice(-2)),
      part("comments", [words.commentsHint, " ", h("a", { href: `/review/rules?site=${encodeURIComponent(place.dataset.settings)}` }, words.rules)], h("div", { className: "rule-grid" }, nodes("comments").slice(0, -1)), nodes("comments").at(-1)),
      part("clients", words.clientsHint, h("div", { className: "rule-grid" }, nodes("clients").slice(0, 1)), nodes("clients").slice(1)),
      part("platforms", words.platformsHint, h("div", { className: "rule-grid" }, nodes("platforms"))),
      part("retention", words.retentionHint, h("div", { className: "rule-grid" }, nodes("retention"))),
      part("site", "", h("div", { className: "lists" }, nodes("site")), deliveries.node),
      may && h("div", { className: "rule-save save-bar" }, h("button", { className: "button button-primary", type: "submit" }, words.save), h("button", { className: "button", type: "button", data: { discard: "" }, hidden: true, onclick: discard }, words.discard), status),
    ].filter(Boolean),
  )
  const tried = h("section", { className: "rule-set trial-box", id: "part-trial", ariaLabel: words.parts.trial }, h("h2", {}, words.parts.trial), h("p", { className: "muted" }, words.trialHint), trial(api, path, { unsaved: () => changed().length > 0, thresholds: () => inEffect(saved.settings.thresholds, saved.defaults.thresholds) }))
  draw.append(h("nav", { className: "jumps", ariaLabel: words.jumps }, jumps), form, tried)
}

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
  const body = {}
  for (const field of mine) {
    if (field.own) body[field.name] = field.value
    else (body.settings ??= {})[field.name] = empty(field.value) ? null : field.value
  }
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

const empty = (value) => Array.isArray(value) && value.length === 0

async function refused(error, mine, again, sent) {
  if (error.status === 412 && !again) {
    const who = error.body.change?.actor_name || words.somebody
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

build()
begin().then(() => {
  if (!saved) return
  place.replaceChildren(draw)
  place.removeAttribute("aria-busy")
  $("[data-staff]", draw).replaceChildren(h("span", { className: "muted" }, words.staffNames), h("p", {}, saved.staff_names.join(", ") || words.noStaff))
  if (!may) for (const field of all) field.lock()
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView()
})

form.addEventListener("input", (event) => {
  clearTimeout(counting)
  counting = setTimeout(() => {
    all.find(({ name }) => name === event.target.name)?.tally?.()
    showStatus(words.unsaved(changed().length))
  }, 150)
})
addEventListener("beforeunload", (event) => may && changed().length > 0 && event.preventDefault())
for (const chosen of $$("[data-site-choice]")) chosen.addEventListener("change", () => (location.href = `/review/sites/${encodeURIComponent(chosen.value)}`))
