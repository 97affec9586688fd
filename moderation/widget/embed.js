// The entry: defines <comment-thread> and puts one behind each script element that names it.

import { CommentThread } from "./element.js"

if (!customElements.get("comment-thread")) customElements.define("comment-thread", CommentThread)

for (const script of document.querySelectorAll("script[data-site]")) {
  // A module runs once, however many elements name it: each of them gets its thread.
  if (script.src !== import.meta.url || script.nextElementSibling?.localName === "comment-thread") continue
  const thread = document.createElement("comment-thread")
  for (const { name, value } of script.attributes) {
    if (name.startsWith("data-")) thread.setAttribute(name.slice(5), value)
  }
  script.after(thread)
}
