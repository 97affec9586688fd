// The comment in focus: the biggest thing on the page, with why it waits and what was decided.

import { why } from "./causes.js"
import { $, h } from "./dom.js"
import { marked } from "./marks.js"
import { messages } from "./messages.js"
import { age, moment } from "./time.js"

const LONG = 600

export class ItemView {
  #root
  #body
  #place
  #shown = ""

  constructor(root) {
    this.#root = root
    this.#body = $("[data-item]", root)
    this.#place = $("[data-place]", root)
  }

  /** Show an item; `conflict` is what somebody else decided meanwhile. */
  render(item, { conflict = null, position = "" } = {}) {
    const { comment } = item
    const key = `${comment.id}.${item.version}.${conflict ? conflict.id : ""}`
    this.#place.replaceChildren(position ? h("span", { className: "count" }, position) : "")
    if (key === this.#shown) return
    this.#shown = key
    this.#root.dataset.comment = comment.id
    this.#body.replaceChildren(
      h(
        "article",
        { className: "item-inner slide-in" },
        conflict && standing(conflict),
        h("div", { className: "item-text" }, head(item), text(item)),
        why(item),
        h("div", { data: { history: "" } }),
      ),
    )
    this.#body.scrollTop = 0
  }

  /** Add the decisions, once they are known, under everything else: nothing moves. */
  tell(id, decisions) {
    if (this.#root.dataset.comment !== id) return
    $("[data-history]", this.#body)?.replaceChildren(history(decisions))
  }

  /** Show something else than a comment, or nothing. */
  clear(...instead) {
    this.#shown = ""
    delete this.#root.dataset.comment
    this.#place.replaceChildren()
    this.#body.replaceChildren(...instead)
  }
}

function head({ comment, reasons }) {
  const { author, post } = comment
  return h(
    "header",
    { className: "item-head" },
    h("span", { className: "item-author" }, marked(author.name, reasons, "author.name")),
    comment.status !== "held" && h("span", { className: "chip" }, messages.status(comment.status)),
    h(
      "span",
      { className: "item-meta" },
      moment(comment.created_at, { full: true }),
      ` ${messages.onPost} `,
      postLink(post),
      comment.parent_id && `, ${messages.replyTo}`,
      comment.edited_at && `, ${messages.edited(age(comment.edited_at))}`,
      author.email && [" · ", h("span", {}, marked(author.email, reasons, "author.email"))],
      author.website && [" · ", h("span", {}, marked(author.website, reasons, "author.website"))],
    ),
  )
}

/** The article is the site's own page, so this is the one address that can be followed. */
function postLink(post) {
  const title = post.title || messages.unnamedPost(post.id)
  if (!post.url || !/^https?:\/\//i.test(post.url)) return h("span", {}, title)
  return h("a", { href: post.url, target: "_blank", rel: "noopener noreferrer nofollow" }, title)
}

function text({ comment, reasons }) {
  const long = comment.text.length > LONG ? " is-long" : ""
  return h("p", { className: `comment${long}`, data: { text: "" }, dir: "auto" }, marked(comment.text, reasons))
}

function standing(conflict) {
  return h(
    "p",
    { className: "notice notice-caution", role: "alert" },
    messages.conflictStanding(who(conflict.by), conflict.outcome, age(conflict.created_at, { full: true })),
  )
}

export function who(by) {
  return { policy: messages.byMachine, author: messages.byAuthor, site: messages.bySite }[by.kind] ?? by.name
}

function history(decisions) {
  return h(
    "section",
    { className: "history" },
    h("h2", {}, messages.history),
    h(
      "ol",
      {},
      decisions.map((decision) =>
        h(
          "li",
          {},
          h(
            "span",
            {},
            sentence(messages.decided(who(decision.by), decision.outcome)),
            decision.reason && ` ${messages.withReason(decision.reason)}`,
            decision.note && `: “${decision.note}”`,
          ),
          moment(decision.created_at),
        ),
      ),
    ),
  )
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1)
