// Decisions on the author's page: each comment has the decisions that its status leaves.

import { h, icon } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { askReason } from "../queue/reject_dialog.js"
import { reasonsOf } from "../queue/site_reasons.js"

const CHOICES = { held: ["approve", "reject", "spam"], approved: ["reject", "spam"], rejected: ["approve"], spam: ["approve"] }
const LOOKS = { approve: ["check", "good"], reject: ["cross", "bad"], spam: ["spam", "caution"] }

/** Return the buttons for an item; `refresh(item)` shows its new state. */
export function historyActions(item, { api, toasts, refresh }) {
  const { comment } = item
  const choices = item.may_decide ? (CHOICES[comment.status] ?? []) : []
  if (choices.length === 0) return null
  // Loaded ahead of the dialog, so that its keys work at once.
  if (choices.includes("reject")) reasonsOf(api, comment.site)
  const again = async () => refresh(await api.item(comment.id))
  const undo = async (decision) => {
    try {
      await api.undo(decision.id)
      await again()
      toasts.show(messages.undone(comment.status))
    } catch (error) {
      toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
    }
  }
  const decide = async (outcome) => {
    const choice = outcome === "reject" ? await askReason(api, item) : {}
    if (!choice) return
    try {
      const decision = await api.decide(comment.id, { outcome, version: item.version, ...choice })
      await again()
      toasts.show(messages.past[outcome](comment.author.name), { label: messages.undo, act: () => undo(decision) })
    } catch (error) {
      toasts.show(messages.notRecorded(error), { tone: "bad", stays: true })
      // A colleague was faster: show the comment as it is now.
      if (error.status === 409) await again().catch(() => {})
    }
  }
  return h(
    "p",
    { className: "history-actions", role: "group", ariaLabel: messages.decideOn(comment.text.slice(0, 40)) },
    choices.map((outcome) => {
      const [sign, tone] = LOOKS[outcome]
      const button = h("button", { className: `button button-${tone}`, type: "button", data: { decide: outcome } }, icon(sign), messages.keyLabels[outcome])
      button.addEventListener("click", async () => {
        if (button.ariaDisabled === "true") return
        button.ariaDisabled = "true"
        await decide(outcome)
        button.removeAttribute("aria-disabled")
      })
      return button
    }),
  )
}
