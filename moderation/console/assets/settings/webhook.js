// The state of a site's webhook: queued and failed messages, and the button to resend them.

import { h } from "../lib/dom.js"
import { words } from "./messages.js"
import { moment } from "../lib/dates.js"

const { webhook: texts } = words

/** `show` updates `node`; admins may switch the webhook on and resend messages. */
export function webhook(api, path, may) {
  const state = h("div", {})
  const status = h("p", { role: "status", className: "muted" })
  const node = h("section", { className: "webhook", ariaLabel: texts.title, data: { webhook: "" } }, h("h2", {}, texts.title), state, status, h("p", {}, h("a", { href: `/review/connections/${path.split("/")[2]}/webhooks` }, texts.all)))

  function show(found) {
    if (!found.address) return state.replaceChildren(h("p", { className: "muted" }, texts.none))
    const lines = [h("p", {}, texts.to(found.address), " ", texts.waiting(found.waiting))]
    if (found.disabled_at) {
      lines.push(h("p", { className: "notice notice-bad" }, texts.off(moment(found.disabled_at)), " ", may && act(texts.on, () => api.ask("PATCH", `${path}/webhook`, { enabled: true }), () => texts.switched)))
    }
    if (found.failed > 0) {
      const last = texts.last(found.last_failure.error, moment(found.last_failure.failed_at))
      lines.push(h("p", { className: "notice notice-bad" }, texts.failed(found.failed), " ", ...last, " ", may && act(texts.retry, () => api.ask("POST", `${path}/webhook/retries`, {}), ({ queued }) => texts.queued(queued))))
    }
    state.replaceChildren(...lines)
  }

  function act(label, ask, done) {
    const button = h("button", { className: "button", type: "button", onclick: go }, label)
    async function go() {
      button.disabled = true
      try {
        const answer = await ask()
        show((await api.get(`${path}/webhook`)).webhook)
        status.textContent = done(answer)
      } catch (error) {
        status.textContent = error.message
        button.disabled = false
      }
    }
    return button
  }

  return { node, show }
}
