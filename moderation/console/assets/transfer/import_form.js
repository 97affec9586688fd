// The forms of an import: the file, and the options of its dry run.

import { field, select, submits } from "../lib/dialogs.js"
import { h } from "../lib/dom.js"
import { words } from "./import_messages.js"

/** The form that chooses a file; `send` gets it. */
export function fileForm(most, send) {
  const input = h("input", { type: "file", name: "file", required: true })
  const problem = h("p", { className: "problem", role: "alert", id: "file-problem" })
  const form = h(
    "form",
    { className: "import-form", noValidate: true, onsubmit: (event) => (event.preventDefault(), submit()) },
    field(words.fileLabel, input, words.fileHint(most)),
    problem,
    h("p", {}, h("button", { className: "button button-primary", type: "submit" }, words.upload)),
  )
  function submit() {
    const [file] = input.files
    problem.textContent = !file ? words.choose : file.size === 0 ? words.empty : file.size > most ? words.tooLarge(file.size, most) : ""
    input.setAttribute("aria-invalid", String(Boolean(problem.textContent)))
    input.setAttribute("aria-describedby", "file-problem")
    if (problem.textContent) input.focus()
    else send(file)
  }
  return form
}

/** The form of the options; `send` gets them as the service takes them. */
export function optionsForm(known, { again, send, beside }) {
  const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean)
  const timezone = h("input", { name: "timezone", maxLength: 60, value: known.timezone ?? "", autocomplete: "off", spellcheck: false })
  const hosts = h("textarea", { name: "hosts", rows: 3, spellcheck: false, value: (known.hosts ?? []).join("\n") })
  const map = h("textarea", { name: "map", rows: 5, spellcheck: false, value: known.map ?? "", placeholder: words.mapExample })
  const form = h(
    "form",
    { className: "import-form", noValidate: true },
    h(
      "div",
      { className: "rule-grid" },
      field(words.format, select("format", words.formats, known.format ?? "auto")),
      field(words.status, select("status", words.statuses, known.status ?? "keep")),
      field(words.timezone, timezone, words.timezoneHint),
    ),
    h("div", { className: "import-lists" }, field(words.hosts, hosts, words.hostsHint), field(words.map, map, words.mapHint)),
    h("p", { className: "muted" }, words.checkHint),
    h("div", { className: "row-actions" }, h("button", { className: again ? "button" : "button button-primary", type: "submit" }, again ? words.checkAgain : words.check), beside ?? ""),
  )
  submits(form, () => {
    const { format, status } = form.elements
    return send({ format: format.value, status: status.value, timezone: timezone.value.trim(), hosts: lines(hosts.value), map: map.value })
  })
  return form
}
