// The table of keyboard shortcuts, used by the handlers, the button labels and the help.

import { messages } from "./messages.js"

const TABLE = [
  { action: "next", keys: ["j", "ArrowDown"], group: "move" },
  { action: "previous", keys: ["k", "ArrowUp"], group: "move" },
  { action: "skip", keys: ["h"], group: "move" },
  { action: "approve", keys: ["a"], group: "decide", icon: "check", tone: "good" },
  { action: "reject", keys: ["r"], group: "decide", icon: "cross", tone: "bad" },
  { action: "spam", keys: ["s"], group: "decide", icon: "spam", tone: "caution" },
  { action: "escalate", keys: ["e"], group: "decide", icon: "up" },
  { action: "undo", keys: ["u"], group: "decide", icon: "undo" },
  { action: "redact", keys: ["d"], group: "decide" },
  { action: "select", keys: ["x"], group: "decide" },
  { action: "together", keys: ["m"], group: "decide" },
  { action: "answer", keys: ["t"], group: "decide" },
  { action: "author", keys: ["p"], group: "look" },
  { action: "note", keys: ["n"], group: "look" },
  { action: "ban", keys: ["b"], group: "look" },
  { action: "thread", keys: ["o"], group: "look" },
  { action: "reveal", keys: ["v"], group: "look" },
  { action: "zoom", keys: ["z"], group: "look" },
  { action: "search", keys: ["/"], group: "go" },
  { action: "queue", keys: ["g 1-9"], group: "go", fixed: true },
  { action: "help", keys: ["?"], group: "go" },
  { action: "close", keys: ["Escape"], group: "go", fixed: true },
]
export const KEYS = TABLE.map((entry) => ({ ...entry, group: messages.keyGroups[entry.group], label: messages.keyLabels[entry.action] }))

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

/** Return an action's key as a label shows it; empty for none, and while single keys are off. */
export function keyShown(action) {
  const entry = KEYS.find((known) => known.action === action)
  return entry && !settings.chosen.off ? shownKey(keysOf(entry)[0]) : ""
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
    if (event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], [role=menu]")) return
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
