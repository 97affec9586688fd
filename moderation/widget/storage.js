// Storage in the reader's browser: drafts, the last author, tokens of own comments.
// Where storage is blocked, everything still works until the page is closed.

const PREFIX = "comments:"
// Fallback for blocked or full storage.
const memory = new Map()

/** Return the stored value of a key, or the fallback. */
export function recall(key, fallback) {
  if (memory.has(key)) return memory.get(key)
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key)) ?? fallback
  } catch {
    return fallback
  }
}

/** Store a value; an empty string removes it. */
export function keep(key, value) {
  memory.delete(key)
  try {
    if (value === "") localStorage.removeItem(PREFIX + key)
    else localStorage.setItem(PREFIX + key, JSON.stringify(value))
  } catch {
    // Blocked or full: the value stays in memory only.
    memory.set(key, value)
  }
}
