// The comment in focus: the biggest thing on the page, with why it waits and what is around it.

import { why } from "./causes.js"
import { context, who } from "./context.js"
import { $, h, icon } from "./dom.js"
import { marked } from "./marks.js"
import { messages } from "./messages.js"
import { age, moment } from "./time.js"
import { severe } from "./wellness.js"

const LONG = 600

export class ItemView {
  #root
  #body
  #place
  #shown = ""
  #revealed = new Set()

  constructor(root) {
    this.#root = root
    this.#body = $("[data-item]", root)
    this.#place = $("[data-place]", root)
  }

  /** Show an item; `conflict` is what somebody else decided meanwhile. */
  render(item, { conflict = null, position = "", openAuthor } = {}) {
    const { comment } = item
    const folded = severe(item) && !this.#revealed.has(comment.id)
    const key = `${comment.id}.${item.version}.${conflict ? conflict.id : ""}.${folded ? "f" : ""}`
    this.#place.replaceChildren(
      h("span", { className: "count" }, position),
      h("a", { className: "item-link", href: `/review/comments/${comment.id}` }, messages.link),
    )
    if (key === this.#shown) return
    this.#shown = key
    this.#root.dataset.comment = comment.id
    this.#body.replaceChildren(
      h(
        "article",
        { className: "item-inner slide-in" },
        h("div", { data: { claimed: "" } }),
        conflict && standing(conflict),
        h("div", { className: "item-text" }, head(item, openAuthor), folded ? fold(item, () => this.reveal(item, { conflict, position, openAuthor })) : text(item)),
        why(item, folded),
        h("div", { className: "around", data: { around: "" } }),
      ),
    )
    this.#body.scrollTop = 0
  }

  /** Unfold a severe comment that was asked for. */
  reveal(item, options) {
    this.#revealed.add(item.comment.id)
    this.render(item, options)
  }

  /** Add what is around it, once it is known, under everything else: nothing moves. */
  tell(id, full, card, openAuthor) {
    if (this.#root.dataset.comment !== id) return
    $("[data-around]", this.#body)?.replaceChildren(...context(full, card, openAuthor))
  }

  /** Say that somebody else is looking at it. */
  taken(id, claim) {
    if (this.#root.dataset.comment !== id) return
    $("[data-claimed]", this.#body)?.replaceChildren(
      h("p", { className: "notice notice-caution", role: "status" }, messages.takenBy(claim.by, claim.expires_at)),
    )
  }

  /** Show something else than a comment, or nothing. */
  clear(...instead) {
    this.#shown = ""
    delete this.#root.dataset.comment
    this.#place.replaceChildren()
    this.#body.replaceChildren(...instead)
  }
}

function head({ comment, reasons }, openAuthor) {
  const { author, post } = comment
  const name = marked(author.name, reasons, "author.name")
  return h(
    "header",
    { className: "item-head" },
    author.key
      ? h("button", { className: "item-author", type: "button", title: messages.authorOpen, onclick: openAuthor }, name)
      : h("span", { className: "item-author" }, name),
    author.staff && h("span", { className: "chip chip-good" }, messages.staff),
    comment.status !== "held" && h("span", { className: "chip" }, messages.status(comment.status)),
    comment.escalated_at && h("span", { className: "chip chip-caution" }, icon("up"), messages.escalatedChip),
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

function fold(item, reveal) {
  const cause = severe(item)
  return h(
    "p",
    { className: "folded", data: { folded: "" } },
    h("span", {}, messages.folded(cause)),
    h("button", { className: "button", type: "button", onclick: reveal }, messages.reveal, h("kbd", { ariaHidden: "true" }, "V")),
  )
}

function standing(conflict) {
  return h(
    "p",
    { className: "notice notice-caution", role: "alert" },
    messages.conflictStanding(who(conflict.by), conflict.outcome, age(conflict.created_at, { full: true })),
  )
}
