// The tooltip of all marks: rule, score and threshold, on hover and on focus.

import { h } from "./dom.js"
import { messages } from "./messages.js"

export class Tip {
  #node
  #owner = null

  constructor(node) {
    this.#node = node
    document.addEventListener("mouseover", (event) => this.#consider(event.target))
    document.addEventListener("focusin", (event) => this.#consider(event.target))
    document.addEventListener("focusout", () => this.hide())
    document.addEventListener("scroll", () => this.hide(), { capture: true, passive: true })
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.hide())
  }

  hide() {
    this.#owner?.removeAttribute("aria-describedby")
    this.#owner = null
    this.#node.hidden = true
  }

  #consider(target) {
    const mark = target.closest?.("mark")
    if (mark === this.#owner) return
    if (!mark?.causes) {
      if (this.#owner && document.activeElement !== this.#owner) this.hide()
      return
    }
    this.hide()
    this.#owner = mark
    mark.setAttribute("aria-describedby", this.#node.id)
    this.#node.replaceChildren(
      ...mark.causes.map((cause) =>
        h("p", {}, h("strong", {}, messages.tip(cause)), h("br"), cause.explanation),
      ),
    )
    this.#node.hidden = false
    this.#place(mark)
  }

  #place(mark) {
    const at = mark.getClientRects()[0]
    const own = this.#node.getBoundingClientRect()
    const left = Math.min(Math.max(8, at.left), innerWidth - own.width - 8)
    const above = at.top - own.height - 8
    this.#node.style.left = `${left}px`
    this.#node.style.top = `${above > 8 ? above : at.bottom + 8}px`
  }
}
