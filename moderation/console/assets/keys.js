// The one table of keys: it drives the handlers, the buttons' labels and the help.

export const KEYS = [
  { action: "next", keys: ["j", "ArrowDown"], group: "Move", label: "Next comment" },
  { action: "previous", keys: ["k", "ArrowUp"], group: "Move", label: "Comment before" },
  { action: "skip", keys: ["h"], group: "Move", label: "Skip for now" },
  { action: "approve", keys: ["a"], group: "Decide", label: "Approve", icon: "check", tone: "good" },
  { action: "reject", keys: ["r"], group: "Decide", label: "Reject", icon: "cross", tone: "bad" },
  { action: "spam", keys: ["s"], group: "Decide", label: "Spam", icon: "spam", tone: "caution" },
  { action: "undo", keys: ["u"], group: "Decide", label: "Undo", icon: "undo" },
  { action: "queue", keys: ["g 1-4"], group: "Go", label: "Go to queue 1 to 4" },
  { action: "help", keys: ["?"], group: "Go", label: "This help" },
  { action: "close", keys: ["Escape"], group: "Go", label: "Close, or back to the list" },
]

export const keyOf = (action) => KEYS.find((entry) => entry.action === action)

const SHOWN = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" }

export const shownKey = (key) => SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key)

/** Turns key presses into actions; silent in fields, in dialogs and with modifiers. */
export class Keyboard {
  #act
  #leader = false

  constructor(act) {
    this.#act = act
    document.addEventListener("keydown", (event) => this.#press(event))
  }

  #press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    const target = event.target
    if (target.closest?.("input, textarea, select, [contenteditable], dialog")) return
    if (this.#leader) {
      this.#leader = false
      if (/^[1-9]$/.test(event.key)) {
        event.preventDefault()
        this.#act("queue", Number(event.key))
        return
      }
    }
    if (event.key === "g") {
      this.#leader = true
      return
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const entry = KEYS.find(({ keys }) => keys.includes(key))
    if (!entry) return
    event.preventDefault()
    this.#act(entry.action)
  }
}
