// The reasons that a decision about many comments can have.

import { reasonsOf } from "./site_reasons.js"

/** Return the reasons for these comments, each `{ code, label, kind }`: those that each of their sites has. */
export async function reasonsFor(api, items) {
  const sites = [...new Set(items.map(({ comment }) => comment.site))]
  const [first = [], ...others] = await Promise.all(sites.map((site) => reasonsOf(api, site)))
  return first.filter(({ code }) => others.every((reasons) => reasons.some((each) => each.code === code)))
}
