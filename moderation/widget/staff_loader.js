// Loads the third module and its words, for staff who moderate on the article.

import { h } from "./dom.js"

// The build fills in what the third module uses of the first, and its name and hash.
const TOOLS = {}
const [FILE, PROOF] = ["./staff.js", ""]

/** Let the signed-in moderator work on this thread. */
export async function moderate(thread) {
  const { messages, service } = thread
  const words = service.messages(`${messages.lang}-moderating`)
  const url = new URL(FILE, import.meta.url).href
  await Promise.all([words, prove(url)])
  messages.add(await words)
  const { staff } = (await import(url)).default(TOOLS)
  return staff(thread)
}

// As for the second module: an import has no integrity of its own.
function prove(url) {
  return new Promise((resolve, reject) => {
    const { nonce } = document.querySelector("script[nonce]") ?? {}
    const link = h("link", { rel: "modulepreload", href: url, integrity: PROOF, nonce, onload: resolve, onerror: reject })
    if (!link.relList.supports("modulepreload")) return resolve()
    document.head.append(link)
  })
}
