// One thread: its comments, their order, and the actions on the whole thread.

import { CommentView } from "./comment.js"
import { button, h, pause } from "./dom.js"
import { use } from "./extras_loader.js"
import { Form } from "./form.js"
import { followLinks } from "./permalink.js"
import { Messages } from "./i18n.js"
import { News } from "./new_comments.js"
import { Own } from "./own_comments.js"
import { attempt } from "./errors.js"
import { fail, firstPage, wait } from "./opening.js"
import { noticeOf } from "./sign_on.js"
import { insert, sorting } from "./sort_order.js"
import { recall } from "./storage.js"

export class Thread {
  /** Every comment on the page, by id. */
  views = new Map()
  depth = -1
  /** Number of loaded pages. */
  pages = 0
  /** The post's settings that readers meet; `viewer` is who is signed in. */
  rules = {}
  /** Names of the authors that this reader does not want to see. */
  muted = new Set(recall("muted", []))
  /** Dispatch an event of the element. */
  tell = (type, detail) => this.#root.getRootNode().host.dispatchEvent(new CustomEvent(`comments:${type}`, { bubbles: true, composed: true, detail }))
  t = (key, values) => this.messages.t(key, values)
  /** Announce a text to screen readers. */
  announce = (words) => (this.live.textContent = words)
  #root
  list = h("ol", { className: "list" })
  /** Live region for screen readers. */
  live = h("p", { className: "live", role: "status" })
  #heading = h("h2", { part: "heading", tabIndex: -1 })
  #sort
  #below = h("div", { className: "below" })
  #cursor = null

  constructor(root, service, options) {
    this.#root = root
    this.service = service
    this.options = options
    this.own = new Own(this, options)
  }

  async open(again) {
    const { service, options } = this
    const waiting = !again && setTimeout(() => options.signal.aborted || wait(this, this.#root), 300)
    this.messages = new Messages("en")
    try {
      const words = service.messages(options.lang)
      const first = firstPage(this)
      // Awaited after the texts, so that a failure is explained in the reader's language.
      first.catch(() => {})
      this.messages = new Messages(options.lang, { ...(await words), ...options.texts })
      const page = await first
      clearTimeout(waiting)
      if (options.signal.aborted) return
      this.#build(page)
      if (again) this.focus()
      await this.#add(page)
      await this.own.show()
      this.tell("ready", { site: options.site, post: this.post, count: this.total })
      if (page.viewer?.moderates) use(this, this.live, "moderate")
      await followLinks(this)
    } catch (error) {
      clearTimeout(waiting)
      if (!options.signal.aborted) fail(this, this.#root, error, again)
    }
  }


  /** Return the service's current time, corrected for this computer's clock. */
  now() {
    return Date.now() + this.service.skew
  }

  get accepting() {
    const { options, state, viewer, rules } = this
    return !options.readonly && state !== "closed" && state !== "removed" && (viewer || rules.identity !== "members")
  }

  /** Add the rules of another style sheet. */
  style(sheet) {
    const root = this.#root.getRootNode()
    root.adoptedStyleSheets = [...new Set([...root.adoptedStyleSheets, sheet])]
  }

  /** Show a comment under its parent, or update the one that is shown. */
  place(comment, parent = this.views.get(comment.parent_id) ?? this) {
    let view = this.views.get(comment.id)
    // A view that was removed with its parent is built again.
    if (view?.node.isConnected) {
      view.update(comment)
    } else {
      view = new CommentView(this, comment, parent)
      this.views.set(comment.id, view)
      insert(this, parent.list, view, parent === this)
    }
    for (const reply of comment.replies) this.place(reply, view)
    view.tally()
    return view
  }

  /** Update the number of public comments after a change. */
  count(change) {
    this.total += change
    this.tell("count", { post: this.post, count: this.total })
    this.#heading.textContent = this.t(this.total ? "comments" : "none", { n: this.total })
    this.#sort.hidden = this.total < 2
  }

  focus() {
    this.#heading.focus()
  }

  // Internal

  #build({ post, viewer }) {
    const { lang, dir } = this.messages
    this.post = post.id
    this.rules = post
    this.viewer = viewer
    // The response is cached for all times, so the closing time is checked here.
    this.state = Date.parse(post.closes_at) <= this.now() ? "closed" : post.state
    this.total = 0
    Object.assign(this.#root, { lang, dir })
    this.#root.setAttribute("aria-labelledby", "heading")
    this.#heading.id = "heading"
    const form = this.accepting ? new Form(this, {}).node : !this.options.readonly && noticeOf(this)
    const follow = post.replies_by_mail && button(this.t("follow"), () => use(this, follow, "subscribe"))
    this.#sort = sorting(this, (sort) => this.#resort(sort))
    this.#root.replaceChildren(
      h("header", { className: "head" }, this.#heading, h("div", { className: "tools" }, follow, this.#sort)),
      form || "",
      this.live,
      new News(this).node,
      this.list,
      this.accepting ? h("p", { className: "muted" }, this.t("first")) : "",
      this.#below,
    )
    this.count(post.count)
  }

  async #resort(sort) {
    const page = await this.service.page(sort, this.options.limit)
    this.options.sort = sort
    this.views.clear()
    this.pages = 0
    this.list.replaceChildren()
    await this.#add(page)
    await this.own.show()
  }

  async #add(page) {
    let since = performance.now()
    for (const comment of page.comments) {
      this.adding = true
      this.place(comment)
      this.adding = false
      if (performance.now() - since < 8) continue
      await pause()
      since = performance.now()
    }
    this.pages++
    this.#cursor = page.next_cursor
    this.#below.replaceChildren(this.#cursor ? button(this.t("more"), (event) => this.#more(event.target), "wide", "button") : "")
  }

  #more(button) {
    return attempt(this, button, "unreachable", async () => {
      const last = this.list.lastElementChild
      const cursor = this.#cursor
      const page = await this.service.page(this.options.sort, this.options.limit, cursor)
      // Another order was chosen meanwhile.
      if (cursor !== this.#cursor) return
      await this.#add(page)
      last?.nextElementSibling?.querySelector("article").focus()
    })
  }
}
