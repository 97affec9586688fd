// The selected comment, with its findings and its context.

import { why } from "./findings_view.js"
import { context, who } from "./item_context.js"
import { reportedLine } from "./reports_view.js"
import { $, h, icon } from "../lib/dom.js"
import { keyShown } from "../lib/keyboard.js"
import { marked } from "./highlights.js"
import { messages } from "../lib/messages.js"
import { age, moment } from "../lib/dates.js"
import { severe } from "./content_folding.js"
import { texts } from "./messages.js"
import { titleOf } from "../lib/site_titles.js"
import { hostOf, sourceLine } from "./source_line.js"

const LONG = 600

export class ItemView {
  #root
  #body
  #place
  #moves
  #shown = ""
  #revealed = new Set()

  constructor(root) {
    this.#root = root
    this.#body = $("[data-item]", root)
    this.#place = $("[data-place]", root)
    this.#moves = $("[data-moves]", root)
  }

  /** Show an item; `conflict` is a colleague's decision made meanwhile, `alike` the like ones in the list. */
  render(item, options = {}) {
    const { conflict = null, position = "", openAuthor, alike = 0, together } = options
    const { comment } = item
    const folded = severe(item) && !this.#revealed.has(comment.id)
    const key = `${comment.id}.${item.version}.${item.reported?.count ?? ""}.${conflict ? conflict.id : ""}.${folded ? "f" : ""}`
    this.#place.textContent = position
    this.#moves.hidden = false
    if (key === this.#shown) return
    this.#shown = key
    this.#root.dataset.comment = comment.id
    this.#body.replaceChildren(
      h(
        "article",
        { className: "item-inner slide-in" },
        h("div", { data: { claimed: "" } }),
        conflict && conflictNotice(conflict),
        !item.may_decide && h("p", { className: "notice notice-caution", role: "status", data: { senior: "" } }, messages.forSenior),
        h("div", { className: "item-text" }, head(item, openAuthor), answered(item.parent), folded ? fold(item, () => this.reveal(item, options)) : text(item)),
        sourceLine(comment),
        reportedLine(item),
        why(item, folded),
        h("div", { data: { alike: "" } }, alike > 0 && alikeNotice(texts.alikeHere(alike), together)),
        item.replies_below > 0 && h("p", { className: "muted", data: { below: "" } }, messages.repliesBelow(item.replies_below, comment.status)),
        h("div", { className: "around", data: { around: "" } }),
      ),
    )
    this.#body.scrollTop = 0
  }

  /** Unfold a severe comment. */
  reveal(item, options) {
    this.#revealed.add(item.comment.id)
    this.render(item, options)
  }

  /** Add the loaded context below everything else, so that nothing moves. */
  showContext(id, full, card, openAuthor) {
    if (this.#root.dataset.comment !== id) return
    $("[data-around]", this.#body)?.replaceChildren(...context(full, card, openAuthor))
  }

  /** Show how many comments read like this one, and that they can be decided together. */
  showAlike(id, found, together) {
    if (this.#root.dataset.comment !== id) return
    $("[data-alike]", this.#body)?.replaceChildren(...(found.items.length > 0 ? [alikeNotice(texts.alike(found), together)] : []))
  }

  /** Show a colleague's claim; a senior can take it over with `take(note)`. */
  taken(id, claim, take = null) {
    if (this.#root.dataset.comment !== id) return
    const place = $("[data-claimed]", this.#body)
    // A claim that is reported again keeps the form, and the reason that is being typed.
    if (place && take && $("[data-take-over]", place) && place.dataset.claimed === claim.by) {
      $("[role=status]", place).textContent = messages.takenBy(claim.by, claim.expires_at)
      return
    }
    if (place) place.dataset.claimed = claim.by
    place?.replaceChildren(
      h("div", { className: "notice notice-caution" }, h("p", { role: "status" }, messages.takenBy(claim.by, claim.expires_at)), take && takeOver(claim, take)),
    )
  }

  /** Remove the notice of a colleague's claim. */
  free(id) {
    if (this.#root.dataset.comment === id) $("[data-claimed]", this.#body)?.replaceChildren()
  }

  /** Show other nodes instead of a comment, or nothing. */
  clear(...instead) {
    this.#shown = ""
    delete this.#root.dataset.comment
    this.#place.textContent = ""
    this.#moves.hidden = true
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
    titleOf(comment.site) && h("span", { className: "chip", data: { site: comment.site } }, titleOf(comment.site)),
    author.staff && h("span", { className: "chip chip-good" }, messages.staff),
    author.verified && h("span", { className: "chip chip-good" }, messages.verified),
    author.signed_in && h("span", { className: "chip", title: messages.signedInHint }, messages.signedIn),
    comment.status !== "held" && h("span", { className: "chip" }, messages.status(comment.status)),
    comment.redacted_at && h("span", { className: "chip" }, messages.redactedChip),
    comment.escalated_at && h("span", { className: "chip chip-caution" }, icon("up"), messages.escalatedChip),
    h(
      "span",
      { className: "item-meta" },
      messages.postedOn(moment(comment.created_at, { full: true }), comment.source ? foreignPage(comment) : postLink(post)),
      !comment.source && [" (", h("a", { href: `/review/post?${new URLSearchParams({ site: comment.site, post: post.id })}` }, messages.postRules), ")"],
      comment.edited_at && `, ${messages.edited(age(comment.edited_at))}`,
      author.email && [" · ", h("span", {}, marked(author.email, reasons, "author.email"))],
      author.website && [" · ", h("span", {}, marked(author.website, reasons, "author.website"))],
    ),
  )
}

/** Link the article: it is on the site itself, so this address is safe to follow. */
function postLink(post) {
  const title = post.title || messages.unnamedPost(post.id)
  if (!post.url || !/^https?:\/\//i.test(post.url)) return h("bdi", {}, title)
  return h("a", { dir: "auto", href: post.url, target: "_blank", rel: "noopener noreferrer nofollow" }, title)
}

/** Name a foreign comment's page by its title, or else by its host. */
function foreignPage(comment) {
  const host = hostOf(comment)
  return h("bdi", {}, comment.post.title || (host ? texts.fromHost(host) : texts.fromElsewhere))
}

/** The answered comment, above the text, since the text is read as an answer to it. */
function answered(parent) {
  if (!parent) return null
  return h(
    "blockquote",
    { className: "answered", data: { answered: "" } },
    h("p", { dir: "auto" }, icon("reply"), h("b", {}, texts.answered(parent.author.name)), " ", parent.text, parent.status !== "approved" && h("span", { className: "chip" }, messages.status(parent.status))),
  )
}

function alikeNotice(text, together) {
  return h("p", { className: "notice alike", role: "status" }, h("span", {}, text), h("button", { className: "button", type: "button", data: { together: "" }, onclick: together }, texts.together))
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
    h("button", { className: "button", type: "button", onclick: reveal }, messages.reveal, keyShown("reveal") && h("kbd", { ariaHidden: "true" }, keyShown("reveal"))),
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

function conflictNotice(conflict) {
  return h(
    "p",
    { className: "notice notice-caution", role: "alert" },
    messages.conflictStanding(who(conflict.by), conflict.outcome, age(conflict.created_at, { full: true })),
  )
}
