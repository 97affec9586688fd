// What a reader does with a comment for themselves: copy its link, and mute its author.

import { button, h } from "./dom.js"
import { keep } from "./storage.js"

/** Show or hide the less common actions beside their button. */
export function more(thread, view, control) {
  const open = control.ariaExpanded !== "true"
  control.ariaExpanded = open
  control.nextElementSibling?.remove()
  if (!open) return
  const { t, own, options } = thread
  const { name } = view.comment.author
  const copy = button(t("copyLink"), async () => {
    const link = `${options.page.url}#comment-${view.id}`
    try {
      await navigator.clipboard.writeText(link)
      copy.textContent = t("copied")
      thread.announce(t("copied"))
    } catch {
      // No permission, or a page without https: the address bar has it.
      location.hash = `comment-${view.id}`
    }
  })
  const silence = !own.has(view.id) && button(t("mute", { name }), () => mute(thread, view, true))
  const mine = own.has(view.id) && yourData(thread)
  control.after(h("span", { className: "others" }, copy, silence, mine, ...(thread.staff?.(view) ?? [])))
  copy.focus()
}

// A form, since the sign-on token must be in no address: a page of the service shows the rest.
function yourData({ service, messages, options, t }) {
  const [site] = service.site.match(/[^/]+$/)
  const action = new URL(`privacy/${site}?lang=${messages.lang}`, options.base).href
  const token = h("input", { type: "hidden", name: "token", value: service.user ?? "" })
  return h("form", { method: "post", target: "_blank", action }, token, h("button", { className: "quiet", part: "action" }, t("yourData")))
}

/** Hide the comments of an author in this browser, or show them again. */
export function mute(thread, view, muted) {
  const { name } = view.comment.author
  if (muted) thread.muted.add(name)
  else thread.muted.delete(name)
  keep("muted", [...thread.muted])
  for (const each of thread.views.values()) {
    if (each.comment.author?.name !== name) continue
    each.opened = false
    each.update({})
  }
  view.focus()
  if (muted) thread.announce(thread.t("nowMuted", { name }))
}
