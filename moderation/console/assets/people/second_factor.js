// The moderator's own second factor: setup, recovery codes, removal.

import { open } from "../lib/dialog.js"
import { $, h } from "../lib/dom.js"
import { people } from "./messages.js"
import { confirm, field, submits } from "../lib/dialogs.js"

/** Show the panel's state; `done` is called with a message after each change. */
export function secondFactorPanel(panel, api, account, done) {
  const { added_at: added, recovery_codes: left, required } = account.second_factor
  $("[data-second-state]", panel).textContent = added ? people.secondOn(added, left) : people.secondOff
  $("[data-second-required]", panel).hidden = !required
  const button = (label, work, kind = "") => h("button", { className: `button ${kind}`.trim(), type: "button", onclick: () => attempt(panel, work) }, label)
  const buttons = added
    ? [button(people.newCodes, () => newCodes(api, done)), button(people.secondRemove, () => remove(api, done), "button-danger")]
    : [button(people.secondAdd, () => enrol(api, done), "button-primary")]
  $("[data-second-actions]", panel).replaceChildren(...buttons)
}

async function attempt(panel, work) {
  const said = $("[data-second-problem]", panel)
  said.textContent = ""
  try {
    await work()
  } catch (error) {
    said.textContent = error.message
  }
}

async function enrol(api, done) {
  const { secret, qr, ticket } = await api.ask("POST", "/me/second-factor")
  const form = h("form", { className: "sheet-form" })
  const code = h("input", { className: "code", name: "code", required: true, maxLength: 7, inputMode: "numeric", autocomplete: "one-time-code", spellcheck: false })
  form.append(
    h("ol", { className: "steps" }, people.secondSteps.map((step) => h("li", {}, step))),
    h("img", { className: "qr", src: qr, alt: people.qrAlt }),
    h("details", {}, h("summary", {}, people.byHand), h("code", { className: "secret-text", data: { secret: "" } }, secret.match(/.{1,4}/g).join(" "))),
    field(people.code, code),
    h("div", { className: "dialog-foot" }, h("button", { className: "button", type: "button", onclick: () => dialog.close() }, people.cancel), h("button", { className: "button button-primary", type: "submit" }, people.secondConfirm)),
  )
  const dialog = open(people.secondTitle, form)
  submits(form, async () => {
    const { recovery_codes: codes } = await api.ask("PUT", "/me/second-factor", { ticket, code: code.value })
    dialog.close()
    await showCodes(codes)
    await done(people.secondAdded)
  })
  code.focus()
}

async function newCodes(api, done) {
  if (!(await confirm(people.newCodesTitle, people.newCodesText, people.newCodesYes))) return
  const { recovery_codes: codes } = await api.ask("POST", "/me/second-factor/recovery-codes")
  await showCodes(codes)
  await done(people.newCodesDone)
}

async function remove(api, done) {
  if (!(await confirm(people.secondRemoveTitle, people.secondRemoveText, people.secondRemoveYes))) return
  await api.ask("DELETE", "/me/second-factor")
  await done(people.secondRemoved)
}

/** Show recovery codes, which are not shown again; resolves when the dialog is closed. */
function showCodes(codes) {
  return new Promise((resolve) => {
    const said = h("span", { role: "status" }, people.copyAll)
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(codes.join("\n"))
        said.textContent = people.copied
      } catch {
        said.textContent = people.copyByHand
      }
    }
    const kept = h("button", { className: "button button-primary", type: "button", onclick: () => dialog.close() }, people.codesDone)
    const dialog = open(people.codesTitle, [
      h("p", {}, people.codesText),
      h("ul", { className: "codes", data: { codes: "" } }, codes.map((code) => h("li", {}, h("code", {}, code)))),
      h("div", { className: "dialog-foot" }, h("button", { className: "button", type: "button", onclick: copy }, said), kept),
    ])
    dialog.addEventListener("close", () => resolve())
    kept.focus()
  })
}
