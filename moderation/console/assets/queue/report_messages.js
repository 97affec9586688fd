// Texts about reports by readers.

const REASONS = {
  harassment: "insult or harassment",
  hate: "hate against a group",
  spam: "advertising or spam",
  personal_data: "private information",
  off_topic: "off topic",
  illegal: "illegal content",
  child_abuse: "sexual abuse of children",
  other: "something else",
}
const readers = (count) => (count === 1 ? "one reader" : `${count} readers`)

export const texts = {
  reason: (code) => REASONS[code] ?? code.replaceAll("_", " "),
  row: (count) => `Reported by ${count}`,
  summary: (count, status) => `Reported by ${readers(count)}${status === "approved" ? "; readers still see the comment. Approving keeps it." : "."}`,
  weight: (weight) => (weight === 0 ? "These reports do not count" : `Together they count ${weight}`),
  weightless: "does not count",
  weightHint: "A guest counts 1, a reader who is signed in 2. Guests of one network count once; banned readers, and those whose reports were all unfounded, count 0.",
  title: (count) => (count === 1 ? "One report" : count < 100 ? `${count} reports` : "The newest 100 reports"),
  guest: (key) => `Guest ${key}`,
  earlier: "of an earlier version",
  goodFaith: "Stated in good faith",
  explanation: "Why it is illegal",
  outcomes: { kept: "the comment was kept", removed: "the comment was removed", gone: "it was deleted before" },
}
