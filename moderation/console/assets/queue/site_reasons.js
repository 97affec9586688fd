// The reasons of a site, as its moderators choose them: loaded once, and again after a minute.

import { messages } from "../lib/messages.js"

/** Where the service cannot be reached: it accepts these on every site. */
const BUILT_IN = "OFFENSIVE ABUSIVE HARASSMENT HATE THREAT OFF_TOPIC MISINFORMATION PERSONAL_DATA ILLEGAL AD SPAM BANNED_WORD OTHER"
const FRESH = 60_000
const known = new Map()

/** Return a site's reasons; load them ahead of the dialog, so that its keys work at once. */
export function reasonsOf(api, site) {
  const kept = known.get(site)
  if (kept && Date.now() - kept.at < FRESH) return kept.reasons
  const reasons = api.get(`/sites/${encodeURIComponent(site)}/reasons`).then(
    (answer) => answer.reasons.map((reason) => ({ ...reason, label: messages.reasonLabel(reason.code, reason.label) })),
    () => {
      known.delete(site)
      return BUILT_IN.split(" ").map((code) => ({ code, label: messages.reasonTitle(code), kind: code, sentence: "" }))
    },
  )
  known.set(site, { at: Date.now(), reasons })
  return reasons
}
