// Links to one comment: it is opened and marked, wherever in the thread it stands.

/** Show the comment that the page's address names, and follow when that changes. */
export function followLinks(thread) {
  addEventListener("hashchange", () => follow(thread), { signal: thread.options.signal })
  return follow(thread)
}

async function follow(thread) {
  const [, id] = location.hash.match(/^#comment-([\da-f-]{36})$/) ?? []
  if (!id) return
  if (!thread.views.has(id)) {
    try {
      const { post, comments } = await thread.service.context(id)
      if (post !== thread.post) return
      for (const comment of comments) thread.place(comment)
    } catch {
      thread.announce(thread.say("missing"))
      return
    }
  }
  thread.views.get(id)?.mark()
}
