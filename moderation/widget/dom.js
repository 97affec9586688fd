// Elements without markup strings, so that nobody's words can become markup.
// No array methods anywhere in the widget: pages exist that have replaced them.

/** Build an element: `on…` properties are listeners, null and false ones are left out. */
export function h(tag, properties, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === false) continue
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
    else if (name in node) node[name] = value
    else node.setAttribute(name, value)
  }
  for (const child of children) if (child) node.append(child)
  return node
}

/** A button that does something here and sends nothing. */
export function button(words, onclick, className = "quiet", part = "action") {
  return h("button", { type: "button", className, part, onclick }, words)
}

let named = 0

/** A label above its field; ids are unique within every shadow root. */
export function labelled(text, field, note) {
  field.id = `f${++named}`
  const label = h("label", { htmlFor: field.id }, text)
  if (note) label.append(" ", h("span", { className: "muted" }, note))
  return h("p", { className: "field" }, label, field)
}

/** Let the browser paint and answer input before going on. */
export function pause() {
  return new Promise((go) => setTimeout(go))
}
