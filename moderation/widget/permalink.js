// Permalinks: load and highlight a comment anywhere in the thread.

import { attempt } from "./errors.js"

/** Show the comment in the page's address, now and whenever it changes. */
export function followLinks(thread) {
  addEventListener("hashchange", () => follow(thread), { signal: thread.options.signal })
  return follow(thread)
}

/** Highlight a comment, after loading it if necessary; show a failure at `control`. */
export function jump(thread, id, control) {
  const { service, views } = thread
  return attempt(thread, control, "unreachable", async () => {
    if (!views.get(id)?.node.isConnected) {
      const { post, comments } = await service.context(id)
      if (post !== thread.post) return
      for (const comment of comments) thread.place(comment)
    }
    views.get(id)?.mark()
  })
}

async function follow(thread) {
  const [, id] = location.hash.match(/^#comment-([\da-f-]{36})$/) ?? []
  const { live } = thread
  if (id && !(await jump(thread, id, live))) live.nextElementSibling.scrollIntoView({ block: "center" })
}
