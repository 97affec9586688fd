// The deliveries to one endpoint: answer and latency of the last attempt, and sending again.

import { moment } from "../lib/dates.js"
import { select } from "../lib/dialogs.js"
import { h } from "../lib/dom.js"
import { button, panel, toasts } from "./page.js"
import { words } from "./messages.js"
import { webhooks as texts } from "./webhook_messages.js"

const PAGE = 50
/** A test message is looked for this often, this many milliseconds apart. */
const LOOKS = 10
const PAUSE = 1000

/** Name an endpoint without what may be secret in its address: login, query and fragment. */
export function named({ url, address }) {
  if (!url) return address
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

export class DeliveryLog {
  #api
  #list
  #may
  #id = null
  #state = ""
  #turn = 0
  #body = h("div", { className: "log-body" })
  #endpoints = null

  constructor(api, list, may) {
    this.#api = api
    this.#list = list
    this.#may = may
  }

  /** Return the panel, with the log of the endpoint that was chosen before. */
  show(endpoints) {
    if (!endpoints.some(({ id }) => id === this.#id)) this.#id = endpoints[0].id
    this.#endpoints = select("endpoint", Object.fromEntries(endpoints.map((endpoint) => [endpoint.id, named(endpoint)])), String(this.#id))
    this.#endpoints.addEventListener("change", () => this.choose(Number(this.#endpoints.value)))
    const states = select("state", texts.states, this.#state)
    states.addEventListener("change", () => {
      this.#state = states.value
      this.#load()
    })
    this.#load()
    const labelled = (label, control) => h("label", { className: "field" }, h("span", {}, label), control)
    const filters = h("div", { className: "log-filters" }, endpoints.length > 1 && labelled(texts.endpoint, this.#endpoints), labelled(texts.state, states))
    return panel(texts.logTitle, { hint: texts.logHint }, filters, this.#body, this.#may && this.#again())
  }

  async choose(id) {
    this.#id = id
    this.#endpoints.value = String(id)
    await this.#load()
    this.#body.closest(".panel").scrollIntoView({ block: "nearest" })
  }

  /** Load the log until the message of this `webhook-id` has an answer. */
  async waitFor(sent) {
    const wanted = sent.replace("msg_", "")
    for (let look = 0; look < LOOKS; look++) {
      const found = await this.#load()
      const mine = found?.deliveries.find(({ id }) => id.replaceAll("-", "") === wanted)
      if (mine && mine.state !== "waiting") return
      if (mine?.attempts > 0) return
      await new Promise((done) => setTimeout(done, PAUSE))
    }
  }

  async #load() {
    const turn = ++this.#turn
    try {
      const found = await this.#page()
      if (turn === this.#turn) this.#draw(found)
      return found
    } catch (error) {
      if (turn !== this.#turn) return null
      const again = button(words.again, () => void this.#load())
      this.#body.replaceChildren(h("p", { className: "notice notice-bad", role: "alert" }, error.message), again)
      return null
    }
  }

  #page(before) {
    return this.#api.get(`${this.#list}/${this.#id}/deliveries`, { limit: PAGE, state: this.#state, before })
  }

  #draw({ deliveries, next }) {
    if (deliveries.length === 0) return this.#body.replaceChildren(h("p", { className: "muted" }, texts.nothing))
    const rows = h("tbody", {}, deliveries.map((each) => this.#row(each)))
    const head = h("tr", {}, texts.columns.map((name, place) => h("th", { scope: "col", className: place > 3 ? "number" : "" }, name)), this.#may && h("th", { scope: "col" }, h("span", { className: "visually-hidden" }, texts.actions)))
    const older = button(texts.older, async () => {
      const found = await this.#page(next)
      rows.append(...found.deliveries.map((each) => this.#row(each)))
      next = found.next
      older.hidden = next === null
    })
    older.hidden = next === null
    this.#body.replaceChildren(h("div", { className: "table-box" }, h("table", { className: "log" }, h("thead", {}, head), rows)), older)
  }

  #row(delivery) {
    const last = delivery.log.at(-1)
    const [label, tone] = texts.outcomes[delivery.state] ?? [delivery.state, ""]
    const again = this.#may && delivery.state !== "waiting" && button(texts.redeliver, () => this.#send({ ids: [delivery.id] }), { name: texts.redeliverOf(delivery.type, delivery.id.slice(-6)) })
    return h(
      "tr",
      {},
      h("td", {}, moment(delivery.created_at, { full: true })),
      h("td", {}, delivery.type),
      h("td", {}, h("span", { className: `chip ${tone}` }, label)),
      h("td", {}, last ? (last.status ? `HTTP ${last.status}` : last.error) : ""),
      h("td", { className: "number" }, last ? texts.latency(last.ms) : ""),
      h("td", { className: "number" }, texts.attempts(delivery.attempts, delivery.attempts > 0 && delivery.due_at)),
      this.#may && h("td", {}, again),
    )
  }

  /** The form that sends everything since a time again. */
  #again() {
    const since = h("input", { type: "datetime-local", name: "since", required: true })
    const delivered = h("input", { type: "checkbox", name: "delivered" })
    const go = button(texts.resend, async () => {
      if (!since.value) return since.focus(), ""
      return this.#send({ since: new Date(since.value).toISOString(), delivered: delivered.checked })
    })
    return h("div", { className: "log-foot" }, h("label", { className: "field" }, h("span", {}, texts.sinceLabel), since), h("label", { className: "check" }, delivered, texts.alsoDelivered), go)
  }

  async #send(wish) {
    const { queued } = await this.#api.ask("POST", `${this.#list}/${this.#id}/redeliveries`, wish)
    await this.#load()
    toasts.announce(texts.queued(queued))
    return texts.queued(queued)
  }
}
