// In which order the reader wants the comments.

import { h } from "./dom.js"

/** The choice of an order; `resort` is told of another. */
export function sorting(thread, resort) {
  const onchange = (event) => resort(event.target.value)
  const select = h("select", { ariaLabel: thread.say("sort"), onchange })
  for (const value of ["newest", "oldest"]) {
    select.append(h("option", { value, selected: value === thread.options.sort }, thread.say(value)))
  }
  return select
}
