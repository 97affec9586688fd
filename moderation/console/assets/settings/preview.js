// Preview: how the site would judge a text.

import { meter, why } from "../queue/findings_view.js"
import { $$, h } from "../lib/dom.js"
import { decimal } from "../lib/language.js"
import { marked } from "../queue/highlights.js"
import { words } from "./messages.js"

/**
 * Return the trial's `nodes`, and `again()`, which judges once more when a text was tried.
 * `settings()` returns the unsaved changes, with which it is judged.
 */
export function trial(api, path, { settings, thresholds }) {
  const text = h("textarea", { name: "text", id: "trial-text", rows: 4, required: true, maxLength: 10_000, dir: "auto" })
  const name = h("input", { name: "name", id: "trial-name", maxLength: 80, autocomplete: "off" })
  const found = h("div", { className: "trial-found", role: "status", data: { found: "" } })
  let latest = 0
  const send = async (event) => {
    event.preventDefault()
    form.ariaBusy = "true"
    const turn = (latest += 1)
    try {
      const changes = settings()
      const body = { text: text.value, author: { name: name.value.trim() }, settings: changes }
      const judged = await api.ask("POST", `${path}/trials`, body)
      // A newer request was sent meanwhile.
      if (turn !== latest) return
      // Judging again after a change of the settings leaves open what was opened.
      const open = $$("details", found).map((details) => details.open)
      found.replaceChildren(...verdict(judged, body, thresholds(), Object.keys(changes).length > 0))
      $$("details", found).forEach((details, place) => (details.open = open[place] ?? details.open))
    } catch (error) {
      if (turn !== latest) return
      found.replaceChildren(h("p", { className: "notice notice-bad", role: "alert" }, error.message))
    }
    form.removeAttribute("aria-busy")
  }
  text.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.requestSubmit())
  const form = h(
    "form",
    { className: "trial", onsubmit: send },
    h("div", { className: "field" }, h("span", {}, h("label", { htmlFor: "trial-text" }, words.trialText)), text),
    h("div", { className: "trial-foot" }, h("div", { className: "field" }, h("span", {}, h("label", { htmlFor: "trial-name" }, words.trialName)), name), h("button", { className: "button button-primary", type: "submit" }, words.trialGo)),
  )
  return { nodes: [form, found], again: () => found.hasChildNodes() && text.value && form.requestSubmit() }
}

function verdict(judged, { text, author }, thresholds, unsaved) {
  const byName = judged.reasons.filter(({ field }) => field === "author.name")
  return [
    unsaved && h("p", { className: "muted" }, words.trialUnsaved),
    h("p", { className: "trial-outcome" }, h("span", { className: `chip chip-${words.tones[judged.outcome]}` }, words.outcomes[judged.outcome]), byName.length > 0 && h("b", {}, marked(author.name, judged.reasons, "author.name"))),
    h("p", { className: "comment is-long", dir: "auto" }, marked(text, judged.reasons)),
    why({ ...judged, comment: { text } }),
    h("details", { className: "more" }, h("summary", {}, words.allScores), h("ul", { className: "scores" }, Object.entries(judged.scores).filter(([name]) => name !== NOT_WEIGHED).map(([name, score]) => line(name, score, thresholds)))),
  ].filter(Boolean)
}

/** A score that has no threshold. */
const NOT_WEIGHED = "language"

function line(name, score, thresholds) {
  const threshold = thresholds[name] ?? 1
  return h("li", { className: score >= threshold ? "" : "is-below" }, h("span", {}, words.ofScore(name)), meter({ score, threshold }), h("span", {}, decimal(score)))
}
