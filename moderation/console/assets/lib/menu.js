// A menu button: opens by click, Enter or arrow; the focus returns to it when the menu closes.

import { h, icon } from "./dom.js"

/** Make `button` open a menu; `entries()` returns `{ label, icon, act, danger, apart, key }` for each. */
export function menuButton(button, entries) {
  let menu = null

  const close = ({ focus = false } = {}) => {
    menu?.remove()
    menu = null
    button.setAttribute("aria-expanded", "false")
    if (focus) button.focus()
  }
  const choose = (entry) => {
    close({ focus: true })
    entry.act()
  }
  const item = (entry) =>
    h(
      "button",
      { className: `menu-item${entry.danger ? " is-danger" : ""}${entry.apart ? " is-apart" : ""}`, type: "button", role: "menuitem", tabIndex: -1, data: { menu: entry.name }, onclick: () => choose(entry) },
      icon(entry.icon),
      h("span", {}, entry.label),
      entry.key && h("kbd", { ariaHidden: "true" }, entry.key),
    )
  const open = ({ last = false } = {}) => {
    menu = h("div", { className: "menu", role: "menu", ariaLabel: button.ariaLabel, onkeydown: move }, entries().map(item))
    button.after(menu)
    button.setAttribute("aria-expanded", "true")
    menu.children[last ? menu.children.length - 1 : 0]?.focus()
  }
  const move = (event) => {
    const items = [...menu.children]
    const at = items.indexOf(document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
    if (event.key === "Escape") close({ focus: true })
    else if (event.key === "Tab") return close()
    else if (to !== undefined) items[(to + items.length) % items.length].focus()
    else if (event.key.length === 1 && event.key !== " ") startingWith(items, at, event.key)?.focus()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  button.addEventListener("click", () => (menu ? close() : open()))
  button.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return
    event.preventDefault()
    event.stopPropagation()
    if (!menu) open({ last: event.key === "ArrowUp" })
  })
  document.addEventListener("pointerdown", (event) => menu && !menu.contains(event.target) && !button.contains(event.target) && close())
  return { close }
}

/** Return the next entry that starts with a letter, beginning after the focused one. */
function startingWith(items, at, letter) {
  const following = [...items.slice(at + 1), ...items.slice(0, at + 1)]
  return following.find((item) => item.textContent.trim().toLowerCase().startsWith(letter.toLowerCase()))
}
