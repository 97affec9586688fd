// The dialog in which a moderator replies to a reader as staff.

import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { field, submits } from "../lib/dialogs.js"

export function answerAsStaff(api, item, toasts) {
  const { id, author, status } = item.comment
  if (status !== "approved") {
    toasts.show(messages.answerFirst, { tone: "bad" })
    return
  }
  // The same for every attempt, so that a retry after a lost response is not published twice.
  const key = { "Idempotency-Key": `"${crypto.randomUUID()}"` }
  const text = h("textarea", { name: "text", required: true, maxLength: 10_000, rows: 6, dir: "auto" })
  const form = h("form", { className: "sheet-form" }, field(messages.answerText, text, messages.answerHint), h("div", { className: "dialog-foot" }, h("button", { className: "button button-primary", type: "submit" }, messages.answerSend)))
  const dialog = open(messages.answerTitle(author.name), form, { wide: true })
  text.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.requestSubmit())
  submits(form, async () => {
    await api.ask("POST", `/comments/${id}/replies`, { text: text.value.trim() }, key)
    dialog.close()
    toasts.show(messages.answered)
  })
  text.focus()
}
