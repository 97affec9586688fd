// Texts of the page of appeals.

import { commas, nodes, strings, t, text } from "../lib/language.js"

export const words = {
  ...strings("appeals"),
  byPerson: (name, outcome) => t(outcome === "spam" ? "appeals.markedSpam" : "appeals.rejected", { name }),
  reason: text("appeals.reason", "label"),
  reads: (sentence) => nodes("appeals.reads", { sentence }),
  note: text("appeals.note", "text"),
  codes: (list) => t("appeals.codes", { findings: commas(list) }),
  banned: (reason) => t(reason ? "appeals.bannedWhy" : "appeals.banned", { reason }),
  bannedUntil: (when) => nodes("appeals.bannedUntil", { when }),
  below: text("appeals.below", "n"),
  byWhom: text("appeals.byWhom", "name"),
  toAuthor: text("appeals.toAuthor", "text"),
}
