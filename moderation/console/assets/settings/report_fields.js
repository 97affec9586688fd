// The settings about reports by readers.

import { h } from "../lib/dom.js"
import { Entries } from "./list_field.js"
import { words } from "./messages.js"
import { Single } from "./scalar_field.js"

/** A switch that is on by default: a choice, since a check box has no third state. */
class Switch extends Single {
  get value() {
    const chosen = super.value
    return chosen === null ? null : chosen === "true"
  }

  put(value) {
    super.put(value === null || value === undefined ? "" : String(value))
  }
}

const number = (name, min, max) => new Single(name, words[name], h("input", { type: "number", min, max, step: 1, inputMode: "numeric" }))

export const reportFields = () => [
  new Switch("reports", words.reports, h("select", {}, Object.entries(words.reportsTaken).map(([value, label]) => h("option", { value }, label)))),
  number("reports_hold", 0, 1000),
  number("report_days", 1, 3650),
  new Entries("report_reasons", words.report_reasons, { rows: 7 }),
]
