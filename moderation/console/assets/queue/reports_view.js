// Reports by readers: a line with the comment, and each report in its context.

import { h } from "../lib/dom.js"
import { moment } from "../lib/dates.js"
import { messages } from "../lib/messages.js"
import { texts } from "./report_messages.js"

/** Return the chip of a row in the list; null for a comment without open reports. */
export function reportedChip({ reported }) {
  return reported && h("span", { className: "chip chip-caution", title: reasons(reported) }, texts.row(reported.count))
}

/** Return the line with the number of readers who reported a comment, and their reasons. */
export function reportedLine({ reported, comment }) {
  if (!reported) return null
  return h(
    "div",
    { className: "notice notice-caution reported", data: { reported: "" } },
    h("p", {}, texts.summary(reported.count, comment.status)),
    h("p", {}, reported.reasons.map(({ code, count }) => h("span", { className: "chip" }, count > 1 ? `${texts.reason(code)} · ${count}` : texts.reason(code)))),
    h("details", { className: "reported-weight" }, h("summary", {}, texts.weight(reported.weight)), h("p", {}, texts.weightHint)),
  )
}

/** Return the reports of a comment as a section of its context; null without any. */
export function reportsSection(full) {
  if (full.reports.length === 0) return null
  return h(
    "section",
    { className: "context", data: { context: "reports" } },
    h("h2", {}, texts.title(full.reports.length)),
    h("ol", { className: "reports" }, full.reports.map((report) => entry(report, full.comment.revision))),
  )
}

function entry(report, revision) {
  const { by } = report
  const chips = [
    h("span", { className: "chip chip-caution" }, texts.reason(report.reason)),
    report.weight === 0 && h("span", { className: "chip", title: texts.weightHint }, texts.weightless),
    report.revision < revision && h("span", { className: "chip" }, texts.earlier),
    report.good_faith && h("span", { className: "chip" }, texts.goodFaith),
    report.outcome && h("span", { className: "chip" }, texts.outcomes[report.outcome] ?? report.outcome),
  ]
  return h(
    "li",
    { className: "said", data: { report: report.id } },
    h("span", { className: "said-head" }, h("b", {}, by.name || texts.guest(by.key)), by.email && h("span", {}, by.email), moment(report.created_at), chips.filter(Boolean)),
    report.text && h("p", { dir: "auto" }, report.text),
    report.explanation && h("p", { className: "muted" }, texts.explanation(h("span", { className: "explained", dir: "auto" }, report.explanation))),
  )
}

const reasons = (reported) => messages.commas(reported.reasons.map(({ code, count }) => `${texts.reason(code)} ${count}`))
