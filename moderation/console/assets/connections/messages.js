// Texts of the page of a site's connections.

import { commas, labelled, nodes, strings, t, text } from "../lib/language.js"

const given = strings("connections")
const added = (group) => (when) => nodes(`connections.${group}.added`, { when })
const TONES = { applied: "chip-good", failed: "chip-bad", refused: "chip-bad" }

export const words = {
  ...given,

  keys: {
    ...given.keys,
    services: labelled("connections.keys.services"),
    addTo: text("connections.keys.addTo", "service"),
    made: text("connections.keys.made", "service"),
    try: text("connections.keys.try", "service"),
    revokeOf: text("connections.keys.revokeOf", "end", "service"),
    revokeTitle: text("connections.keys.revokeTitle", "end"),
    added: added("keys"),
  },

  coral: { ...given.coral, added: added("coral") },

  incoming: {
    ...given.incoming,
    senders: labelled("connections.incoming.senders"),
    addTo: text("connections.incoming.addTo", "sender"),
    made: text("connections.incoming.made", "sender"),
    removeOf: text("connections.incoming.removeOf", "end", "sender"),
    removeTitle: text("connections.incoming.removeTitle", "end"),
    added: added("incoming"),
    columns: Object.values(given.incoming.columns),
    outcomes: Object.fromEntries(Object.entries(given.incoming.outcomes).map(([outcome, label]) => [outcome, [label, TONES[outcome] ?? ""]])),
  },
}

export const checker = {
  ...given.checker,
  ofCap: (sent, most) => t("connections.checker.ofCap", { sent, most }),
  fields: labelled("connections.checker.fields"),
  personal: (names) => t("connections.checker.personal", { names: commas(names) }),
}
