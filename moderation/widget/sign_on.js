// What readers meet who are not signed in on the site.

import { h } from "./dom.js"

/** Build the line in place of the form: comments are closed, or only members may write. */
export function noticeOf(thread) {
  const open = thread.state !== "closed" && thread.state !== "removed"
  return h("p", { className: "muted" }, !open && thread.t("closed"), ...((open && invitation(thread, "members")) || []))
}

/** Return the way to sign in, where the site names it, after a text; or that the sign-on has ended. */
export function invitation({ t, options, signedOut }, key) {
  const link = options.signIn && h("a", { href: options.signIn }, t("signIn"))
  const words = signedOut ? t("signedOut") : key && t(key)
  return (words || link) && [words, " ", link]
}
