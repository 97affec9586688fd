// How the site would judge a text, asked without a comment.

import { meter, why } from "./causes.js"
import { h } from "./dom.js"
import { marked } from "./marks.js"
import { words } from "./site_messages.js"

export function trial(api, path, { unsaved, thresholds }) {
  const text = h("textarea", { name: "text", id: "trial-text", rows: 4, required: true, maxLength: 10_000, dir: "auto" })
  const name = h("input", { name: "name", id: "trial-name", maxLength: 80, autocomplete: "off" })
  const found = h("div", { className: "trial-found", role: "status", data: { found: "" } })
  let asked = 0
  const send = async (event) => {
    event.preventDefault()
    form.ariaBusy = "true"
    const turn = (asked += 1)
    try {
      const body = { text: text.value, author: { name: name.value.trim() } }
      const judged = await api.ask("POST", `${path}/trials`, body)
      // Who changes the text asks again before the answer is there.
      if (turn !== asked) return
      found.replaceChildren(...verdict(judged, body, thresholds(), unsaved()))
    } catch (error) {
      if (turn !== asked) return
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
  return [form, found]
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

/** Scores that are weighed by another's threshold, and one that is weighed by none. */
const WEIGHED_BY = { severe_toxicity: "toxicity", obscene: "toxicity", insult: "toxicity", threat: "toxicity", identity_attack: "toxicity" }
const NOT_WEIGHED = "language"

function line(name, score, thresholds) {
  const threshold = thresholds[WEIGHED_BY[name] ?? name] ?? 1
  return h("li", { className: score >= threshold ? "" : "is-below" }, h("span", {}, words.ofScore(name)), meter({ score, threshold }), h("span", {}, score.toFixed(2)))
}
