// Texts of the queue: its list, filters, menu and decisions about many.

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" })
const many = (count) => (count >= 1000 ? "1,000 or more" : String(count))
const comments = (count) => (count === 1 ? "one comment" : `${many(count)} comments`)

export const texts = {
  position: (index, count) => `${index} of ${count}`,
  filters: {
    site: (title) => `Site: ${title}`,
    author: (name) => `Author: ${name}`,
    post: (title) => `Post: ${title}`,
    reason: (reason) => `Reason: ${reason}`,
    score_from: (score) => `Score from ${score}`,
    score_to: (score) => `Score up to ${score}`,
    age: (age) => age,
    q: (words) => `Search: ${words}`,
  },
  removeFilter: (filter) => `Remove the filter ${filter}`,
  clearFilters: "Clear all",
  oneAuthor: "one author",
  skipped: "skipped",
  nowSkipped: "Skipped for this session. Previous goes back to it.",
  openedBy: (name) => `${name} has just opened that comment; here is the next one.`,
  openedAllOthers: (name) => `${name} has just opened that comment; no other one is free.`,
  colleagueHas: (name, author, mine, until) => `${name} is looking at ${author}’s comment until ${clock.format(new Date(until))}. Your ${mine} was not recorded.`,
  allTaken: (count) => (count === 1 ? "A colleague is looking at the last comment" : `Colleagues are looking at the ${count} comments left`),
  allTakenText: "A comment that becomes free appears here by itself. To see one now, choose it in the list.",

  selectOf: (name) => `Select ${name}’s comment`,
  selectedCount: (count) => `${count} selected`,
  likeThis: (count) => (count === 1 ? "1 more like this" : `${count} more like this`),
  hideLike: "Show only the first",

  menu: {
    answer: "Answer as staff",
    note: "Note about the author",
    ban: "Ban the author",
    feature: "Feature",
    unfeature: "No longer feature",
    together: "Decide with those like it",
    copy: "Copy link",
    redact: "Redact …",
  },
  linkCopied: "The link is copied",
  linkByHand: (link) => `Copy it by hand: ${link}`,

  alikeHere: (count) => (count === 1 ? "One other comment in this list reads like this." : `${count} other comments in this list read like this.`),
  alike: ({ held, approved, more }) => {
    const parts = [held > 0 && `${held} waiting`, approved > 0 && `${approved} published`].filter(Boolean)
    const count = `${held + approved}${more ? " or more" : ""}`
    return `${count} ${held + approved === 1 ? "other comment reads" : "other comments read"} like this: ${parts.join(", ")}.`
  },
  together: "Decide together …",
  togetherHint: (approved) => (approved > 0 ? `Published ones are among them (${approved}): rejecting takes them down.` : "All of them are waiting."),
  noneAlike: "No other comment reads like this one.",

  bulkReason: "Reason, if you reject",
  bulkNote: "Note for other moderators",
  sureTitle: { approve: "Approve everything?", reject: "Reject everything?", spam: "Mark everything as spam?" },
  sureText: (count) => `No filter is set. This decides ${comments(count)}: all that wait here, for every reason and on every article.`,
  sureYes: {
    approve: (count) => `Approve ${comments(count)}`,
    reject: (count) => `Reject ${comments(count)}`,
    spam: (count) => `Mark ${comments(count)} as spam`,
  },
  cancel: "Cancel",

  answered: (name) => `Answers ${name}:`,
  fromHost: (host) => `a page of ${host}`,
  fromElsewhere: "a page elsewhere",
}
