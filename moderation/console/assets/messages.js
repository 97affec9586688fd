// Everything the console says, in one place.

const words = (code) => code.charAt(0) + code.slice(1).toLowerCase().replaceAll("_", " ")

const PAST = {
  approve: "approved",
  reject: "rejected",
  spam: "marked as spam",
  hold: "held",
  delete: "deleted",
  undo: "undid the decision on",
}

export const QUEUES = {
  held: "Held",
  approved: "Approved",
  rejected: "Rejected",
  spam: "Spam",
  deleted: "Deleted",
}

export const messages = {
  codeTitle: words,
  reasonTitle: words,
  status: (status) => QUEUES[status] ?? status,

  onPost: "on",
  unnamedPost: (id) => `post ${id}`,
  replyTo: "a reply",
  edited: (age) => `edited ${age}`,
  nothingFound: "The filters found nothing.",
  noticed: (count) => (count === 1 ? "One more finding, below its threshold" : `${count} more findings, below their thresholds`),
  score: (score, threshold) => `${score.toFixed(2)} ${score >= threshold ? "≥" : "<"} ${threshold.toFixed(2)}`,
  rule: "rule",
  scoreLabel: (score, threshold) => `score ${score.toFixed(2)}, threshold ${threshold.toFixed(2)}`,
  tip: (cause) => `${words(cause.code)}: score ${cause.score.toFixed(2)}, threshold ${cause.threshold.toFixed(2)}`,
  history: "Decisions so far",
  byMachine: "the filters",
  byAuthor: "the author",
  bySite: "the main site",
  decided: (who, outcome) => (outcome === "undo" ? `${who} undid the decision before` : `${who} ${PAST[outcome] ?? outcome} it`),
  withReason: (reason) => `as ${words(reason).toLowerCase()}`,

  approved: (name) => `Approved ${name}’s comment`,
  rejected: (name) => `Rejected ${name}’s comment`,
  spammed: (name) => `Marked ${name}’s comment as spam`,
  undone: (status) => `Undone. It is ${words(status).toLowerCase()} again`,
  nothingToUndo: "There is nothing to undo in this session.",
  undo: "Undo",
  show: "Show it",
  retry: "Try again",
  dismiss: "Dismiss",
  conflict: (who, outcome, age, mine) =>
    `${who} ${PAST[outcome] ?? outcome} this comment ${age}. Your ${mine} was not recorded.`,
  mine: { approve: "approval", reject: "rejection", spam: "spam mark" },
  conflictStanding: (who, outcome, age) =>
    `${who} ${PAST[outcome] ?? outcome} this comment ${age}, while you had it open. Look again before you decide otherwise.`,
  notRecorded: (why) => `Not recorded. ${why}`,
  offline: "The service cannot be reached. Nothing was recorded.",
  loggedOut: "Your session has ended. Log in again to go on.",
  logIn: "Log in",
  failedTitle: "The queue could not be loaded",

  emptyHeld: "Nothing is waiting",
  emptyHeldText: "New comments that need a person appear here by themselves.",
  emptyOther: (status) => `No ${words(status).toLowerCase()} comments`,
  emptyFiltered: "Nothing here with these filters",
  clearFilters: "Clear filters",
  session: (count) => (count === 1 ? "You decided one comment in this sitting." : `You decided ${count} comments in this sitting.`),

  more: "Load more",
  position: (index, count) => `${index} of ${count}`,
  announceItem: (name, because) => `Comment by ${name}. ${because}`,

  rejectTitle: "Reject because it is",
  suggested: "suggested",
  note: "Note for other moderators",
  helpTitle: "Keys",
  close: "Close",
  themes: { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" },
}
