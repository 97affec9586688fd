// What the reader's own browser keeps: drafts, the name last used, tokens of own comments.
// Where storage is blocked everything still works until the page is left.

const memory = new Map()

/** A value kept under a key, or the fallback. */
export function recall(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(`comments:${key}`)) ?? fallback
  } catch {
    return memory.get(key) ?? fallback
  }
}

/** Keep a value; an empty string forgets it. */
export function keep(key, value) {
  memory.set(key, value)
  try {
    if (value === "") localStorage.removeItem(`comments:${key}`)
    else localStorage.setItem(`comments:${key}`, JSON.stringify(value))
  } catch {
    // Blocked or full: the copy in memory is all there is.
  }
}
