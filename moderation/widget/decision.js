// Why a comment of the reader's own is not published, and the appeal against that.

import { openDialog } from "./dialog.js"
import { button, h, labelled } from "./dom.js"

/** Add the reason below the status of an own comment, and what its author can do. */
export function decision(thread, view, state) {
  const { messages, own, service } = thread
  const token = own.token(view.id)
  const done = () => view.update({ decision: { ...view.comment.decision, appeal: "pending" } })
  const { language } = view.comment.decision
  // The service knows the browser's language; this page may be in another one.
  if (!language || language === messages.lang) return explained(thread, view.comment, token, state, done)
  const path = `api/v1/comments/${view.id}?lang=${messages.lang}`
  service.send(path, "GET", "", { "X-Edit-Token": token }, true).then(
    ({ decision }) => decision && explained(thread, { ...view.comment, decision }, token, state, done),
    () => explained(thread, view.comment, token, state, done),
  )
}

/** Add the reason below the message of a comment that was refused at once. */
export function refused(thread, { ban, comment, edit_token }, problem) {
  const { t, messages } = thread
  if (ban?.until) problem.append(" ", t("until", { date: messages.exact(Date.parse(ban.until)) }))
  if (ban?.reason) problem.append(" ", t("reason", { reason: ban.reason }))
  if (!comment?.decision) return
  const last = h("span", {})
  problem.append(last)
  const decided = { ...comment.decision, sentence: "", ban_reason: "", until: ban ? null : comment.decision.until }
  const done = () => last.parentNode.replaceChildren(t("pending"))
  explained(thread, { ...comment, decision: decided }, edit_token, last, done)
}

function explained(thread, { id, decision: { sentence, by, until, ban_reason, appeal, outcome } }, token, place, done) {
  const { t, messages } = thread
  const words = [sentence, t(by === "rule" ? "byRule" : "byPerson")]
  if (ban_reason) words.push(t("reason", { reason: ban_reason }))
  if (until) words.push(t("until", { date: messages.exact(Date.parse(until)) }))
  if (outcome?.result === "overturn") words.splice(0, words.length, t("overturned"))
  else if (appeal === "pending" || appeal === "decided") words.push(t(appeal))
  if (outcome) words.push(outcome.sentence)
  const ask = appeal === "possible" && button(t("appeal"), () => open(), "quiet appeal")
  place.after(h("p", { className: "why muted" }, words.join(" ").trim()), ask || "")
  const open = () => {
    const text = h("textarea", { rows: 5 })
    openDialog(thread, {
      title: t("appeal"),
      words: t("appealOnce"),
      send: t("sendAppeal"),
      fields: [labelled(t("appealText"), text)],
      check: () => !text.value.trim() && [text, "badText"],
      async act() {
        const body = JSON.stringify({ text: text.value.trim() })
        const { service } = thread
        await service.send(`${service.site}/comments/${id}/appeals`, "POST", body, { "X-Edit-Token": token })
        done()
        return t("appealed")
      },
    })
  }
}
