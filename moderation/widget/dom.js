// DOM builders without markup strings, so that texts can never become markup.
// The widget uses no array methods: some pages have replaced them.

/** Build an element: `on…` properties are listeners, null and false children are left out. */
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

let policy

/** Insert markup that the service has sanitised; pages may require Trusted Types. */
export function fill(node, html) {
  try {
    policy ??= trustedTypes.createPolicy("comment-thread", { createHTML: (html) => html })
  } catch {
    // No Trusted Types, or the page's CSP does not allow this policy: plain strings may still work.
  }
  node.innerHTML = policy ? policy.createHTML(html) : html
}

/** Build a button that does not submit a form. */
export function button(words, onclick, className = "quiet", part = "action") {
  return h("button", { type: "button", className, part, onclick }, words)
}

/** Insert a rendered text; each of its blocks gets its own text direction. */
export function prose(node, html) {
  fill(node, html)
  for (const block of node.children) block.dir = "auto"
  return node
}

let fields = 0

/** Build a label with its field; ids are unique within a shadow root. */
export function labelled(text, field, note) {
  field.id = `f${++fields}`
  const label = h("label", { htmlFor: field.id }, text)
  if (note) label.append(" ", h("span", { className: "muted" }, note))
  return h("p", { className: "field" }, label, field)
}

/** Return a text with an element in place of its line break: a name has its own direction. */
export function named(words, node) {
  const [before, after] = words.split("\n")
  return [before, node, after]
}

/** Let the browser paint and handle input before continuing. */
export function pause() {
  return new Promise((go) => setTimeout(go))
}
