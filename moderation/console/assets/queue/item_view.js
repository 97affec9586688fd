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
  render(item, { conflict = null, position = "", openAuthor, feature = null } = {}) {
    const { comment } = item
    const folded = severe(item) && !this.#revealed.has(comment.id)
    const key = `${comment.id}.${item.version}.${conflict ? conflict.id : ""}.${folded ? "f" : ""}`
    this.#place.replaceChildren(
      ...[
        h("span", { className: "count" }, position),
        h("button", { className: "link", type: "button", data: { act: "redact" } }, messages.redact),
        feature && comment.status === "approved" && h("button", { className: "link", type: "button", ariaPressed: String(comment.featured), data: { feature: "" }, onclick: feature }, comment.featured ? messages.featured : messages.feature),
        h("a", { className: "item-link", href: `/review/comments/${comment.id}` }, messages.link),
      ].filter(Boolean),
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

  /** Say that somebody else is looking at it; a senior can take it over, `take(note)`. */
  taken(id, claim, take = null) {
    if (this.#root.dataset.comment !== id) return
    $("[data-claimed]", this.#body)?.replaceChildren(
      h("div", { className: "notice notice-caution" }, h("p", { role: "status" }, messages.takenBy(claim.by, claim.expires_at)), take && takeOver(claim, take)),
    )
  }

  /** It is nobody else's any more. */
  free(id) {
    if (this.#root.dataset.comment === id) $("[data-claimed]", this.#body)?.replaceChildren()
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
    comment.redacted_at && h("span", { className: "chip" }, messages.redactedChip),
    comment.escalated_at && h("span", { className: "chip chip-caution" }, icon("up"), messages.escalatedChip),
    h(
      "span",
      { className: "item-meta" },
      moment(comment.created_at, { full: true }),
      ` ${messages.onPost} `,
      postLink(post),
      " (",
      h("a", { href: `/review/post?${new URLSearchParams({ site: comment.site, post: post.id })}` }, messages.postRules),
      ")",
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

function takeOver(claim, take) {
  const note = h("input", { required: true, maxLength: 2000, ariaLabel: messages.takeOverNote(claim.by), placeholder: messages.takeOverNote(claim.by), autocomplete: "off" })
  const send = (event) => {
    event.preventDefault()
    take(note.value.trim())
  }
  return h("form", { className: "take-over field", data: { takeOver: "" }, onsubmit: send }, note, h("button", { className: "button", type: "submit" }, messages.takeOver))
}

function standing(conflict) {
  return h(
    "p",
    { className: "notice notice-caution", role: "alert" },
    messages.conflictStanding(who(conflict.by), conflict.outcome, age(conflict.created_at, { full: true })),
  )
}
