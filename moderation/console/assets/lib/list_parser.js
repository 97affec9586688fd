// Lists as texts, an entry on each line.

/** The entries of a text, and the line that each of them stands on. */
export function parse(text) {
  const entries = []
  const lines = []
  text.split("\n").forEach((line, index) => {
    const entry = line.trim()
    if (!entry) return
    entries.push(entry)
    lines.push(index)
  })
  return { entries, lines }
}

/** What I added to and took from a list that both of us began with, done to theirs. */
export function merged(base, mine, theirs) {
  const [before, now] = [new Set(base), new Set(mine)]
  const kept = theirs.filter((entry) => now.has(entry) || !before.has(entry))
  const there = new Set(kept)
  return [...kept, ...mine.filter((entry) => !before.has(entry) && !there.has(entry))]
}
