// A reader's vote: shown at once, sent after the vote before it, and taken back if that fails.

import { remember } from "./report.js"
import { keep, recall } from "./storage.js"
import { votesOf } from "./votes.js"

const SIDES = { 1: "up", "-1": "down" }

/** Vote for (1) or against (-1) a comment; the same vote again takes it back. */
export async function vote(thread, view, value) {
  const { service } = thread
  const { id } = view
  const before = recall("votes", {})[id] ?? 0
  const next = before === value ? 0 : value
  const votes = { ...view.comment.votes }
  if (before) votes[SIDES[before]]--
  if (next) votes[SIDES[next]]++
  const show = (counts, mine) => {
    remember("votes", id, mine)
    const old = view.article.querySelector(".votes")
    view.comment = { ...view.comment, votes: counts }
    const fresh = votesOf(view, thread)
    // The same buttons stay, and with them the focus.
    for (let n = 0; n < old?.children.length; n++) {
      const { textContent, ariaLabel, ariaPressed } = fresh.children[n]
      Object.assign(old.children[n], { textContent, ariaLabel, ariaPressed })
    }
  }
  const was = view.comment.votes
  show(votes, next)
  try {
    const ballot = service.user ? { value: next } : { value: next, browser: browser() }
    const path = `${service.site}/comments/${id}/vote`
    const { up, down, own } = await service.send(path, "PUT", JSON.stringify(ballot))
    show({ up, down }, own)
    thread.tell("vote", { id, value: own })
  } catch (error) {
    show(was, before)
    throw error
  }
}

// A guest's votes are recognised by a random value, made with the first of them.
function browser() {
  let value = recall("browser", "")
  if (!value) {
    for (const byte of crypto.getRandomValues(new Uint8Array(16))) value += byte.toString(16).padStart(2, "0")
    keep("browser", value)
  }
  return value
}
