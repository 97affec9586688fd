// Texts of the console: those of all pages, and of the parts that have files of their own.

import { keyboard } from "./keyboard_messages.js"
import { author } from "../people/author_messages.js"
import { rules } from "../settings/rule_messages.js"
import { statistics } from "../reports/statistics_messages.js"

const words = (code) => code.charAt(0) + code.slice(1).toLowerCase().replaceAll("_", " ")

const some = (count, first) => first.map((name) => `“${name}”`).join(", ") + (count > first.length ? ` and ${count - first.length} more` : "")

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" })

const PAST = {
  approve: "approved",
  reject: "rejected",
  hold: "held",
  delete: "deleted",
  undo: "undid the decision on",
  redact: "redacted",
  escalate: "escalated",
}

/** Return a past decision as a phrase, such as "marked it as spam". */
const did = (outcome, what) => (outcome === "spam" ? `marked ${what} as spam` : `${PAST[outcome] ?? outcome} ${what}`)

const STATUSES = {
  held: "Held",
  approved: "Approved",
  rejected: "Rejected",
  spam: "Spam",
  deleted: "Deleted",
}

/** The texts of every part of the console, which several parts share. */
export const messages = {
  ...keyboard,
  ...author,
  ...rules,
  ...statistics,

  codeTitle: words,
  reasonTitle: words,
  status: (status) => STATUSES[status] ?? status,
  queueCount: (count) => (count >= 1000 ? "1,000+" : String(count || "")),

  onPost: "on",
  unnamedPost: (id) => `post ${id}`,
  fromPlatform: (platform) => `From another platform, by ${{ akismet: "Akismet’s protocol", coral: "Coral" }[platform] ?? platform}`,
  awaitsVerdict: (status) => (status === "held" ? "your decision is sent there" : "the decision goes there"),
  awaitsNone: "the platform waits for no decision",
  postTitle: (id) => `Post ${id}`,
  edited: (age) => `edited ${age}`,
  nothingFound: "The filters found nothing.",
  noticed: (count) => (count === 1 ? "One more finding, below its threshold" : `${count} more findings, below their thresholds`),
  score: (score, threshold) => `${score.toFixed(2)} ${score >= threshold ? "≥" : "<"} ${threshold.toFixed(2)}`,
  rule: "Rule",
  scoreLabel: (score, threshold) => `score ${score.toFixed(2)}, threshold ${threshold.toFixed(2)}`,
  tip: (cause) => `${words(cause.code)}: score ${cause.score.toFixed(2)}, threshold ${cause.threshold.toFixed(2)}`,
  history: "Decisions",
  byMachine: "the filters",
  byAuthor: "the author",
  bySite: "the main site",
  decided: (who, outcome) => (outcome === "undo" ? `${who} undid the previous decision` : `${who} ${did(outcome, "it")}`),
  withReason: (reason) => `as ${words(reason).toLowerCase()}`,

  past: {
    approve: (name) => `Approved ${name}’s comment`,
    reject: (name) => `Rejected ${name}’s comment`,
    spam: (name) => `Marked ${name}’s comment as spam`,
    escalate: (name) => `Escalated ${name}’s comment to a senior`,
  },
  undone: (status) => `Undone. It is ${words(status).toLowerCase()} again`,
  nothingToUndo: "There is nothing to undo in this session.",
  undo: "Undo",
  show: "Show it",
  retry: "Try again",
  dismiss: "Dismiss",
  conflict: (who, outcome, age, mine) =>
    `${who} ${did(outcome, "this comment")} ${age}. Your ${mine} was not recorded.`,
  mine: { approve: "approval", reject: "rejection", spam: "spam mark", escalate: "escalation", undo: "undo" },
  conflictStanding: (who, outcome, age) =>
    `${who} ${did(outcome, "this comment")} ${age}, while you had it open. Check it before you decide otherwise.`,
  notRecorded: (error) => (error.unsure ? error.message : `Not recorded. ${error.message}`),
  noAnswer: "No answer within 30 seconds. The change may have been recorded: check before you try again.",
  offline: "The service cannot be reached. Nothing was recorded.",
  loggedOut: "Your session has ended. Log in again to continue.",
  logIn: "Log in",
  failedTitle: "The queue could not be loaded",

  emptyHeld: "Nothing is waiting",
  emptyHeldText: "New comments that need a decision appear here automatically.",
  emptyOther: (queue, label) => (queue === "mine" ? "You have not decided anything yet" : `${label}: no comments`),
  emptyFiltered: "No comments match these filters",
  clearFilters: "Clear filters",
  session: (count) => (count === 1 ? "You decided one comment in this session." : `You decided ${count} comments in this session.`),

  more: "Load more",
  announceItem: (name, because) => `Comment by ${name}. ${because}`,

  rejectTitle: "Reason for the rejection",
  rejectHint: "The author reads the sentence below the reason. The note is for moderators only.",
  suggested: "suggested",
  note: "Note for other moderators",
  helpTitle: "Keyboard",
  close: "Close",
  themes: { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" },
  loading: "Loading …",
  folded: (cause) => `Folded: ${words(cause.code).toLowerCase()}, score ${cause.score.toFixed(2)}. It may be distressing to read.`,
  foldedRow: "Folded, severe",
  reveal: "Show it",
  escalatedChip: "Escalated",
  forSenior: "This comment was escalated. A senior or an admin decides it.",
  repliesBelow: (count, status) =>
    status === "approved"
      ? `It has ${count === 1 ? "one published reply" : `${count} published replies`}. Rejecting this comment leaves ${count === 1 ? "it" : "them"} in place.`
      : `It has ${count === 1 ? "one published reply" : `${count} published replies`}; readers see a placeholder above ${count === 1 ? "it" : "them"}.`,
  takenBy: (name, until) => `${name} is looking at this comment until ${clock.format(new Date(until))}. Until then only ${name} can decide it.`,
  lookedAtBy: (name) => `${name} is looking at it.`,
  pending: (count) => `The service cannot be reached. ${count === 1 ? "One decision waits" : `${count} decisions wait`} here and will be sent.`,
  sent: "Connected again. Everything is recorded.",

  selected: "selected",
  decideAll: "Decide all …",
  decideSelected: (count) => `Decide ${count} …`,
  undoAll: "Undo all",
  bulkTitle: (count) => (count === 1 ? "Decide one comment" : `Decide ${count >= 1000 ? "1,000 or more" : count} comments`),
  bulkHint: (shown, count) => (shown < count ? `A random sample of ${shown}:` : "The selected comments:"),
  bulkApprove: "Approve all",
  bulkReject: "Reject all",
  bulkSpam: "Mark all as spam",
  bulkDone: {
    approve: (count) => `Approved ${count}`,
    reject: (count) => `Rejected ${count}`,
    spam: (count) => `Marked ${count} as spam`,
  },
  leftAlone: (count) => `· ${count} skipped: claimed by a colleague or waiting for a senior`,
  batchUndone: (count) => `Undid ${count} decisions`,

  staff: "Staff",
  verified: "Verified",
  signedIn: "Signed in",
  signedInHint: "The site named this author: one account under any name.",
  answerTitle: (name) => `Answer ${name} as staff`,
  answerText: "Your answer",
  answerHint: "Published at once, under the name in your account. Markdown works.",
  answerSend: "Publish",
  answered: "Your answer is published",
  answerFirst: "Readers cannot see this comment yet. Approve it, then answer.",
  latest: "Latest comments",
  thread: "In the thread",
  here: "wrote this comment",
  revisions: "Earlier versions",


  takeOver: "Take over",
  takeOverNote: (name) => `Reason for taking over from ${name}`,
  takenOver: "You have taken it over.",
  postRules: "rules of this article",
  feature: "Feature",
  featured: "Featured",
  isFeatured: "The comment is featured",
  isUnfeatured: "The comment is no longer featured",
  redactedChip: "Redacted",
  redact: "Redact",
  redactTitle: "Redact words for good",
  redactHint: "Redacted words are erased and cannot be restored. The comment keeps its status; its author sees that it was redacted.",
  redactWords: "Words of the comment: choose those to redact",
  redactNow: (count) => (count === 0 ? "Choose words" : count === 1 ? "Redact one word for good" : `Redact ${count} words for good`),
  redacted: "The words are redacted",
  keep: "Cancel",

  settingName: (name) => words(name.toUpperCase()),
  entriesChanged: {
    added: (count, first) => `added ${some(count, first)}`,
    removed: (count, first) => `removed ${some(count, first)}`,
    changed: (count, first) => `changed ${some(count, first)}`,
  },
  entriesNow: (count) => (count === 1 ? "one entry now" : `${count} entries now`),
  searching: "Searching…",
  nothingYet: "No match so far",
  searchedTo: (day) => `Searched comments up to ${day}.`,
  searchFurther: "Search further",
  noEntries: "No entries match.",
  noEntriesYet: "No match so far: load more to search further back.",
}
