// <comment-thread site post>: when it is there, near the reader and in which colours.

import { h } from "./dom.js"
import { languageOf } from "./messages.js"
import { Service } from "./service.js"
import { Thread } from "./thread.js"
import styles from "./widget.css" with { type: "css" }

const BASE = new URL("../", import.meta.url).href
const DARK = matchMedia("(prefers-color-scheme: dark)")

export class CommentThread extends HTMLElement {
  static observedAttributes = ["site", "post", "lang", "theme", "sort", "page-size", "readonly"]

  #root = this.attachShadow({ mode: "open" })
  #section = h("section", { className: "thread" })
  // Inherits the page's text colour, and tells when that changes.
  #probe = h("i", { className: "probe", ontransitionend: () => this.#paint() })
  #leave = null
  #pending = false
  #stale = false

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

  attributeChangedCallback() {
    this.#stale = true
    this.#settle()
  }

  // Frameworks move elements by taking them out and in: only what lasts is acted upon.
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
    const open = () => {
      near.disconnect()
      this.#open(signal)
    }
    signal.addEventListener("abort", () => near.disconnect())
    if (location.hash.startsWith("#comment-")) open()
    else near.observe(this)
  }

  #open(signal) {
    const canonical = document.querySelector("link[rel=canonical]")?.href || location.href
    const site = this.getAttribute("site") ?? ""
    const post = this.getAttribute("post") ?? new URL(canonical).pathname
    new Thread(this.#section, new Service(BASE, site, post), {
      key: `${site}/${post}`,
      lang: languageOf(this),
      sort: this.getAttribute("sort") === "oldest" ? "oldest" : "newest",
      limit: Math.min(100, this.getAttribute("page-size")) | 0,
      readonly: this.hasAttribute("readonly"),
      page: { title: document.title.slice(0, 300), url: canonical.slice(0, 2000) },
      signal,
    }).open()
  }

  // Where the page writes light on dark, so do we: that holds for pages that know no dark
  // theme, for those that follow the system and for those with a switch of their own.
  #paint() {
    const wanted = this.getAttribute("theme")
    const dark = wanted === "dark" || (wanted !== "light" && isLight(getComputedStyle(this.#probe).color))
    this.#section.style.colorScheme = dark ? "dark" : "light"
  }
}

function isLight(colour) {
  const [first, green, blue] = colour.match(/[\d.]+/g)
  if (colour.startsWith("rgb")) return first * 0.3 + green * 0.6 + blue * 0.1 > 128
  // oklch(0.9 …), lab(90 …): lightness comes first.
  return first > 1 ? first > 50 : first > 0.5
}
