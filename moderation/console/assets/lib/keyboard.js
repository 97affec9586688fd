// The table of keyboard shortcuts, used by the handlers, the button labels and the help.

export const KEYS = [
  { action: "next", keys: ["j", "ArrowDown"], group: "Move", label: "Next comment" },
  { action: "previous", keys: ["k", "ArrowUp"], group: "Move", label: "Previous comment" },
  { action: "skip", keys: ["h"], group: "Move", label: "Skip for now" },
  { action: "approve", keys: ["a"], group: "Decide", label: "Approve", icon: "check", tone: "good" },
  { action: "reject", keys: ["r"], group: "Decide", label: "Reject", icon: "cross", tone: "bad" },
  { action: "spam", keys: ["s"], group: "Decide", label: "Spam", icon: "spam", tone: "caution" },
  { action: "escalate", keys: ["e"], group: "Decide", label: "Escalate", icon: "up" },
  { action: "undo", keys: ["u"], group: "Decide", label: "Undo", icon: "undo" },
  { action: "redact", keys: ["d"], group: "Decide", label: "Redact personal data, for good" },
  { action: "select", keys: ["x"], group: "Decide", label: "Select, to decide many at once" },
  { action: "answer", keys: ["t"], group: "Decide", label: "Answer as staff" },
  { action: "author", keys: ["p"], group: "Look", label: "Show the author" },
  { action: "note", keys: ["n"], group: "Look", label: "Note about the author" },
  { action: "ban", keys: ["b"], group: "Look", label: "Ban the author" },
  { action: "thread", keys: ["o"], group: "Look", label: "Show the thread" },
  { action: "reveal", keys: ["v"], group: "Look", label: "Show a folded severe comment" },
  { action: "zoom", keys: ["z"], group: "Look", label: "Hide everything but the comment" },
  { action: "search", keys: ["/"], group: "Go", label: "Search" },
  { action: "queue", keys: ["g 1-7"], group: "Go", label: "Go to a queue", fixed: true },
  { action: "help", keys: ["?"], group: "Go", label: "Show the keys" },
  { action: "close", keys: ["Escape"], group: "Go", label: "Close, or back to the list", fixed: true },
]

const STORE = "moderation.keys"
const SHOWN = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" }

export const shownKey = (key) => SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key)

/** Key settings; single keys can be switched off, since they conflict with some assistive tools. */
export const settings = {
  get chosen() {
    try {
      return { off: false, map: {}, ...JSON.parse(localStorage.getItem(STORE) ?? "{}") }
    } catch {
      return { off: false, map: {} }
    }
  },
  set chosen(value) {
    localStorage.setItem(STORE, JSON.stringify(value))
  },
  /** Assign a key to an action; return the action that already uses it, else null. */
  change(action, key) {
    const taken = KEYS.find((entry) => entry.action !== action && keysOf(entry).includes(key))
    if (taken || key === "g") return taken ?? KEYS.find((entry) => entry.action === "queue")
    const { off, map } = this.chosen
    this.chosen = { off, map: { ...map, [action]: key } }
    return null
  },
  reset() {
    localStorage.removeItem(STORE)
  },
}

export function keysOf(entry) {
  const own = settings.chosen.map[entry.action]
  return own && !entry.fixed ? [own] : entry.keys
}

/** Turns key presses into actions; inactive in fields, in dialogs and with modifiers. */
export class Keyboard {
  #act
  #leader = false

  constructor(act) {
    this.#act = act
    document.addEventListener("keydown", (event) => this.#press(event))
  }

  #press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return
    // An open dialog receives the keys even when it has lost the focus.
    if (document.querySelector("dialog[open]")) return
    if (settings.chosen.off && event.key !== "Escape") return
    const leader = this.#leader
    this.#leader = !leader && event.key === "g"
    if (this.#leader) return
    if (leader && /^[1-9]$/.test(event.key)) {
      event.preventDefault()
      this.#act("queue", Number(event.key))
      return
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const entry = KEYS.find((known) => keysOf(known).includes(key))
    if (!entry) return
    event.preventDefault()
    this.#act(entry.action)
  }
}
