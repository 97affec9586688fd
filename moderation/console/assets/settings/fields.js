// The fields of a site's settings, part by part.

import { Api } from "../lib/api.js"
import { $, h } from "../lib/dom.js"
import { Choices } from "./choices_field.js"
import { collate, LANGUAGE } from "../lib/language.js"
import { Entries } from "./list_field.js"
import { Single } from "./scalar_field.js"
import { Reasons } from "./reasons_field.js"
import { reportFields } from "./report_fields.js"
import { readerFields, signOnFields } from "./sign_on_fields.js"
import { words } from "./messages.js"
import { Thresholds } from "./thresholds.js"

/** The languages that the filter of languages recognises. */
const RECOGNISED = "ar be bg bn ca cs da de el en es et fa fi fr he hi hr hu hy id is it ja ka ko la mk nl no pl pt ro ru sk sl sr sv ta th tr uk ur vi zh"

const api = new Api($('meta[name="csrf-token"]').content)
const place = $("[data-settings]")
const list = (name, options) => new Entries(name, words[name], options)
const number = (name, max, step = 1) => new Single(name, words[name], h("input", { type: "number", min: 0, max, step, inputMode: "decimal" }))
const text = (name, maxLength) => new Single(name, words[name], h("input", { type: "text", maxLength, autocapitalize: "none", spellcheck: false }))
const flag = (name) => new Single(name, words[name], h("input", { type: "checkbox" }))
export const scores = new Thresholds()

function languageNames() {
  const names = new Intl.DisplayNames([LANGUAGE], { type: "language" })
  const named = RECOGNISED.split(" ").map((code) => [code, names.of(code)])
  return named.sort(([, one], [, other]) => collate(one, other))
}

/** Return the reasons that apply without a list of the site's own. */
async function builtIn() {
  const { reasons, language } = await api.get(`/sites/${encodeURIComponent(place.dataset.settings)}/reasons`)
  return reasons.map(({ code, label, kind, sentence }) => ({ code, label, kind, sentences: { [language]: sentence } }))
}

const choice = (labels) => h("select", {}, Object.entries(labels).map(([value, label]) => h("option", { value }, label)))
const KEPT = ["address_days", "held_days", "rejected_days", "closed_email_days", "audit_days"]

/** The fields of each part of the page. */
export const fields = {
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
  readers: readerFields(),
  reports: reportFields(),
  reasons: [new Reasons(builtIn)],
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
