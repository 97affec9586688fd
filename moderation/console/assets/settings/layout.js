// The layout of the settings page: its parts, and the trial beside them.

import { $, $$, h } from "../lib/dom.js"
import { fields } from "./fields.js"
import { words } from "./messages.js"

function part(name, hint, ...content) {
  return h("fieldset", { className: "rule-set", id: `part-${name}` }, h("legend", {}, words.parts[name]), hint && h("p", { className: "muted" }, hint), ...content.flat())
}

const nodes = (name) => fields[name].map(({ node }) => node)

/** Fill `draw` with the form and the trial. */
export function layOut(draw, { form, status, deliveries, tried, may, site, discard }) {
  const jumps = Object.entries(words.parts).filter(([name]) => name !== "trial").map(([name, label]) => h("a", { href: `#part-${name}` }, label))
  // Parts of the page itself, which only admins have.
  for (const { id } of $$(".panel[id]")) jumps.push(h("a", { href: `#${id}` }, $(`#${id} h2`).textContent))
  const [limit] = nodes("links").slice(-1)
  form.append(
    ...[
      !may && h("p", { className: "notice" }, words.readOnly),
      part("words", words.wordsHint, h("div", { className: "lists" }, nodes("words"))),
      part("scores", words.scoresHint, nodes("scores")),
      part("links", words.linksHint, h("div", { className: "lists" }, nodes("links").slice(0, 2)), h("div", { className: "rule-grid" }, limit)),
      part("names", words.namesHint, h("div", { className: "lists" }, nodes("names").slice(0, 2), h("div", { className: "staff-names", data: { staff: "" } })), nodes("names").at(-1)),
      part("signOn", words.signOnHint, h("div", { className: "rule-grid" }, nodes("signOn").slice(0, -1)), h("div", { className: "lists" }, nodes("signOn").slice(-1))),
      part("comments", [words.commentsHint, " ", h("a", { href: `/review/rules?site=${encodeURIComponent(site)}` }, words.rules)], h("div", { className: "rule-grid" }, nodes("comments").slice(0, -1)), nodes("comments").at(-1)),
      part("readers", "", h("div", { className: "rule-grid" }, nodes("readers"))),
      part("reports", words.reportsHint, h("div", { className: "rule-grid" }, nodes("reports").slice(0, -1)), h("div", { className: "lists" }, nodes("reports").slice(-1))),
      part("reasons", words.reasonsHint, nodes("reasons")),
      part("clients", words.clientsHint, h("div", { className: "rule-grid" }, nodes("clients").slice(0, 1)), nodes("clients").slice(1)),
      part("platforms", words.platformsHint, h("div", { className: "rule-grid" }, nodes("platforms"))),
      part("retention", words.retentionHint, h("div", { className: "rule-grid" }, nodes("retention"))),
      part("site", "", h("div", { className: "lists" }, nodes("site")), deliveries.node),
      may && h("div", { className: "rule-save save-bar" }, h("button", { className: "button button-primary", type: "submit" }, words.save), h("button", { className: "button", type: "button", data: { discard: "" }, hidden: true, onclick: discard }, words.discard), status),
    ].filter(Boolean),
  )
  const beside = matchMedia("(min-width: 1240px)").matches
  const box = h(
    "details",
    { className: "trial-box", id: "part-trial", open: beside },
    h("summary", {}, h("h2", {}, words.parts.trial)),
    h("p", { className: "muted" }, words.trialHint),
    tried.nodes,
  )
  draw.append(h("nav", { className: "tabs", ariaLabel: words.jumps }, jumps), h("div", { className: "settings-columns" }, box, form))
}
