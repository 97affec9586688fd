// Which of several findings names a comment in the list: the most specific one.

/** General findings, which name a comment only when there is no other. */
const GENERAL = ["TOXICITY", "SEVERE_TOXICITY", "BURST", "NEW_AUTHOR", "GUEST", "POST_PREMODERATED", "AUTHOR_PREMODERATED"]
/** Findings that name a comment before all others, the gravest first. */
const GRAVE = ["THREAT", "IDENTITY_ATTACK", "SEXUALLY_EXPLICIT"]

/** Return the finding that a chip names; undefined when nothing decided. */
export function headline(reasons) {
  const deciding = reasons.filter(({ outcome }) => outcome !== "approve")
  const refusing = deciding.filter(({ outcome }) => outcome === "reject")
  const among = refusing.length > 0 ? refusing : deciding
  const grave = GRAVE.map((code) => among.find((cause) => cause.code === code)).find(Boolean)
  return grave ?? among.find(({ code }) => !GENERAL.includes(code)) ?? among[0]
}
