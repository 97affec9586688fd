// Texts of the queue: its list, filters, menu and decisions about many.

import { capped, dates, strings, t, text } from "../lib/language.js"

const clock = dates({ timeStyle: "short" })
const queue = strings("queue")

export const texts = {
  ...queue,
  position: text("queue.position", "index", "count"),
  filters: Object.fromEntries(Object.keys(queue.filters).map((name) => [name, text(`queue.filters.${name}`, "value")])),
  removeFilter: text("queue.removeFilter", "filter"),
  openedBy: text("queue.openedBy", "name"),
  openedAllOthers: text("queue.openedAllOthers", "name"),
  colleagueHas: (name, author, mine, until) => `${t("queue.colleagueHas", { name, author, time: clock.format(new Date(until)) })} ${strings("common.mineNotRecorded")[mine]}`,
  allTaken: text("queue.allTaken", "n"),
  selectOf: text("queue.selectOf", "name"),
  selectedCount: text("queue.selectedCount", "n"),
  likeThis: text("queue.likeThis", "n"),
  linkByHand: text("queue.linkByHand", "link"),
  alikeHere: text("queue.alikeHere", "n"),
  alike: ({ held, approved, more }) => {
    const end = more ? "OrMore" : ""
    if (held > 0 && approved > 0) return t(`queue.alikeBoth${end}`, { n: held + approved, waiting: held, approved })
    return t(`queue.${approved > 0 ? "alikeApproved" : "alikeWaiting"}${end}`, { n: held + approved })
  },
  togetherHint: (approved) => (approved > 0 ? t("queue.togetherPublished", { n: approved }) : queue.togetherAllWaiting),
  sureText: (count) => capped("queue.sureText", count),
  sureYes: {
    approve: (count) => capped("queue.sureApprove", count),
    reject: (count) => capped("queue.sureReject", count),
    spam: (count) => capped("queue.sureSpam", count),
  },
  cancel: strings("common").cancel,
  answered: text("queue.answersParent", "name"),
  fromHost: text("queue.fromHost", "host"),
}
