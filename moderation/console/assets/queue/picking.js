// Picking and selecting rows: by click and Enter, by checkbox, by long press, and ranges with Shift.

import { messages } from "../lib/messages.js"
import { $ } from "../lib/dom.js"

const LONG_PRESS = 500
const MOVED = 10

export class Picking {
  #rows
  #all
  #acts
  #shown = []
  #last = ""
  #pressed = null

  constructor(rows, all, acts) {
    this.#rows = rows
    this.#all = all
    this.#acts = acts
    rows.addEventListener("click", (event) => this.#click(event))
    rows.addEventListener("pointerdown", (event) => event.pointerType === "touch" && this.#press(event))
    for (const kind of ["pointerup", "pointercancel"]) rows.addEventListener(kind, () => clearTimeout(this.#pressed?.timer))
    rows.addEventListener("pointermove", (event) => this.#pressed && Math.hypot(event.clientX - this.#pressed.x, event.clientY - this.#pressed.y) > MOVED && clearTimeout(this.#pressed.timer))
    rows.addEventListener("contextmenu", (event) => this.#pressed?.done && event.preventDefault())
    all.addEventListener("change", () => acts.select(this.#shown.flatMap(members), all.checked))
  }

  /** Show the selection on the rows. */
  show(rows, selected, nodeOf) {
    this.#shown = rows
    for (const each of rows) {
      const node = nodeOf(each)
      const on = selected.has(each.item.comment.id)
      $("[data-pick]", node).checked = on
      $("[data-id]", node).classList.toggle("is-selected", on)
      $("[data-selected]", node).textContent = on ? messages.selected : ""
    }
    const all = rows.flatMap(members)
    const chosen = all.filter((id) => selected.has(id)).length
    this.#all.hidden = all.length === 0
    this.#all.checked = chosen > 0 && chosen === all.length
    this.#all.indeterminate = chosen > 0 && chosen < all.length
  }

  #click(event) {
    const box = event.target.closest("[data-pick]")
    if (box) return this.#toggle(box.dataset.pick, box.checked, event.shiftKey)
    const row = event.target.closest("[data-id]")
    if (!row) return
    if (this.#pressed?.done) {
      this.#pressed = null
      return
    }
    this.#acts.pick(row.dataset.id)
  }

  /** Select a row, or with Shift all from the last one on. */
  #toggle(id, on, range) {
    const at = (wanted) => this.#shown.findIndex(({ item }) => item.comment.id === wanted)
    const [from, to] = [at(this.#last), at(id)]
    this.#last = id
    const rows = range && from >= 0 ? this.#shown.slice(Math.min(from, to), Math.max(from, to) + 1) : [this.#shown[to]]
    this.#acts.select(rows.flatMap(members), on)
  }

  #press(event) {
    const row = event.target.closest("[data-id]")
    if (!row) return
    const { id } = row.dataset
    const pressed = { x: event.clientX, y: event.clientY, done: false }
    pressed.timer = setTimeout(() => {
      pressed.done = true
      this.#toggle(id, !row.classList.contains("is-selected"), false)
    }, LONG_PRESS)
    this.#pressed = pressed
  }
}

/** The comments of a row: of a folded group all of them. */
const members = ({ item, alike, group, open }) => [item, ...(group && !open ? alike : [])].map(({ comment }) => comment.id)
