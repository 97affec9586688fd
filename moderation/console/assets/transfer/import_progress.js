// The progress of a job: a bar, what is done, the rate and the rest.

import { h } from "../lib/dom.js"
import { words } from "./import_messages.js"

/** Milliseconds after which a waiting job is worth a question. */
const LONG = 20_000

export class ProgressView {
  #bar = h("progress", { ariaLabel: "" })
  #text = h("p", { data: { progress: "" } })
  #since = { stage: "", at: 0, done: 0 }
  #began = Date.now()
  node

  constructor(title, ...more) {
    this.#bar.ariaLabel = title
    this.node = h("div", { className: "import-progress" }, this.#bar, this.#text, more.flat())
  }

  /** Show bytes of an upload. */
  upload(done, size) {
    this.#fill(done, size)
    this.#text.textContent = words.uploaded(done, size)
  }

  /** Show the state of a job. */
  job({ is_waiting: waits, stage, done, total }) {
    if (waits || !stage) {
      this.#bar.removeAttribute("value")
      this.#text.textContent = waits && Date.now() - this.#began > LONG ? words.waitingLong : words.waiting
      return
    }
    if (stage !== this.#since.stage) this.#since = { stage, at: Date.now(), done }
    this.#fill(done, total)
    if (stage === "reading") this.#text.textContent = done >= total * 0.99 ? words.ordering : words.reading(done, total)
    else if (done >= total) this.#text.textContent = words.finishing
    else this.#text.textContent = [words.storing(done, total), this.#rate(done, total)].filter(Boolean).join(" · ")
  }

  #rate(done, total) {
    const seconds = (Date.now() - this.#since.at) / 1000
    const rate = (done - this.#since.done) / seconds
    return seconds >= 2 && rate > 0 ? words.rate(rate, (total - done) / rate) : ""
  }

  #fill(done, total) {
    this.#bar.max = Math.max(total, 1)
    this.#bar.value = done
  }
}
