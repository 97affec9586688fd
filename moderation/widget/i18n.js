// Translations: all texts that readers see, from one file per language.

const LANGUAGES = /^(ar|cs|de|en|es|fr|it|ja|nl|pl|pt|ru|sv|tr|uk|zh)/
// Texts for the case that the translations could not be loaded.
const UNREACHABLE = { unreachable: "Comments cannot be loaded just now.", retry: "Try again" }
const STEPS = [
  ["year", 31557600],
  ["month", 2629800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
]

/** Return the element's language, else the page's, else the browser's; English when not supported. */
export function languageOf(element) {
  const wanted = element.getAttribute("lang") || element.closest("[lang]")?.lang || navigator.language
  const lang = wanted.toLowerCase().match(LANGUAGES)?.[0] ?? "en"
  return lang === "pt" ? "pt-BR" : lang
}

/** Return the site's own texts for a language: those for it alone precede those for all. */
export function textsOf(element, lang) {
  const given = element.getAttribute("texts")
  try {
    const texts = JSON.parse(given)
    return { ...texts, ...texts?.[lang] }
  } catch {
    console.error("comments: not valid JSON:", given)
  }
}

/** Texts, plurals, dates and direction of one language. */
export class Messages {
  #words
  #plural
  #relative
  #exact

  constructor(lang, words = UNREACHABLE) {
    this.#words = words
    this.lang = lang
    this.dir = lang === "ar" ? "rtl" : "ltr"
    this.#plural = new Intl.PluralRules(lang)
    this.#relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" })
    this.#exact = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "short" })
    this.number = new Intl.NumberFormat(lang)
  }

  has(key) {
    return key in this.#words
  }

  /** Take over more texts. */
  add(words) {
    this.#words = { ...words, ...this.#words }
  }

  /** Return the text of a key, with `{name}` filled in; `n` selects the plural. */
  t(key, values = {}) {
    let words = this.#words[key] ?? key
    if (typeof words === "object") words = words[this.#plural.select(values.n)] ?? words.other
    return words.replace(/\{(\w+)\}/g, (_, name) =>
      name === "n" ? this.number.format(values.n) : values[name])
  }

  /** Format a relative time; never in the future, even with a wrong clock. */
  ago(moment, now) {
    const seconds = Math.max(0, (now - moment) / 1000)
    for (const [unit, length] of STEPS) {
      if (seconds >= length) return this.#relative.format(-Math.floor(seconds / length), unit)
    }
    return this.t("now")
  }

  exact(moment) {
    return this.#exact.format(moment)
  }

  /** Format a duration in the largest unit that divides it. */
  span(seconds) {
    for (const [unit, length] of [...STEPS, ["second", 1]]) {
      if (!(seconds % length)) return new Intl.NumberFormat(this.lang, { style: "unit", unit, unitDisplay: "long" }).format(seconds / length)
    }
  }
}
