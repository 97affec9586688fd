// An author's personal data, for admins: export, erasure, and the time to withdraw it.

import { confirm } from "../lib/dialogs.js"
import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { people } from "./messages.js"

/** Build the section; `done` is called after an erasure at once. */
export function personalData(api, { site, key, toasts, done }) {
  const path = `/sites/${encodeURIComponent(site)}/authors/${encodeURIComponent(key)}`
  const state = h("div", { className: "data-actions", ariaBusy: "true" })
  const file = (format, label) => h("a", { className: "button", href: `/api/v1/review${path}/data?format=${format}`, download: "" }, label)

  const change = async (act) => {
    // A second click must not ask twice.
    if (state.ariaBusy === "true") return
    state.ariaBusy = "true"
    try {
      await act()
    } catch (error) {
      toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
    }
    state.removeAttribute("aria-busy")
  }

  const request = (now) =>
    change(async () => {
      const title = now ? people.eraseNowTitle : people.eraseTitle
      if (!(await confirm(title, now ? people.eraseNowText : people.eraseText, now ? people.eraseNowYes : people.eraseYes))) return
      const { pending } = await api.ask("POST", `${path}/erasure`, { now })
      show(pending)
      toasts.show(now ? people.erased : people.eraseRequested)
      if (now) done()
    })

  const withdraw = ({ id }) =>
    change(async () => {
      await api.ask("DELETE", `/sites/${encodeURIComponent(site)}/erasures/${id}`)
      show(null)
      toasts.show(people.eraseWithdrawn)
    })

  const show = (pending) => {
    const now = h("button", { className: "button button-danger", type: "button", onclick: () => request(true) }, people.eraseNow)
    const parts = pending
      ? [h("p", { className: "notice notice-bad" }, people.eraseWaits(pending)), h("button", { className: "button", type: "button", onclick: () => withdraw(pending) }, people.eraseKeep), now]
      : [h("button", { className: "button", type: "button", onclick: () => request(false) }, people.erase), now]
    state.replaceChildren(...parts)
  }

  api.ask("GET", `${path}/erasure`).then(
    ({ pending }) => {
      show(pending)
      state.removeAttribute("aria-busy")
    },
    (error) => state.replaceChildren(h("p", { className: "notice notice-bad", role: "alert" }, error.message)),
  )
  return h("section", { className: "context" }, h("h2", {}, people.personalData), h("p", { className: "data-actions" }, file("json", people.exportJson), file("html", people.exportPage)), state)
}
