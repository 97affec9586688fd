// Severe comments are folded behind one line until the moderator unfolds them.

const STORE = "moderation.fold"
const SEVERE = new Set(["PROFANITY", "IDENTITY_ATTACK", "THREAT", "SEVERE_TOXICITY", "SEXUALLY_EXPLICIT"])
const FROM = 0.9

export const folding = {
  get on() {
    return localStorage.getItem(STORE) !== "off"
  },
  toggle() {
    localStorage.setItem(STORE, this.on ? "off" : "on")
    return this.on
  },
}

/** Return the finding for which a comment is folded, if there is one. */
export function severe(item) {
  if (!folding.on) return null
  return item.reasons.find(({ code, score }) => SEVERE.has(code) && score >= FROM) ?? null
}
