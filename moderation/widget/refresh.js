// What became elsewhere of comments that are shown: those that were taken down go, and edited
// ones change in their place. Nothing else on the page moves.

import { h } from "./dom.js"

/** Compare what is shown with what the service now lists; `page` is its newest. */
export async function sift(thread, page) {
  const { service, options, pages } = thread
  const newest = options.sort === "newest"
  if (!newest) page = await service.page("oldest", options.limit)
  let { comments } = page
  for (let n = 1; n < pages && page.next_cursor; n++) {
    page = await service.page(options.sort, options.limit, page.next_cursor)
    comments = [...comments, ...page.comments]
  }
  compare(thread, thread.list, comments, page.next_cursor, newest ? 1 : -1)
  await thread.own.show()
}

/** Show a comment as it now stands, unless the reader is at work on it. */
export function refresh(view, comment) {
  const now = view.comment
  const next = { ...now, ...comment, replies: now.replies, reply_count: now.reply_count }
  if (view.article.querySelector("form") || JSON.stringify(next) === JSON.stringify(now)) return
  const within = view.article.matches(":focus-within")
  view.update(next)
  if (within) view.focus()
}

/** Take a comment from the page. The focus stays near, and so does an answer that is being written. */
export function leave(thread, { id, node, article, branch, parent }) {
  const { views } = thread
  if (node.querySelector("form")) {
    article.replaceChildren(h("p", { className: "state" }, thread.say("noParent")))
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

// What the service no longer lists is gone, as far as its list reaches.
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
    refresh(view, comment)
    // Deep replies do not come along, however many there are.
    if (replies.length || !reply_count) compare(thread, view.list, replies, reply_count > replies.length, -1)
  }
  let node = list.lastElementChild
  while (node) {
    const view = views.get(node.dataset.id)
    node = node.previousElementSibling
    if (view && !listed[view.id] && !own.has(view.id) && (!more || (view.at - end) * direction > 0)) leave(thread, view)
  }
}
