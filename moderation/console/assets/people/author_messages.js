// Texts about an author: the card, the page, notes and bans.

import { commas, dates, nodes, strings, t, text } from "../lib/language.js"

const format = dates({ dateStyle: "medium" })
const day = (iso) => format.format(new Date(iso))
const given = strings("author")

export const author = {
  ...given,
  authorTitle: text("author.title", "name"),
  authorOpen: given.open,
  authorPage: given.page,
  alsoAs: (names) => t("author.alsoAs", { names: commas(names) }),
  onSite: text("author.onSite", "site"),
  queueOf: text("author.queueOf", "n"),
  decideOn: text("author.decideOn", "beginning"),
  authorLine: ({ counts: { approved, rejected, spam, held }, first_seen: since }) =>
    t(since ? "author.countsSince" : "author.counts", { approved, rejected: rejected + spam, held, day: since && day(since) }),
  noteBy: ({ by, text: note }) => t("author.noteBy", { name: by, text: note }),
  standingBy: (name, when) => nodes("author.standingBy", { name, when }),
  settled: (standing) => given.settled[standing ?? "ordinary"],
  approvedCount: given.approved,
  rejectedCount: given.rejected,
  waitingCount: given.waiting,
  days: (n) => (n === 0 ? given.forGood : t("author.days", { n })),
  alsoReject: text("author.alsoReject", "n"),
  bannedAndRejected: text("author.bannedAndRejected", "n"),
  bannedUntil: ({ until, reason }) => t(`author.${until ? "bannedUntil" : "bannedForGood"}${reason ? "Why" : ""}`, { day: until && day(until), reason }),
}
