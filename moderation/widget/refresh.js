// Applies changes to the comments on the page: removed ones disappear, and edited
// ones are updated in place. Nothing else on the page moves.

import { h } from "./dom.js"
import { votesOf } from "./votes.js"

/** Compare the shown comments with the service's; `page` is the newest page. */
export async function sift(thread, page) {
  const { service, options, pages } = thread
  // In an order by votes a comment that is missing may be on another page: the newest are compared.
  const newest = options.sort !== "oldest"
  const sort = newest ? "newest" : "oldest"
  if (!newest) page = await service.page(sort, options.limit)
  let { comments } = page
  for (let n = 1; n < pages && page.next_cursor; n++) {
    page = await service.page(sort, options.limit, page.next_cursor)
    comments = [...comments, ...page.comments]
  }
  compare(thread, thread.list, comments, page.next_cursor, newest ? 1 : -1)
  await thread.own.show()
}

/** Update a comment, unless the reader is editing it. */
export function refresh(thread, view, comment) {
  const now = view.comment
  const next = { ...now, ...comment, replies: now.replies, reply_count: now.reply_count }
  const same = (votes) => JSON.stringify({ ...next, votes }) === JSON.stringify(now)
  if (view.article.querySelector("form") || same(next.votes)) return
  if (same(now.votes)) return recount(thread, view, next)
  const within = view.article.matches(":focus-within")
  view.update(next)
  if (within) view.focus()
}

// New numbers of votes leave everything else of the comment as it is.
function recount(thread, view, comment) {
  view.comment = comment
  const old = view.article.querySelector(".votes")
  if (!old?.matches(":focus-within")) old?.replaceWith(votesOf(view, thread))
}

/** Remove a comment. The focus moves nearby, and a reply being written is kept. */
export function leave(thread, { id, node, article, branch, parent }) {
  const { views } = thread
  if (node.querySelector("form")) {
    article.replaceChildren(h("p", { className: "state" }, thread.t("noParent")))
    branch.remove()
    return
  }
  const within = node.matches(":focus-within")
  const near = node.nextElementSibling ?? node.previousElementSibling
  node.remove()
  views.delete(id)
  if (parent.comment) {
    parent.comment.reply_count--
    parent.tally()
  }
  if (within) (views.get(near?.dataset.id) ?? thread).focus()
}

// A comment within the range of the service's list but missing from it is gone.
function compare(thread, list, comments, more, direction) {
  const { views, own } = thread
  const listed = {}
  let end
  for (const comment of comments) {
    const { replies, reply_count } = comment
    const view = views.get(comment.id)
    end = Date.parse(comment.created_at)
    if (!view) continue
    listed[view.id] = true
    refresh(thread, view, comment)
    // Deep replies are never part of the list.
    if (replies.length || !reply_count) compare(thread, view.list, replies, reply_count > replies.length, -1)
  }
  let node = list.lastElementChild
  while (node) {
    const view = views.get(node.dataset.id)
    node = node.previousElementSibling
    if (view && !listed[view.id] && !own.has(view.id) && (!more || (view.at - end) * direction > 0)) leave(thread, view)
  }
}
