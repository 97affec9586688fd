// One row of the list: a checkbox, and a button with the reason, the author, the age and the words.

import { h, icon } from "../lib/dom.js"
import { messages } from "../lib/messages.js"
import { moment } from "../lib/dates.js"
import { severe } from "./content_folding.js"
import { isTaken } from "./free_items.js"
import { headline } from "./reasons_order.js"
import { reportedChip } from "./reports_view.js"
import { texts } from "./messages.js"
import { titleOf } from "../lib/site_titles.js"

const FIRST_WORDS = 90

/** Return what a row shows besides the selection: a change of it makes a new row. */
export const rowKey = ({ item, alike, group, open }, queue) =>
  [item.comment.id, item.version, item.reported?.count ?? "", isTaken(item) ? item.claim.by : "", queue.isSkipped(item), group ? `${alike.length}${open}` : ""].join(".")

export function row({ item, alike, group, open, within }, queue, unfold) {
  const { comment, reasons, claim } = item
  const first = headline(reasons)
  const site = queue.filters.site ? "" : titleOf(comment.site)
  return h(
    "li",
    { className: within ? "is-within" : "" },
    h("label", { className: "pick" }, h("input", { type: "checkbox", data: { pick: comment.id }, ariaLabel: texts.selectOf(comment.author.name) })),
    h(
      "button",
      { className: `row${queue.isSkipped(item) ? " is-skipped" : ""}`, type: "button", data: { id: comment.id } },
      h(
        "span",
        { className: "row-top" },
        first && h("span", { className: `chip chip-${first.outcome === "reject" ? "bad" : "caution"}` }, messages.codeTitle(first.code)),
        reportedChip(item),
        comment.escalated_at && h("span", { className: "chip chip-caution", title: messages.escalatedChip }, icon("up")),
        h("span", { className: "visually-hidden", data: { selected: "" } }),
        h("span", { className: "row-author" }, comment.author.name),
        moment(comment.created_at, { className: "row-age" }),
      ),
      h(
        "span",
        { className: "row-words", dir: "auto" },
        isTaken(item) && h("b", {}, `${messages.lookedAtBy(claim.by)} `),
        queue.isSkipped(item) && h("b", {}, `${texts.skipped} · `),
        site && [h("span", { className: "row-site" }, site), " · "],
        severe(item) ? messages.foldedRow : words(comment.text),
      ),
    ),
    group && h("button", { className: "row-more", type: "button", ariaExpanded: String(open), onclick: unfold }, icon(open ? "prev" : "next"), open ? texts.hideLike : texts.likeThis(alike.length)),
  )
}

const words = (text) => Array.from(text.replace(/\s+/g, " ")).slice(0, FIRST_WORDS).join("")
