// Detects whether the page is dark around an element.

/** Decide by the text colour, or by the background where that has its default. */
export function isDark(node, text) {
  if (isLight(text)) return true
  for (; node; node = node.parentElement) {
    const { backgroundColor } = getComputedStyle(node)
    // Behind a colour with alpha the next background shows through.
    if (!/rgba|\//.test(backgroundColor)) return !isLight(backgroundColor)
  }
}

function isLight(colour) {
  const [first, green, blue] = colour.match(/[\d.]+/g)
  if (colour.startsWith("rgb")) return first * 0.3 + green * 0.6 + blue * 0.1 > 128
  // oklch(0.9 …), lab(90 …): lightness comes first.
  return first > 1 ? first > 50 : first > 0.5
}
