// A thread before its comments are here: the first request, the wait for it and its failure.

import { advise } from "./advice.js"
import { button, h } from "./dom.js"
import { keep } from "./storage.js"

/** Load the first page; comments are shown even if the sign-on has ended or the order is not offered. */
export async function firstPage(thread) {
  const { service, options } = thread
  try {
    return await service.page(options.sort, options.limit, "", true)
  } catch (error) {
    // A token that cannot be sent at all has no answer.
    if (/^sign_on/.test((error.problem ?? { code: "sign_on" }).code) && service.user) {
      service.user = ""
      thread.signedOut = true
    } else if (error.status === 422 && options.sort !== "newest") {
      options.sort = "newest"
      keep("sort", "")
    } else {
      throw error
    }
    return firstPage(thread)
  }
}

/** Show that comments are loading. */
export function wait(thread, root) {
  root.replaceChildren(thread.live, h("div", { className: "skeleton", ariaHidden: true }, h("i"), h("i"), h("i")))
}

/** Show that comments could not be loaded; `again` after another try. */
export function fail(thread, root, error, again) {
  advise(error, thread.options)
  thread.tell("error", { code: error.problem?.code ?? "unreachable", status: error.status })
  const { lang, dir } = thread.messages
  Object.assign(root, { lang, dir })
  const retry = button(thread.t("retry"), () => {
    if (retry.ariaBusy) return
    retry.ariaBusy = true
    thread.open(true)
  }, "wide", "button")
  root.replaceChildren(h("p", { role: "alert" }, thread.t("unreachable")), retry)
  if (again) retry.focus()
}
