// Bulk decision: the dialog shows the count and five samples; one undo reverts all.

import { open } from "../lib/dialog.js"
import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"

/** Ask for the decision on a selection (ids or a query); resolves to the outcome, or null. */
export async function askBulk(api, selection) {
  const seen = await api.preview(selection)
  return new Promise((resolve) => {
    let chosen = null
    const choice = (outcome, label, tone) =>
      h("button", { className: `button button-${tone}`, type: "button", disabled: seen.count === 0, data: { outcome }, onclick: () => ((chosen = outcome), dialog.close()) }, label)
    const dialog = open(
      messages.bulkTitle(seen.count),
      [
        h("p", { className: "muted" }, messages.bulkHint(seen.samples.length, seen.count)),
        h("ol", {}, seen.samples.map(({ comment }) => h("li", { className: "said" }, h("span", { className: "said-head" }, h("b", {}, comment.author.name)), h("p", {}, comment.text)))),
        h("div", { className: "bulk-actions" }, choice("approve", messages.bulkApprove, "good"), choice("reject", messages.bulkReject, "bad"), choice("spam", messages.bulkSpam, "caution")),
      ],
      { wide: true },
    )
    dialog.addEventListener("close", () => resolve(chosen))
  })
}
