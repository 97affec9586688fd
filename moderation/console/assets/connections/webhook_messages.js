// Texts of the part about webhook endpoints and their deliveries.

import { dates, nodes, strings, t, text } from "../lib/language.js"

const clock = dates({ dateStyle: "medium", timeStyle: "short" })
const at = (iso) => clock.format(new Date(iso))
const given = strings("webhooks")
const { all, ...states } = given.states
const TONES = { waiting: "chip-caution", delivered: "chip-good", failed: "chip-bad" }

export const webhooks = {
  ...given,
  since: (when) => nodes("webhooks.since", { when }),
  paused: (iso) => t("webhooks.paused", { when: at(iso) }),
  logOf: text("webhooks.logOf", "address"),
  testAt: text("webhooks.testAt", "address"),
  editOf: text("webhooks.editOf", "address"),
  rotateOf: text("webhooks.rotateOf", "address"),
  endRotationOf: text("webhooks.endRotationOf", "address"),
  secretOf: text("webhooks.secretOf", "address"),
  offOf: text("webhooks.offOf", "address"),
  onOf: text("webhooks.onOf", "address"),
  removeOf: text("webhooks.removeOf", "address"),
  removeTitle: text("webhooks.removeTitle", "address"),
  states: { "": all, ...states },
  outcomes: Object.fromEntries(Object.entries(states).map(([state, label]) => [state, [label, TONES[state]]])),
  columns: Object.values(given.columns),
  latency: text("webhooks.latency", "n"),
  attempts: (n, next) => t(next ? "webhooks.attemptsNext" : "webhooks.attempts", { n, when: next && at(next) }),
  redeliverOf: text("webhooks.redeliverOf", "type", "end"),
  queued: (n) => (n === 0 ? given.nothingToSend : t("webhooks.queued", { n })),
}
