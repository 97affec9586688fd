// The author and time of a comment.

import { h, named } from "./dom.js"
import { jump } from "./permalink.js"

/** The line above a comment: name, time and labels. */
export function byline({ comment, id, at, parent }, thread, own, flat) {
  const { messages } = thread
  const { author } = comment
  const time = h("time", { dateTime: comment.created_at }, messages.ago(at, thread.now()))
  // The permalink leaves out the page's query, which may be private; here nothing is reloaded.
  const onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    location.hash = `comment-${id}`
  }
  const tag = (key, className = "") => h("span", { className }, messages.t(key))
  return h(
    "header",
    {},
    avatar(author, thread.options.base),
    h("b", { part: "author", dir: "auto" }, author.name),
    h("a", { href: address(thread, id), onclick, title: messages.exact(at), part: "time" }, time),
    author.staff && tag("staff", "tag staff"),
    author.verified && tag("verified", "tag"),
    comment.featured && tag("featured", "tag staff"),
    own && tag("you", "tag"),
    comment.edited_at && tag("edited"),
    comment.parent_id && (flat || parent === thread) && answered(comment.parent_id, parent.comment, thread),
  )
}

/** Link the answered comment, where the indentation no longer shows it. */
function answered(id, above, thread) {
  const onclick = (event) => {
    event.preventDefault()
    jump(thread, id, link)
  }
  const name = h("bdi", {}, above?.author.name || "…")
  const link = h("a", { href: address(thread, id), onclick }, ...named(thread.t("inReply", { name: "\n" }), name))
  return link
}

function address(thread, id) {
  return `${thread.options.page.url}#comment-${id}`
}

/** The service's own picture, or initials on a colour derived from the name: no other host is needed. */
function avatar({ name, avatar: path }, base) {
  let hue = 0
  for (const letter of name) hue = (hue * 31 + letter.codePointAt()) % 360
  const [, first = "?", last = ""] = name.match(/([\p{L}\p{N}])(?:.*[^\p{L}\p{N}]([\p{L}\p{N}]))?/u) ?? []
  const node = h("span", { className: "avatar", ariaHidden: true }, (first + last).toUpperCase())
  if (path) node.append(h("img", { src: new URL(path, base), alt: "", loading: "lazy", onerror: ({ target }) => target.remove() }))
  node.style.setProperty("--hue", hue)
  return node
}
