// Who wrote a comment and when.

import { h } from "./dom.js"

/** The line above a comment: name, time and what else there is to know at a glance. */
export function byline({ comment, id, at }, { messages, now }, ...tags) {
  const exact = messages.exact(at)
  const time = h("time", { dateTime: comment.created_at }, messages.ago(at, now))
  const href = `${location.href.split("#")[0]}#comment-${id}`
  return h(
    "header",
    {},
    avatar(comment.author.name),
    h("b", { part: "author", dir: "auto" }, comment.author.name),
    h("a", { href, title: exact, part: "time" }, time),
    ...tags,
  )
}

/** Initials on a colour of their own, so that nothing is asked of another host. */
function avatar(name) {
  let hue = 0
  for (const letter of name) hue = (hue * 31 + letter.codePointAt()) % 360
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? ["?"]
  const [first] = words[0]
  const [last] = words.length > 1 ? words[words.length - 1] : [""]
  const node = h("span", { className: "avatar", ariaHidden: true }, (first + (last ?? "")).toUpperCase())
  node.style.setProperty("--hue", hue)
  return node
}
