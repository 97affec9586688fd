// One conversation on the page: what is shown, in which order, and what the reader does to all of it.

import { CommentView } from "./comment.js"
import { button, h, pause } from "./dom.js"
import { Form } from "./form.js"
import { followLinks } from "./link.js"
import { Messages } from "./messages.js"
import { News } from "./news.js"
import { Own } from "./own.js"
import { sorting } from "./sorting.js"

export class Thread {
  /** Every comment on the page, by id. */
  views = new Map()
  depth = -1
  /** How many pages the reader has asked for. */
  pages = 0
  #root
  list = h("ol", { className: "list" })
  #live = h("p", { className: "live", role: "status" })
  #heading = h("h2", { part: "heading", tabIndex: -1 })
  #tools = h("div", { className: "tools" })
  #below = h("div", { className: "below" })
  #cursor = null

  constructor(root, service, options) {
    this.#root = root
    this.service = service
    this.options = options
    this.own = new Own(this, options.key)
  }

  async open() {
    const { service, options } = this
    const waiting = setTimeout(() => options.signal.aborted || this.#wait(), 300)
    this.messages = new Messages("en")
    try {
      const [words, page] = await Promise.all([
        service.messages(options.lang),
        service.page(options.sort, options.limit),
      ])
      clearTimeout(waiting)
      if (options.signal.aborted) return
      this.messages = new Messages(options.lang, words)
      this.#build(page)
      await this.#add(page)
      await this.own.show()
      await followLinks(this)
    } catch {
      clearTimeout(waiting)
      if (!options.signal.aborted) this.#fail()
    }
  }

  say(key, values) {
    return this.messages.say(key, values)
  }

  /** Tell those who listen rather than look. */
  announce(words) {
    this.#live.textContent = words
  }

  /** Say that something could not be loaded. */
  apologise() {
    this.announce(this.say("unreachable"))
  }

  /** The service's present moment, whatever this computer's clock says. */
  now() {
    return Date.now() + this.service.skew
  }

  get accepting() {
    return !this.options.readonly && this.state !== "closed" && this.state !== "removed"
  }

  /** Show a comment under its parent, or bring the one that is shown up to date. */
  place(comment, parent = this.views.get(comment.parent_id) ?? this) {
    let view = this.views.get(comment.id)
    // One that left with its parent may come again.
    if (view?.node.isConnected) {
      view.update(comment)
    } else {
      view = new CommentView(this, comment, parent)
      this.views.set(comment.id, view)
      this.#insert(parent.list, view, parent === this)
    }
    for (const reply of comment.replies) this.place(reply, view)
    view.tally()
    return view
  }

  /** Count what readers see, after one came or went. */
  count(change) {
    this.total += change
    this.#heading.textContent = this.say(this.total ? "comments" : "none", { n: this.total })
    this.#tools.hidden = this.total < 2
  }

  focus() {
    this.#heading.focus()
  }

  // Internal

  #build({ post }) {
    const { lang, dir } = this.messages
    this.post = post.id
    this.state = post.state
    this.total = 0
    Object.assign(this.#root, { lang, dir })
    this.#root.setAttribute("aria-labelledby", "heading")
    this.#heading.id = "heading"
    const form = this.accepting
      ? new Form(this, {}).node
      : !this.options.readonly && h("p", { className: "muted" }, this.say("closed"))
    this.#tools.replaceChildren(sorting(this, (sort) => this.#resort(sort)))
    this.#root.replaceChildren(
      h("header", { className: "head" }, this.#heading, this.#tools),
      form || "",
      this.#live,
      new News(this).node,
      this.list,
      this.#below,
    )
    this.count(post.count)
    if (!post.count) this.#below.append(h("p", { className: "muted" }, this.say("first")))
  }

  async #resort(sort) {
    this.options.sort = sort
    try {
      const page = await this.service.page(sort, this.options.limit)
      this.views.clear()
      this.pages = 0
      this.list.replaceChildren()
      await this.#add(page)
      await this.own.show()
    } catch {
      this.apologise()
    }
  }

  async #add(page) {
    let since = performance.now()
    for (const comment of page.comments) {
      this.place(comment)
      if (performance.now() - since < 8) continue
      await pause()
      since = performance.now()
    }
    this.pages++
    this.#cursor = page.next_cursor
    if (this.total) this.#below.replaceChildren()
    if (this.#cursor) this.#below.append(this.#button("more", () => this.#more()))
  }

  async #more() {
    const button = this.#below.firstChild
    const last = this.list.lastElementChild
    button.ariaBusy = true
    try {
      await this.#add(await this.service.page(this.options.sort, this.options.limit, this.#cursor))
      this.views.get(last.dataset.id).node.nextElementSibling?.querySelector("article").focus()
    } catch {
      button.ariaBusy = false
      this.apologise()
    }
  }

  // Comments nearly always come in order: looking from the end finds the place at once.
  #insert(list, view, top) {
    const newest = top && this.options.sort === "newest"
    let before = list.lastElementChild
    while (before && this.views.get(before.dataset.id).follows(view) !== newest) {
      before = before.previousElementSibling
    }
    if (before) before.after(view.node)
    else list.prepend(view.node)
  }

  #wait() {
    this.#root.replaceChildren(this.#live, h("div", { className: "skeleton", ariaHidden: true }, h("i"), h("i"), h("i")))
  }

  #fail() {
    const again = () => {
      this.#root.replaceChildren()
      this.open()
    }
    this.#root.replaceChildren(h("p", { role: "alert" }, this.say("unreachable")), this.#button("retry", again))
  }

  #button(key, onclick) {
    return button(this.say(key), onclick, "wide", "button")
  }
}
