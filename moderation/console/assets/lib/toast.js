// Toasts with an optional undo; announced, and removed after eight seconds unless hovered.

import { h, icon } from "./dom.js"
import { messages } from "./messages.js"

const STAY = 8000
const SIGNS = { good: "check", note: "people", bad: "alert" }

export class Toasts {
  #node
  #live
  #alert

  constructor(node, live, alert) {
    this.#node = node
    this.#live = live
    this.#alert = alert
  }

  show(text, { label, act, tone = "good", stays = false } = {}) {
    const close = () => toast.remove()
    const toast = h(
      "div",
      { className: `toast toast-${tone}` },
      icon(SIGNS[tone]),
      h("p", {}, text),
      label && h("button", { className: "button button-plain", type: "button", onclick: () => (close(), act()) }, label),
      stays && h("button", { className: "icon-button", type: "button", ariaLabel: messages.dismiss, onclick: close }, icon("cross")),
    )
    // One at a time, but a toast that needs an answer stays until it gets one.
    for (const old of this.#node.children) if (!old.dataset.stays) old.remove()
    if (stays) toast.dataset.stays = "yes"
    this.#node.append(toast)
    if (tone === "bad") this.#alert.textContent = text
    else this.announce(text)
    if (!stays) this.#expire(toast)
    return close
  }

  /** Show how many decisions wait for the connection, until none does. */
  pending(number, flush) {
    for (const old of [...this.#node.children]) if (old.dataset.pending) old.remove()
    if (number === 0) {
      this.show(messages.sent)
      return
    }
    this.show(messages.pending(number), { tone: "bad", stays: true, label: messages.retry, act: flush })
    this.#node.lastElementChild.dataset.pending = "yes"
  }

  announce(text) {
    this.#live.textContent = text
  }

  clear() {
    for (const old of [...this.#node.children]) if (!old.dataset.stays) old.remove()
  }

  #expire(toast) {
    let timer
    const start = () => (timer = setTimeout(() => toast.remove(), STAY))
    toast.addEventListener("mouseenter", () => clearTimeout(timer))
    toast.addEventListener("mouseleave", start)
    toast.addEventListener("focusin", () => clearTimeout(timer))
    toast.addEventListener("focusout", start)
    start()
  }
}
