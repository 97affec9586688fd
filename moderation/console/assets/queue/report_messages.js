// Texts about reports by readers.

import { asWords, nodes, strings, t, text } from "../lib/language.js"

const reports = strings("queue.reports")

export const texts = {
  ...reports,
  // A site's own reason has no text here.
  reason: (code) => reports.reasons[code] ?? asWords(code).toLowerCase(),
  row: text("queue.reports.row", "n"),
  summary: (n, status) => t(status === "approved" ? "queue.reports.summaryPublished" : "queue.reports.summary", { n }),
  weight: (n) => (n === 0 ? reports.weightNone : t("queue.reports.weight", { n })),
  title: (n) => t(n < 100 ? "queue.reports.title" : "queue.reports.titleNewest", { n }),
  guest: text("queue.reports.guest", "key"),
  explanation: (shown) => nodes("queue.reports.explanation", { text: shown }),
}
