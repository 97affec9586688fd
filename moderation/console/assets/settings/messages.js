// Texts of the page of a site's settings.

import { decimal, labelled, named, nodes, strings, t, text } from "../lib/language.js"

const given = strings("settings")
/** Return the labels of a choice whose default is the empty value. */
const choice = (labels) => Object.fromEntries(Object.entries(labels).map(([name, label]) => [name === "default" ? "" : name, label]))
const { default: usual, on, off } = given.reportsTaken

export const words = {
  ...given,
  ...labelled("settings.fields"),
  thresholds: labelled("settings.thresholds"),
  entries: (n, twice) => {
    if (n === 0) return given.noEntries
    const entries = t("settings.entries", { n })
    return twice > 0 ? t("settings.entriesTwice", { entries, duplicates: t("settings.duplicates", { n: twice }) }) : entries
  },
  line: text("settings.line", "n"),
  entry: text("settings.entry", "n"),
  findIn: text("settings.findIn", "label"),
  addTo: text("settings.addTo", "label"),
  take: text("settings.take", "entry"),
  unsaved: (n) => (n === 0 ? "" : t("settings.unsaved", { n })),
  wrong: text("settings.wrong", "n"),
  both: text("settings.both", "who"),
  conflict: text("settings.conflict", "who", "n"),
  theirs: text("settings.theirs", "who", "value"),
  theirEntries: (who, more, lacking) => [more > 0 && t("settings.theirEntriesMore", { who, n: more }), lacking > 0 && t("settings.theirEntriesLack", { who, n: lacking })].filter(Boolean).join(" ") || t("settings.theirEntriesOrder", { who }),
  takeTheirs: text("settings.takeTheirs", "who"),

  from: (score) => (score > 1 ? given.neverHolds : t("settings.holdsFrom", { score: decimal(score) })),
  usual: (score) => (score > 1 ? given.resetNever : t("settings.reset", { score: decimal(score) })),
  usualOf: (label, score) => t("settings.resetOf", { label, score: decimal(score) }),
  followsOf: (label, score) => t("settings.followsOf", { label, score: decimal(score) }),

  identities: choice(given.identities),
  algorithms: choice(given.algorithms),
  voteKinds: choice(given.voteKinds),
  workWhens: choice(given.workWhens),
  akismetToxics: choice(given.akismetToxics),
  reportsTaken: { "": usual, true: on, false: off },
  asDefault: text("settings.asDefault", "value"),

  webhook: {
    ...given.webhook,
    to: text("settings.webhook.to", "address"),
    off: (when) => nodes("settings.webhook.off", { when }),
    waiting: (n) => (n === 0 ? given.webhook.noneWaiting : t("settings.webhook.waiting", { n })),
    failed: text("settings.webhook.failed", "n"),
    last: (error, when) => nodes("settings.webhook.last", { error, when }),
    queued: (n) => (n === 0 ? given.webhook.nothingToSend : t("settings.webhook.queued", { n })),
  },

  tones: { approve: "good", hold: "caution", reject: "bad" },
  ofScore: (name) => named("common.filters", name),
  ofKind: (code) => named("common.reasons", code),
}
