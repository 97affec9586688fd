// Bulk decision: the dialog shows the count and five samples; one undo reverts all.

import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { texts } from "./messages.js"
import { reasonsFor } from "./bulk_reasons.js"

/**
 * Ask for the decision on a selection (ids or a query); resolves to `{ outcome, reason, note }`, or null.
 * `unsure` asks a second time, for a selection that no filter narrows; `hint` replaces the one on the samples.
 */
export async function askBulk(api, selection, { unsure = false, hint = "" } = {}) {
  const seen = await api.preview(selection)
  const reasons = await reasonsFor(api, seen.samples)
  return new Promise((resolve) => {
    let chosen = null
    const suggested = seen.samples.find((item) => item.suggested_reason)?.suggested_reason ?? "OTHER"
    const usual = reasons.find(({ kind }) => kind === suggested)?.code
    const reason = h("select", { name: "reason" }, reasons.map(({ code, label }) => h("option", { value: code, selected: code === usual }, label)))
    const note = h("input", { name: "note", maxLength: 2000, autocomplete: "off" })
    const choose = (outcome) => {
      chosen = { outcome, reason: outcome === "reject" ? reason.value : null, note: note.value.trim() }
      dialog.close()
    }
    const choice = (outcome, label, tone) =>
      h(
        "button",
        { className: `button button-${tone}`, type: "button", disabled: seen.count === 0, data: { outcome }, onclick: () => (unsure ? askAgain(dialog, outcome, seen.count, () => choose(outcome)) : choose(outcome)) },
        label,
      )
    const dialog = open(
      messages.bulkTitle(seen.count),
      [
        h("p", { className: "muted" }, hint || messages.bulkHint(seen.samples.length, seen.count)),
        h("ol", {}, seen.samples.map(sample)),
        h("div", { className: "bulk-reason" }, h("label", { className: "field" }, h("span", {}, texts.bulkReason), reason), h("label", { className: "field" }, h("span", {}, texts.bulkNote), note)),
        h("div", { className: "bulk-actions" }, choice("approve", messages.bulkApprove, "good"), choice("reject", messages.bulkReject, "bad"), choice("spam", messages.bulkSpam, "caution")),
      ],
      { wide: true },
    )
    dialog.addEventListener("close", () => resolve(chosen))
  })
}

function sample({ comment }) {
  const status = comment.status !== "held" && h("span", { className: "chip" }, messages.status(comment.status))
  return h("li", { className: "said" }, h("span", { className: "said-head" }, h("b", {}, comment.author.name), status), h("p", { dir: "auto" }, comment.text))
}

/** Replace the question by the second one; Enter chooses the harmless button. */
function askAgain(dialog, outcome, count, yes) {
  const no = h("button", { className: "button", type: "button", onclick: () => dialog.close() }, texts.cancel)
  const body = dialog.querySelector(".dialog-body")
  dialog.ariaLabel = texts.sureTitle[outcome]
  dialog.querySelector("h2").textContent = texts.sureTitle[outcome]
  body.replaceChildren(
    h("p", {}, texts.sureText(count)),
    h("div", { className: "dialog-foot" }, no, h("button", { className: "button button-danger", type: "button", data: { sure: outcome }, onclick: yes }, texts.sureYes[outcome](count))),
  )
  no.focus()
}
