// The page's language: its texts, plurals, numbers, dates and lists.
//
// The texts are a script of their own, which runs before all modules: `/review/words/…`. Where a
// translation lacks a text, the service has put in the English one.

const LANGUAGE = document.documentElement.lang
const words = globalThis.consoleWords
const plural = new Intl.PluralRules(LANGUAGE)
const whole = new Intl.NumberFormat(LANGUAGE)
const hundredths = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const units = new Intl.ListFormat(LANGUAGE, { style: "narrow", type: "unit" })
const separate = new Intl.ListFormat(LANGUAGE, { style: "long", type: "conjunction" })
const PLACEHOLDER = /\{(\w+)\}/

export { LANGUAGE }

/** Return whether there is a text of this key. */
export const known = (key) => found(key) !== undefined

/** Return the text of a key with its placeholders filled in; `n` selects the plural. */
export function t(key, values = {}) {
  return template(key, values).replace(/\{(\w+)\}/g, (given, name) => (name in values ? shown(values[name]) : given))
}

/** Return a text as nodes, for placeholders that are filled in with elements. */
export function nodes(key, values) {
  return template(key, values)
    .split(PLACEHOLDER)
    .map((part, place) => (place % 2 === 0 ? part : part in values ? filled(values[part]) : `{${part}}`))
    .filter((part) => part !== "")
}

/** Return a function that fills in a text's placeholders, in the order of `names`. */
export const text = (key, ...names) => (...values) => t(key, Object.fromEntries(names.map((name, place) => [name, values[place]])))

/** Return a text for up to 999, and above that the one that says "1,000 or more". */
export const capped = (key, n) => (n >= 1000 ? t(`${key}OrMore`, { n: 1000 }) : t(key, { n }))

/** Return the texts below a key as an object; those with placeholders or plurals are for `t`. */
export function strings(group) {
  return group.split(".").reduce((node, name) => node[name], words)
}

/** Return the texts of settings or columns below a key, each as `[label, hint]`. */
export function labelled(group) {
  return Object.fromEntries(Object.entries(strings(group)).map(([name, { label, hint = "" }]) => [name, [label, hint]]))
}

/** Return a name for a code: its text below a key, else the code itself as words. */
export function named(group, code) {
  return strings(group)[code] ?? asWords(code)
}

/** Return a code such as `NEW_AUTHOR` as words: a newer release may send one without a text. */
export function asWords(code) {
  const spaced = code.toLowerCase().replaceAll("_", " ")
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

export const number = (value) => whole.format(value)

/** Format a score with two digits. */
export const decimal = (value) => hundredths.format(value)

export const percent = (share) => new Intl.NumberFormat(LANGUAGE, { style: "percent" }).format(share)

/** Join names by the language's commas. */
export const commas = (names) => units.format(names)

/** Join names as in a sentence: with "and" before the last one. */
export const sentenceList = (names) => separate.format(names)

export const dates = (options) => new Intl.DateTimeFormat(LANGUAGE, options)

export const ages = (options) => new Intl.RelativeTimeFormat(LANGUAGE, options)

/** Compare two names by the language's alphabet. */
export const collate = new Intl.Collator(LANGUAGE).compare

// Internal

/** Find a text; names of codes may contain dots, so a group is tried with the rest of the key. */
function found(key) {
  let node = words
  let rest = key
  while (rest !== "") {
    if (typeof node !== "object" || node === null) return undefined
    if (Object.hasOwn(node, rest)) return node[rest]
    const [name] = rest.split(".", 1)
    if (!Object.hasOwn(node, name)) return undefined
    node = node[name]
    rest = rest.slice(name.length + 1)
  }
  return undefined
}

function template(key, { n }) {
  const given = found(key)
  if (typeof given === "object") return given[plural.select(n)] ?? given.other
  // Only a programming error leads here: the tests compare keys with texts.
  return given ?? key
}

const shown = (value) => (typeof value === "number" ? number(value) : String(value))
const filled = (value) => (value instanceof Node ? value : shown(value))
