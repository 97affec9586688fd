// The rules of a post, and the rules in effect.

import { Api } from "../lib/api.js"
import { $, h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { choice, field, formValues, save, saving, states, strict, timing } from "./rule_form.js"
import { moment } from "../lib/dates.js"
import { number } from "../lib/language.js"

const api = new Api($('meta[name="csrf-token"]').content)
const place = $("[data-post]")
const { site, post, senior } = place.dataset
const path = `/sites/${encodeURIComponent(site)}/posts/${encodeURIComponent(post)}/rules`

async function show() {
  try {
    const [found, { thresholds }] = await Promise.all([api.get(path), api.get(`/sites/${encodeURIComponent(site)}/rules`)])
    draw(found, thresholds)
  } catch (error) {
    place.replaceChildren(h("p", { className: "notice notice-bad", role: "alert" }, error.message))
  }
  place.removeAttribute("aria-busy")
}

function draw(found, thresholds) {
  $("h1").textContent = found.post.title || messages.postTitle(found.post.id)
  const form = h(
    "form",
    { className: "rules", onsubmit: (event) => send(event, form, thresholds) },
    senior !== "true" && h("p", { className: "notice" }, messages.onlySeniors),
    h(
      "fieldset",
      { className: "rule-set", disabled: senior !== "true" },
      h("legend", {}, messages.newComments),
      field(messages.state, choice("state", states(messages.asSection), found.rules.state)),
      timing(found.rules, messages.asSection),
    ),
    Object.assign(strict(found.rules, thresholds), { disabled: senior !== "true" }),
    senior === "true" && saving(),
  )
  place.replaceChildren(inEffect(found), form)
}

function inEffect({ effective, opened_at, count, held, post: { id, url } }) {
  const queue = (name) => `/review/?${new URLSearchParams({ queue: name, site, post: id })}`
  return h(
    "dl",
    { className: "tiles" },
    tile(messages.inEffect, messages.states[effective.state], effective.closes_at && effective.state !== "closed" && messages.closes(effective.closes_at)),
    tile(messages.slowModeTitle, effective.slow_seconds ? messages.seconds(effective.slow_seconds) : messages.off),
    tile(messages.waiting, h("a", { href: queue("held") }, messages.queueCount(held) || "0")),
    tile(messages.shown, h("a", { href: queue("approved") }, number(count)), [messages.openedAt(moment(opened_at, { full: true })), /^https?:\/\//i.test(url ?? "") && [" · ", h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, messages.article)]].flat()),
  )
}

const tile = (name, value, more) => h("div", { className: "tile" }, h("dt", {}, name), h("dd", {}, value, more && h("small", {}, more)))

async function send(event, form, thresholds) {
  event.preventDefault()
  const rules = { ...formValues(form), state: form.elements.state.value || null }
  const saved = await save(form, () => api.change(path, rules))
  if (saved) $(".tiles", place).replaceWith(inEffect(saved))
}

show()
