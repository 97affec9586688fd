// Conflicting changes of the same settings: the other value of each, and the choices.

import { h } from "../lib/dom.js"
import { words } from "./messages.js"

/** Offer a choice at each of my fields that a colleague changed too; return their number. */
export function conflicts(mine, who, theirsOf) {
  let open = 0
  for (const field of mine) {
    const theirs = theirsOf(field)
    const put = field.value
    if (!field.differs(theirs)) continue
    if (JSON.stringify(put) !== JSON.stringify(theirs)) {
      open += 1
      offer(field, theirs, who, field.theirs(theirs, who))
    }
    // From now on my value is a change of theirs.
    field.show(theirs)
    field.put(put)
  }
  return open
}

function offer(field, theirs, who, { said, merge }) {
  const choose = (value) => () => {
    if (value) field.put(value())
    field.clear()
    field.focus()
    field.node.dispatchEvent(new Event("input", { bubbles: true }))
  }
  const button = (label, value) => h("button", { className: "button", type: "button", onclick: choose(value) }, label)
  field.showNote(
    h(
      "div",
      { className: "notice notice-caution conflict", role: "alert" },
      h("p", {}, said),
      h("div", { className: "row-actions" }, button(words.takeTheirs(who), () => theirs), button(words.keepMine), merge && button(words.merge, merge)),
    ),
  )
}
