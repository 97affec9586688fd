// The keyboard help: every key from the table, with buttons to change them.

import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { KEYS, keysOf, settings, shownKey } from "../lib/keyboard.js"
import { messages } from "../lib/messages.js"

export function showHelp(changed) {
  open(messages.helpTitle, keysPanel(changed))
}

/** Every key with a button to change it, for the dialog and the account page. */
export function keysPanel(changed) {
  const body = h("div", { className: "help" })
  const render = () => body.replaceChildren(...parts(render, changed))
  render()
  return body
}

function parts(render, changed) {
  const { off } = settings.chosen
  const toggle = h("input", {
    type: "checkbox",
    checked: !off,
    onchange: () => {
      settings.chosen = { ...settings.chosen, off: !toggle.checked }
      changed()
    },
  })
  const groups = [...new Set(KEYS.map(({ group }) => group))]
  return [
    h("label", { className: "check" }, toggle, messages.keysOn),
    ...groups.map((group) =>
      h(
        "section",
        {},
        h("h3", { className: "keys-group" }, group),
        h("dl", { className: "keys" }, KEYS.filter((entry) => entry.group === group).flatMap((entry) => row(entry, render, changed))),
      ),
    ),
    h("p", { className: "muted", role: "status", data: { said: "" } }, messages.keysHint),
    h("button", { className: "button", type: "button", onclick: () => (settings.reset(), changed(), render()) }, messages.keysReset),
  ]
}

function row(entry, render, changed) {
  const shown = keysOf(entry).flatMap((key) => [h("kbd", {}, key.split(" ").map(shownKey).join(" ")), " "])
  if (entry.fixed) return [h("dt", {}, entry.label), h("dd", {}, shown)]
  const button = h("button", { className: "key-button", type: "button", data: { keyOf: entry.action }, ariaLabel: messages.changeKey(entry.label) }, shown)
  button.addEventListener("click", () => button.replaceChildren(h("kbd", {}, messages.pressKey)))
  button.addEventListener("keydown", (event) => {
    if (!button.textContent.includes(messages.pressKey) || event.key.length !== 1 || event.key === " ") return
    event.preventDefault()
    const taken = settings.change(entry.action, event.key.toLowerCase())
    const said = button.closest(".help").querySelector("[data-said]")
    if (taken) said.textContent = messages.keyTaken(shownKey(event.key), taken.label)
    else {
      const help = button.closest(".help")
      changed()
      render()
      help.querySelector(`[data-key-of=${entry.action}]`).focus()
    }
  })
  button.addEventListener("blur", () => button.replaceChildren(...shown))
  return [h("dt", {}, entry.label), h("dd", {}, button)]
}
