// The platform that a foreign comment came from, its page, and what follows a decision.

import { h } from "../lib/dom.js"
import { messages } from "../lib/messages.js"

/** Return the line for a comment of another platform; nothing for one of this service. */
export function sourceLine({ source, status }) {
  if (!source) return null
  const { kind, role, language } = source.details
  const facts = [kind, role, language].filter(Boolean).join(", ")
  return h(
    "p",
    { className: "muted", data: { source: source.platform } },
    messages.fromPlatform(source.platform),
    source.url && [" · ", page(source.url)],
    facts && ` · ${facts}`,
    " · ",
    source.awaits_verdict ? messages.awaitsVerdict(status) : messages.awaitsNone,
  )
}

function page(url) {
  if (!/^https?:\/\//i.test(url)) return h("span", {}, url)
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, url)
}

/** Return the host of a foreign comment's page: the platform's own id of it means nothing to people. */
export function hostOf({ source }) {
  const address = [source.url, source.details.blog].find((each) => /^https?:\/\//i.test(each ?? ""))
  if (!address || !URL.canParse(address)) return ""
  return new URL(address).host
}
