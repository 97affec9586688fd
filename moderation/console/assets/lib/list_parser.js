// Lists as text, one entry per line.

/** Return the entries of a text, and the line of each. */
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

/** Merge three ways: apply my additions to and removals from the common base to their list. */
export function merged(base, mine, theirs) {
  const [before, now] = [new Set(base), new Set(mine)]
  const kept = theirs.filter((entry) => now.has(entry) || !before.has(entry))
  const there = new Set(kept)
  return [...kept, ...mine.filter((entry) => !before.has(entry) && !there.has(entry))]
}
