// Texts of the rules of sites, sections and posts.

import { commas, dates, named, nodes, strings, t, text } from "../lib/language.js"

const clock = dates({ timeStyle: "short" })
const format = dates({ dateStyle: "medium" })
const day = (iso) => format.format(new Date(iso))
const given = strings("rules")

export const rules = {
  ...given,
  strictScores: (n, until) => t(until ? "rules.strictScoresUntil" : "rules.strictScores", { n, day: until && day(until) }),
  filterName: (name) => named("common.filters", name),
  removeSection: text("rules.removeSection", "prefix"),
  rulesChanged: (who, names) => t("rules.changedMeanwhile", { who: who || given.anotherModerator, names: commas(names.map((name) => named("rules.names", name))) }),
  closes: (at) => t("rules.closes", { day: day(at), time: clock.format(new Date(at)) }),
  openedAt: (when) => nodes("rules.opened", { when }),
}
