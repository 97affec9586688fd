// The queue page: connects its parts and turns keys and clicks into actions.

import { Acts } from "./acts.js"
import { Api } from "../lib/api.js"
import { Claims } from "./claims.js"
import { Decisions } from "./decisions.js"
import { $ } from "../lib/dom.js"
import { FilterBar } from "./filter_bar.js"
import { filtersOf, QUEUES } from "./filters.js"
import { folding } from "./content_folding.js"
import { ItemView } from "./item_view.js"
import { Keyboard } from "../lib/keyboard.js"
import { ListView } from "./list_view.js"
import { menuButton } from "../lib/menu.js"
import { messages } from "../lib/messages.js"
import { keyboardHelp, KEYS_CHANGED, menu } from "../lib/navigation.js"
import { Outbox } from "./offline_queue.js"
import { refreshAges } from "../lib/dates.js"
import { Tip } from "../lib/tooltip.js"
import { Toasts } from "../lib/toast.js"
import { needsSenior, View } from "./view.js"
import { Walk } from "./walk.js"

const POLL = 10_000

/** The parts of the page, which know each other by this. */
const desk = { api: new Api($('meta[name="csrf-token"]').content), queue: null, senior: "senior" in document.body.dataset }
desk.toasts = new Toasts($("[data-toasts]"), $("[data-announce]"), $("[data-alert]"))
desk.acts = new Acts(desk)
desk.walk = new Walk(desk)
desk.view = new View(desk)
desk.item = new ItemView($("#item"))
desk.claims = new Claims(desk.api, (id, claim) => desk.walk.taken(id, claim))
desk.outbox = new Outbox((number) => desk.toasts.pending(number, () => desk.outbox.flush()))
desk.filterBar = new FilterBar($("#list"), { go: (changes, how) => desk.walk.go(changes, how), leave: () => desk.list.focus() })
desk.list = new ListView($("#list"), {
  pick: (id) => desk.walk.pick(id),
  select: (ids, on) => {
    for (const id of ids) if (desk.queue.selected.has(id) !== on) desk.queue.select(id)
    desk.view.render()
  },
  unfold: (group) => {
    desk.queue.unfold(group)
    desk.view.render()
  },
})
desk.decisions = new Decisions({
  api: desk.api,
  outbox: desk.outbox,
  claims: desk.claims,
  toasts: desk.toasts,
  view: {
    queue: () => desk.queue,
    render: () => desk.view.render(),
    show: (pane) => desk.view.show(pane),
    pick: (id) => desk.walk.pick(id),
    prefetch: () => desk.walk.prefetch(),
    reload: () => desk.walk.open(desk.queue.filters),
  },
})

/** Select the comment in focus; of a folded group all of it. */
function select() {
  const item = desk.queue.current
  if (!item) return
  const row = desk.queue.rows().find((each) => each.item === item)
  const ids = [item, ...(row?.group && !row.open ? row.alike : [])].map(({ comment }) => comment.id)
  const on = !desk.queue.selected.has(item.comment.id)
  for (const id of ids) if (desk.queue.selected.has(id) !== on) desk.queue.select(id)
  desk.view.render()
}

const ACTS = {
  next: () => desk.walk.step(1),
  previous: () => desk.walk.step(-1),
  skip: () => desk.walk.skip(),
  approve: () => desk.acts.decide("approve"),
  reject: () => desk.acts.decide("reject"),
  spam: () => desk.acts.decide("spam"),
  escalate: () => desk.acts.decide("escalate"),
  undo: () => desk.decisions.undo(),
  select,
  together: () => desk.acts.together(),
  bulk: () => desk.acts.bulk(),
  redact: () => desk.acts.redact(),
  author: () => desk.acts.author(),
  note: () => desk.acts.author("note"),
  ban: () => desk.acts.author("ban"),
  answer: () => desk.acts.answer(),
  thread: () => $("[data-context=thread]")?.scrollIntoView({ block: "center" }),
  reveal: () => desk.queue.current && desk.item.reveal(desk.queue.current, desk.view.options(desk.queue.current)),
  zoom: () => document.body.classList.toggle("zoomed"),
  search: () => $("[data-filter=q]").focus(),
  filters: () => desk.filterBar.toggle(),
  queue: (number) => QUEUES[number - 1] && desk.walk.go({ queue: QUEUES[number - 1] }),
  help: keyboardHelp,
  close: back,
  back: () => desk.view.show("list"),
}

function act(action, argument) {
  if (needsSenior(desk.queue.current, action) && desk.queue.selected.size === 0) return desk.toasts.show(messages.forSenior)
  ACTS[action]?.(argument)
}

function back() {
  menu(false)
  document.body.classList.remove("zoomed")
  desk.view.show("list")
}

function click(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return
  const link = event.target.closest("[data-queue]")
  if (link) {
    event.preventDefault()
    desk.walk.go({ queue: link.dataset.queue })
    return
  }
  const action = event.target.closest("[data-act]")?.dataset.act
  if (action) act(action)
}

const fold = $("[data-fold]")
fold.checked = folding.on
fold.addEventListener("change", () => {
  folding.toggle()
  desk.walk.open(desk.queue.filters)
})
new Tip($("[data-tip]"))
new Keyboard(act)
menuButton($("[data-more-menu]"), () => desk.acts.menu())
document.addEventListener("click", click)
document.addEventListener(KEYS_CHANGED, () => desk.view.labelActions())
document.addEventListener("visibilitychange", () => desk.walk.poll())
addEventListener("popstate", () => desk.walk.open(filtersOf(location)))
setInterval(refreshAges, 30_000)
setInterval(() => desk.walk.poll(), POLL)
await desk.walk.open(filtersOf(location))
await desk.walk.deepLink()
// Counts that fail to load come with the next poll.
await desk.walk.count().catch(() => {})
