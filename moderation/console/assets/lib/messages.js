// Texts of the console: those of all pages, and of the parts that have files of their own.

import { asWords, capped, commas, dates, decimal, LANGUAGE, named, nodes, number, strings, t, text } from "./language.js"
import { keyboard } from "./keyboard_messages.js"
import { author } from "../people/author_messages.js"
import { rules } from "../settings/rule_messages.js"
import { statistics } from "../reports/statistics_messages.js"

const clock = dates({ timeStyle: "short" })
const until = (iso) => clock.format(new Date(iso))
const common = strings("common")
const queue = strings("queue")
const finding = (code) => named("common.findings", code)

/** Return the text below a group for a code; for a code of a newer release the general one. */
const oneOf = (group, code, general, values) => t(`${group}.${code in strings(group) ? code : general}`, values)

/** Return why the machine decided: the service's own sentence is in English. */
function because({ because: sentence, reasons }) {
  if (!sentence || LANGUAGE === "en") return sentence
  const outcome = ["reject", "hold"].find((each) => reasons.some((cause) => cause.outcome === each)) ?? "approve"
  const deciding = reasons.filter((cause) => cause.outcome === outcome).map(({ code }) => finding(code))
  return t(`queue.because.${outcome}`, { findings: commas([...new Set(deciding)]) })
}

/** Return a reason's label: the site's own, or the built-in one, which the service has in English. */
function reasonLabel(code, label) {
  const builtIn = label === (code === "AD" ? "Advertising" : asWords(code))
  return builtIn ? named("common.reasons", code) : label
}

/** The texts of every part of the console, which several parts share. */
export const messages = {
  ...statistics,
  ...common,
  ...queue,
  ...keyboard,
  ...author,
  ...rules,

  codeTitle: finding,
  because,
  reasonLabel,
  reasonTitle: (code) => named("common.reasons", code),
  filterTitle: (code) => named("common.filters", code),
  status: (status) => named("common.statuses", status),
  queueCount: (count) => (count >= 1000 ? t("common.countOrMore", { n: 1000 }) : count ? number(count) : ""),

  unnamedPost: text("common.unnamedPost", "id"),
  postTitle: text("common.postTitle", "id"),
  postedOn: (when, post) => nodes("queue.postedOn", { when, post }),
  fromPlatform: (platform) => oneOf("queue.platforms", platform, "unknown", { platform }),
  awaitsVerdict: (status) => (status === "held" ? queue.awaitsHeld : queue.awaitsDecided),
  edited: text("queue.edited", "age"),
  noticed: text("queue.noticed", "n"),
  score: (score, threshold) => `${decimal(score)} ${score >= threshold ? "≥" : "<"} ${decimal(threshold)}`,
  rule: statistics.rule,
  scoreLabel: (score, threshold) => t("queue.scoreLabel", { score: decimal(score), threshold: decimal(threshold) }),
  tip: (cause) => t("queue.tip", { finding: finding(cause.code), score: decimal(cause.score), threshold: decimal(cause.threshold) }),
  filtersOf: queue.filterVersions,
  decided: (who, { outcome, reason, note }) => {
    const plain = oneOf("common.decided", outcome, "hold", { who })
    const decision = reason ? t("common.withReason", { decision: plain, reason: named("common.reasons", reason) }) : plain
    return note ? t("common.withNote", { decision, note }) : decision
  },

  past: Object.fromEntries(Object.keys(common.past).map((outcome) => [outcome, text(`common.past.${outcome}`, "name")])),
  undone: (status) => oneOf("common.undone", status, "held"),
  conflict: (who, outcome, age, mine) => `${oneOf("common.meanwhile", outcome, "hold", { who, age })} ${common.mineNotRecorded[mine]}`,
  conflictStanding: (who, outcome, age) => oneOf("common.whileOpen", outcome, "hold", { who, age }),
  notRecorded: (error) => (error.unsure ? error.message : t("common.notRecorded", { error: error.message })),
  failed: text("common.failed", "status"),

  emptyOther: (name, label) => (name === "mine" ? queue.emptyMine : t("queue.emptyOther", { queue: label })),
  clearFilters: queue.clearAllFilters,
  session: text("queue.session", "n"),
  announceItem: text("queue.announceItem", "name", "because"),
  folded: (cause) => t("queue.folded", { finding: finding(cause.code), score: decimal(cause.score) }),
  escalatedChip: queue.escalated,
  repliesBelow: (n, status) => t(status === "approved" ? "queue.repliesPublished" : "queue.repliesBelow", { n }),
  takenBy: (name, iso) => t("queue.takenBy", { name, time: until(iso) }),
  lookedAtBy: text("queue.lookedAtBy", "name"),
  pending: text("common.pending", "n"),

  decideSelected: text("queue.decideSelected", "n"),
  bulkTitle: (count) => capped("queue.bulkTitle", count),
  bulkHint: (shown, count) => (shown < count ? t("queue.bulkSample", { n: shown }) : queue.bulkSelected),
  bulkDone: Object.fromEntries(Object.keys(common.bulkDone).map((outcome) => [outcome, text(`common.bulkDone.${outcome}`, "n")])),
  leftAlone: text("queue.leftAlone", "done", "n"),
  batchUndone: text("common.batchUndone", "n"),

  answerTitle: text("queue.answerTitle", "name"),
  here: (name) => nodes("queue.wroteThis", { name }),
  takeOverNote: text("queue.takeOverNote", "name"),
  redactNow: (n) => (n === 0 ? queue.redactNone : t("queue.redactNow", { n })),
  keep: common.cancel,
  searchedTo: text("queue.searchedTo", "day"),
  commas,
}
