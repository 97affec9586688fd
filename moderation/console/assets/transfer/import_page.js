// The import of a site: upload, dry run, import, result.

import { Api } from "../lib/api.js"
import { confirm } from "../lib/dialogs.js"
import { $, $$, h } from "../lib/dom.js"
import { Toasts } from "../lib/toast.js"
import { fileForm, optionsForm } from "./import_form.js"
import { words } from "./import_messages.js"
import { ProgressView } from "./import_progress.js"
import { linesView, planView, resultView } from "./import_tables.js"
import { Cancelled, Upload } from "./upload.js"

const PAUSE = 1000
const csrf = $('meta[name="csrf-token"]').content
const api = new Api(csrf)
const toasts = new Toasts($("[data-toasts]"), $("[data-announce]"), $("[data-alert]"))
const place = $("[data-import]")
const path = `/sites/${encodeURIComponent(place.dataset.import)}/import`
const report = `/api/v1/review${path}/report`

let limits = {}
let current = null
let progress = null
let polling

async function load() {
  clearTimeout(polling)
  try {
    const { import: found, ...rest } = await api.get(path)
    limits = rest
    show(found)
  } catch (error) {
    const again = h("button", { className: "button", type: "button", onclick: load }, words.again)
    place.replaceChildren(h("p", { className: "notice notice-bad", role: "alert" }, error.message), h("p", {}, again))
    place.removeAttribute("aria-busy")
  }
}

/** Show the state of the import; a running one only moves its bar. */
function show(found) {
  const running = found && ["checking", "importing"].includes(found.state)
  if (progress && running && current?.state === found.state) progress.job(found)
  else draw(found)
  current = found
  if (running) polling = setTimeout(poll, PAUSE)
}

async function poll() {
  try {
    show((await api.get(path)).import)
  } catch {
    // The next poll may reach the service again.
    polling = setTimeout(poll, PAUSE * 5)
  }
}

function draw(found) {
  const first = place.ariaBusy === "true"
  const held = place.contains(document.activeElement)
  progress = null
  const [title, ...content] = views[found?.state ?? "none"](found)
  const head = h("h2", { id: "import-step", tabIndex: -1 }, title)
  place.replaceChildren(h("section", { className: "panel import-step", "aria-labelledby": "import-step" }, head, ...content.flat(2).filter(Boolean)))
  place.removeAttribute("aria-busy")
  // The focus goes on to the new step when its button is gone.
  if (held) head.focus()
  if (!first) toasts.announce(title)
}

const views = {
  none: () => [words.file, fileForm(limits.largest_file, upload)],
  uploading: ({ received, size }) => [words.file, h("p", { className: "notice" }, words.interrupted(received, size)), actions(discardButton())],
  uploaded: (found) => [words.options, h("p", { className: "muted" }, words.stored(found.size)), options(found, { beside: discardButton() })],
  checking: (found) => running(words.checking, found),
  checked: (found) => [
    words.found,
    found.found.lines ? linesView(found.found) : planView(found.found),
    actions(button(words.start(amount(found)), () => step("POST", "/run", { sha256: found.sha256 }), "button button-primary"), reportLink(found), discardButton()),
    h("details", { className: "import-options" }, h("summary", {}, words.optionsAgain), options(found, { again: true })),
  ],
  importing: (found) => running(words.importing, found, h("p", { className: "muted" }, words.leave)),
  cancelled: (found) => [
    words.importing,
    h("p", { className: "notice" }, words.stopped(found.tally.added ?? 0)),
    actions(button(words.goOn, () => step("POST", "/run", { sha256: found.sha256 }), "button button-primary"), discardButton()),
  ],
  done: (found) => [
    words.done,
    h("p", {}, words.doneText(found.tally.added ?? 0)),
    resultView(found.tally),
    found.tally.added > 0 && found.options.status === "keep" && !found.tally.rows && h("p", { className: "muted" }, words.judging),
    actions(reportLink(found), button(words.another, discardNow)),
  ],
  failed: (found) => [
    found.tally.added ? words.failedLater : words.failed,
    h("p", { className: "notice notice-bad", role: "alert" }, found.problem.detail),
    options(found, { again: true, beside: discardButton() }),
  ],
}

const amount = ({ found }) => (found.lines ? (found.lines.comment ?? 0) : found.plan.comments - found.plan.known)

function running(title, found, ...more) {
  progress = new ProgressView(title, more, actions(button(words.cancel, () => step("DELETE", "/run"))))
  progress.job(found)
  return [title, progress.node]
}

function options(found, { again = false, beside } = {}) {
  return optionsForm(found.options, { again, beside, send: (chosen) => step("POST", "/check", chosen) })
}

async function step(method, what, body) {
  clearTimeout(polling)
  try {
    show(await api.ask(method, path + what, body))
  } catch (error) {
    // Another admin was faster, or the job has just ended: show where it is.
    if (error.code !== "import_state") throw error
    await load()
    toasts.show(error.message, { tone: "bad" })
  }
}

// Upload

async function upload(file) {
  let sender
  try {
    await api.ask("POST", path, { size: file.size })
    sender = new Upload(`/api/v1/review${path}/file`, csrf)
    progress = new ProgressView(words.uploading(file.name), actions(button(words.cancelUpload, () => sender.cancel())))
    const head = h("h2", { id: "import-step", tabIndex: -1 }, words.uploading(file.name))
    place.replaceChildren(h("section", { className: "panel import-step", "aria-labelledby": "import-step" }, head, progress.node))
    head.focus()
    addEventListener("beforeunload", warn)
    progress.upload(0, file.size)
    await sender.send(file, (done) => progress.upload(done, file.size))
    toasts.announce(words.uploadedAll)
  } catch (error) {
    const text = error instanceof Cancelled ? words.uploadCancelled : error.code === "unreachable" ? words.lost : error.message
    // What is half there is of no use; a day later it would be removed anyway.
    if (sender) await api.ask("DELETE", path).catch(() => {})
    toasts.show(text, { tone: error instanceof Cancelled ? "note" : "bad" })
  } finally {
    removeEventListener("beforeunload", warn)
  }
  await load()
}

const warn = (event) => event.preventDefault()

// Actions

const actions = (...buttons) => h("div", { className: "row-actions" }, buttons)

function button(label, act, className = "button") {
  const node = h("button", { className, type: "button", onclick: go }, label)
  async function go() {
    if (node.ariaDisabled === "true") return
    node.ariaDisabled = "true"
    try {
      await act()
    } catch (error) {
      toasts.show(error.message, { tone: "bad" })
    }
    node.removeAttribute("aria-disabled")
  }
  return node
}

const reportLink = (found) => found.has_report && h("a", { className: "button", href: report, download: "" }, words.report)

function discardButton() {
  return button(words.discard, async () => {
    if (!(await confirm(words.discardTitle, words.discardText, words.discardYes))) return
    await discardNow()
    toasts.show(words.discarded)
  })
}

async function discardNow() {
  await api.ask("DELETE", path)
  await load()
}

for (const chosen of $$("[data-site-choice]")) chosen.addEventListener("change", () => (location.href = `/review/import/${encodeURIComponent(chosen.value)}`))
load()
