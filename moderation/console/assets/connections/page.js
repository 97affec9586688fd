// Shared by the parts of a site's connections: the client, messages, loading and errors.

import { Api } from "../lib/api.js"
import { $, $$, h, icon } from "../lib/dom.js"
import { Toasts } from "../lib/toast.js"
import { words } from "./messages.js"

export const place = $("[data-connection]")
export const site = place.dataset.site
export const may = place.dataset.admin === "true"
/** The address of this service, without a slash at the end. */
export const service = place.dataset.service
export const path = `/sites/${encodeURIComponent(site)}`
export const api = new Api($('meta[name="csrf-token"]').content)
export const toasts = new Toasts($("[data-toasts]"), $("[data-announce]"), $("[data-alert]"))

let turn = 0
let panels = 0

/** Load and draw the page; the focus stays on the control of the same name. */
export async function show(load, draw) {
  const mine = ++turn
  const focused = place.contains(document.activeElement) ? named(document.activeElement) : ""
  try {
    const found = await load()
    // After two changes the response to the first may arrive last.
    if (mine !== turn) return
    place.replaceChildren(h("div", { className: "connection" }, !may && h("p", { className: "notice" }, words.readOnly), draw(found)))
    if (focused) $$("a, button, input, select, summary", place).find((node) => named(node) === focused)?.focus()
  } catch (error) {
    if (mine !== turn) return
    const again = h("button", { className: "button", type: "button", onclick: () => show(load, draw) }, words.again)
    place.replaceChildren(h("div", { className: "connection" }, h("p", { className: "notice notice-bad", role: "alert" }, error.message), h("p", {}, again)))
  }
  place.removeAttribute("aria-busy")
}

const named = (node) => node.ariaLabel || node.textContent

/** Run an action of a button once at a time; report its error, or the text it returns. */
export function button(label, act, { name = "", className = "button", icon: sign } = {}) {
  const node = h("button", { className, type: "button", ariaLabel: name || undefined, onclick: go }, sign && icon(sign), label)
  async function go() {
    if (node.ariaDisabled === "true") return
    node.ariaDisabled = "true"
    try {
      const notice = await act()
      if (notice) toasts.show(notice)
    } catch (error) {
      toasts.show(error.message, { tone: "bad" })
    }
    node.removeAttribute("aria-disabled")
  }
  return node
}

/** A panel with a heading, its button, and its content. */
export function panel(title, { act, hint, count } = {}, ...content) {
  const id = `panel-${++panels}`
  return h(
    "section",
    { className: "panel", "aria-labelledby": id },
    h("header", { className: "panel-head" }, h("h2", { id }, title), count !== undefined && h("span", { className: "count" }, count), act),
    hint && h("p", { className: "muted" }, hint),
    content.flat(),
  )
}

/** A command to copy. */
export function example(text, name) {
  const label = h("span", { role: "status" }, words.copy)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      label.textContent = words.copied
    } catch {
      getSelection().selectAllChildren(shown)
    }
  }
  const shown = h("pre", { tabIndex: 0, ariaLabel: name, role: "region" }, text)
  return h("div", { className: "example" }, shown, h("button", { className: "button", type: "button", onclick: copy }, icon("copy"), label))
}

for (const chosen of $$("[data-site-choice]")) {
  chosen.addEventListener("change", () => (location.href = `/review/connections/${encodeURIComponent(chosen.value)}/${place.dataset.connection}`))
}
