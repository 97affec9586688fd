// Texts of the audit trail and the statistics.

import { asWords, commas, named, strings, t } from "../lib/language.js"

const audit = strings("audit")
const NAMES = ["settings.fields", "settings.thresholds", "settings.parts"]

/** Return the text below a group for a code; for one without a text the general one. */
const oneOf = (group, code, values) => t(`audit.${group}.${code in audit[group] ? code : "unknown"}`, values)

/** Return "added “a”, “b” and 5 more". */
function entries(what, n, first) {
  const names = commas(first.map((entry) => t("audit.quoted", { entry })))
  return n > first.length ? t(`audit.${what}More`, { names, n: n - first.length }) : t(`audit.${what}`, { names, n })
}

export const reports = {
  ...strings("statistics"),
  ...audit,
  phrase: (action) => audit.actions[action] ?? asWords(action.replaceAll(".", ": ")).toLowerCase(),
  actor: ({ actor, actor_name }) => audit.actors[actor_name] ?? (actor_name || (actor === "policy" ? audit.actors.policy : "–")),
  subject: (kind, id) => oneOf("kinds", kind, { kind: asWords(kind), id }),
  status: (status) => (status in strings("common.statuses") ? named("common.statuses", status) : status),
  change: (from, to) => (from && from !== to ? `${from} → ${to}` : ""),
  /** Name the step of an export that an entry is about. */
  step: (code) => named("audit.steps", code),
  detail: (key, value) => oneOf("details", key, { name: asWords(key).toLowerCase(), value: key === "role" ? named("common.roles", value) : value }),
  /** Name a setting or field as its page does. */
  field: (name) => {
    for (const group of NAMES) {
      const given = strings(group)[name]
      if (given) return given.label ?? given
    }
    return strings("rules.names")[name] ?? audit.fields[name] ?? asWords(name)
  },
  entries,
  entriesNow: (n) => t("audit.entriesNow", { n }),
}
