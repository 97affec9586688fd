// The article of a comment: byline, text, status and actions.

import { byline } from "./byline.js"
import { button, h, prose } from "./dom.js"
import { extrasOf, use } from "./extras_loader.js"
import { recall } from "./storage.js"
import { votesOf } from "./votes.js"

/** Build the article of a comment as this reader sees it. */
export function articleOf(view, thread, flat) {
  const { comment, id } = view
  const own = thread.own.has(id)
  const unseen = own && comment.status && comment.status !== "approved"
  const article = h("article", { tabIndex: -1, part: "comment", className: unseen ? "unseen" : "" })
  if (comment.deleted) {
    const words = { moderator: "removed", review: "inReview" }[comment.removal] ?? "deleted"
    article.append(h("p", { className: "muted" }, thread.t(words)))
    return article
  }
  const { name } = comment.author
  article.ariaLabel = name
  if (thread.muted.has(name) && !own && !view.opened) {
    const show = button(thread.t("show"), () => {
      view.opened = true
      view.back()
    })
    const unmute = button(thread.t("unmute"), () => use(thread, unmute, "mute", view, false))
    article.append(h("footer", { className: "actions" }, h("span", {}, thread.t("muted", { name })), show, unmute))
    return article
  }
  const text = prose(h("div", { className: "text", part: "text" }), comment.html)
  article.append(byline(view, thread, own, flat), text, fold(view, text, thread) || "")
  let state = text
  if (unseen) article.append((state = h("p", { className: "state" }, thread.t(comment.status === "held" ? "held" : "rejected"))))
  // Why, and what its author can do about it; or that an appeal published it.
  if (comment.decision) extrasOf(thread).then(({ decision }) => decision(thread, view, state), () => {})
  article.append(actions(view, thread, own, unseen))
  return article
}

// Twelve lines of a long text. A link or a word in the rest that is jumped to scrolls, which opens it.
function fold(view, text, thread) {
  const { length } = view.comment.text ?? ""
  if (view.opened || length + 70 * text.querySelectorAll("br, p, li").length < 1500) return
  const open = () => {
    view.opened = true
    text.className = "text"
    more.remove()
    text.removeEventListener("scroll", open)
  }
  const more = button(thread.t("readOn"), () => {
    open()
    view.focus()
  }, "quiet on")
  text.className += " long"
  text.addEventListener("scroll", open)
  return more
}

function actions(view, thread, own, unseen) {
  const { comment, id } = view
  const { votes, reports } = thread.rules
  const row = h("footer", { className: "actions" })
  const add = (key, act) => {
    const action = button(thread.t(key), () => act(action))
    row.append(action)
    return action
  }
  if (thread.accepting && !unseen) {
    add("reply", () => view.reply().focus()).ariaLabel = thread.t("replyTo", { name: comment.author.name })
  }
  if (!unseen && comment.votes && votes && votes !== "off") row.append(votesOf(view, thread))
  if (thread.own.editable(id)) add("edit", () => view.edit().focus())
  if (own) add("delete", (action) => use(thread, action, "confirm", view))
  else if (reports) {
    const done = recall("reported", {})[id]
    add(done ? "reported" : "report", (action) => use(thread, action, "report", view)).disabled = !!done
  }
  if (!unseen) {
    const more = add("⋯", () => use(thread, more, "more", view, more))
    more.ariaLabel = thread.t("others", { name: comment.author.name })
    more.ariaExpanded = false
  }
  return row
}
