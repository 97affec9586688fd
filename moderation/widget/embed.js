// Entry point: defines <comment-thread> and inserts one after each of its script elements.

import { CommentThread } from "./comment_thread.js"

if (!customElements.get("comment-thread")) customElements.define("comment-thread", CommentThread)

for (const script of document.querySelectorAll("script[data-site]")) {
  // A module runs once for all its script elements: each of them gets a thread.
  if (script.src !== import.meta.url || script.nextElementSibling?.localName === "comment-thread") continue
  const thread = document.createElement("comment-thread")
  for (const { name, value } of script.attributes) {
    if (name.startsWith("data-")) thread.setAttribute(name.slice(5), value)
  }
  script.after(thread)
}
