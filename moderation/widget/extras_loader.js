// Loads the second module and its words, for what few readers need.

import { h } from "./dom.js"
import { attempt } from "./errors.js"

// The build fills in what the second module uses of this one, and its name and hash.
const SHARED = {}
const [SRC, INTEGRITY] = ["./extras.js", ""]

let tries = ""
let made

/** Run one of the second module's actions at a control, which shows a failure. */
export function use(thread, control, name, ...values) {
  return attempt(thread, control, "again", async () => (await extrasOf(thread))[name](thread, ...values))
}

/** Resolve to the actions of the second module. */
export function extrasOf(thread) {
  thread.extras ??= load(thread).catch((error) => {
    thread.extras = null
    tries += "?"
    throw error
  })
  return thread.extras
}

async function load(thread) {
  const { messages, service } = thread
  const words = service.messages(`${messages.lang}-extras`)
  const url = new URL(SRC + tries, import.meta.url).href
  await Promise.all([words, made || check(url)])
  made ??= (await import(url)).default(SHARED).extras
  messages.add(await words)
  thread.style(made.sheet)
  return made
}

// An import has no integrity of its own; one that is loaded already is used as it is.
function check(url) {
  return new Promise((resolve, reject) => {
    const { nonce } = document.querySelector("script[nonce]") ?? {}
    const link = h("link", { rel: "modulepreload", href: url, integrity: INTEGRITY, nonce, onload: resolve, onerror: reject })
    if (!link.relList.supports("modulepreload")) return resolve()
    document.head.append(link)
  })
}
