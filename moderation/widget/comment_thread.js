// The element <comment-thread site post>: its lifecycle, lazy loading and theme.

import { pageOf } from "./address.js"
import { isDark } from "./colours.js"
import { h } from "./dom.js"
import { languageOf, textsOf } from "./i18n.js"
import { Service } from "./api.js"
import { orderOf } from "./sort_order.js"
import { Thread } from "./thread.js"
import styles from "./widget.css" with { type: "css" }

const BASE = new URL("../", import.meta.url).href
const DARK = matchMedia("(prefers-color-scheme: dark)")

export class CommentThread extends HTMLElement {
  static observedAttributes = ["site", "post", "lang", "theme", "sort", "page-size", "readonly", "user", "texts", "sign-in"]

  #root = this.attachShadow({ mode: "open" })
  #section = h("section", { className: "thread" })
  // Inherits the page's text colour; its transition signals a change.
  #probe = h("i", { className: "probe", ontransitionend: () => this.#paint() })
  #leave = null
  #pending = false
  #stale = false
  #service

  constructor() {
    super()
    this.#root.adoptedStyleSheets = [styles]
    this.#root.append(this.#probe, this.#section)
  }

  connectedCallback() {
    this.#settle()
  }

  disconnectedCallback() {
    this.#settle()
  }

  attributeChangedCallback(name, old, now) {
    // A token that follows another keeps the thread as it is.
    if (name === "user" && old && now && this.#service) {
      this.#service.user = now
      return
    }
    this.#stale = true
    this.#settle()
  }

  // Frameworks move elements by removing and inserting them: react only to the final state.
  #settle() {
    if (this.#pending) return
    this.#pending = true
    queueMicrotask(() => {
      this.#pending = false
      if (this.#leave && this.isConnected && !this.#stale) return
      this.#leave?.abort()
      this.#leave = null
      this.#section.replaceChildren()
      if (this.isConnected) this.#start()
    })
  }

  #start() {
    this.#stale = false
    this.#leave = new AbortController()
    const { signal } = this.#leave
    this.#paint()
    DARK.addEventListener("change", () => this.#paint(), { signal })
    const near = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) if (entry.isIntersecting) open()
      },
      { rootMargin: "800px" },
    )
    const stop = () => near.disconnect()
    let open = () => {
      open = stop
      stop()
      // The page is longer now: scroll to it again, unless the reader has scrolled away.
      this.#open(signal).then(() => {
        if (Math.abs(this.getBoundingClientRect().top) < innerHeight) this.#heed(open)
      })
    }
    signal.addEventListener("abort", stop)
    // With this id the browser itself scrolls to it, each time a link is followed.
    if (!this.id && !document.getElementById("comments")) this.id = "comments"
    addEventListener("hashchange", () => this.#heed(open), { signal })
    near.observe(this)
    this.#heed(open)
  }

  // `#comments` is the page's own element of that id, else the first thread; `#comment-…` may be
  // in any of them.
  #heed(open) {
    const { hash } = location
    const place = document.getElementById("comments") ?? document.querySelector("comment-thread")
    const meant = hash === "#comments" && place.contains(this)
    if (meant || hash.startsWith("#comment-")) open()
    if (meant && place === this) this.scrollIntoView()
  }

  #open(signal) {
    const page = pageOf()
    // No site can have this name, so the console names the missing attribute.
    const site = this.getAttribute("site") || "(data-site is missing)"
    const post = this.getAttribute("post") || page.post
    const lang = languageOf(this)
    this.#service = new Service(BASE, site, post, this.getAttribute("user"))
    const thread = new Thread(this.#section, this.#service, {
      base: BASE,
      site,
      post,
      key: `${site}/${post}`,
      // Key under which earlier releases stored this page's edit tokens.
      was: `${site}/${page.path}`,
      lang,
      texts: textsOf(this, lang),
      sort: orderOf(this.getAttribute("sort")),
      signIn: this.getAttribute("sign-in"),
      limit: Math.min(100, this.getAttribute("page-size")) | 0,
      readonly: this.hasAttribute("readonly"),
      page: { title: document.title.slice(0, 300), url: page.url.slice(0, 2000) },
      signal,
    })
    return thread.open()
  }

  // Use the dark theme where the page has light text on dark: this works for pages without a dark
  // theme, for those that follow the system and for those with their own switch.
  #paint() {
    const wanted = this.getAttribute("theme")
    const dark = wanted === "dark" || (wanted !== "light" && isDark(this, getComputedStyle(this.#probe).color))
    this.#section.style.colorScheme = dark ? "dark" : "light"
  }
}
