// Who wrote a comment and when.

import { h } from "./dom.js"

/** The line above a comment: name, time and what else there is to know at a glance. */
export function byline({ comment, id, at, parent }, thread, own, flat) {
  const { messages } = thread
  const { author } = comment
  const time = h("time", { dateTime: comment.created_at }, messages.ago(at, thread.now()))
  const href = `${location.href.split("#")[0]}#comment-${id}`
  const above = { name: parent.comment?.author.name }
  const tag = (key, className = "") => h("span", { className }, messages.say(key, above))
  return h(
    "header",
    {},
    avatar(author.name),
    h("b", { part: "author", dir: "auto" }, author.name),
    h("a", { href, title: messages.exact(at), part: "time" }, time),
    author.staff && tag("staff", "tag staff"),
    comment.featured && tag("featured", "tag staff"),
    own && tag("you", "tag"),
    comment.edited_at && tag("edited"),
    flat && tag("inReply"),
  )
}

/** Initials on a colour of their own, so that nothing is asked of another host. */
function avatar(name) {
  let hue = 0
  for (const letter of name) hue = (hue * 31 + letter.codePointAt()) % 360
  const [, first = "?", last = ""] = name.match(/([\p{L}\p{N}])(?:.*[^\p{L}\p{N}]([\p{L}\p{N}]))?/u) ?? []
  const node = h("span", { className: "avatar", ariaHidden: true }, (first + last).toUpperCase())
  node.style.setProperty("--hue", hue)
  return node
}
