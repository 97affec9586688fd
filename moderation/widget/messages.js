// Every word that readers see comes through here, from one file for each language.

const LANGUAGES = /^(en|de|fr|es|uk|ru|ja|ar)/
// What can be said when even the words could not be loaded.
const UNREACHABLE = { unreachable: "Comments cannot be loaded just now.", retry: "Try again" }
const STEPS = [
  ["year", 31557600],
  ["month", 2629800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
]

/** The language that was asked for, else the page's, if we speak it. */
export function languageOf(element) {
  const wanted = element.getAttribute("lang") || element.closest("[lang]")?.lang || navigator.language
  return wanted.toLowerCase().match(LANGUAGES)?.[0] ?? "en"
}

/** Words, plurals, dates and direction of one language. */
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

  /** The words for a key, with `{name}` filled in; `n` chooses the plural. */
  say(key, values = {}) {
    let words = this.#words[key] ?? key
    if (typeof words === "object") words = words[this.#plural.select(values.n)] ?? words.other
    return words.replace(/\{(\w+)\}/g, (_, name) =>
      name === "n" ? this.number.format(values.n) : values[name])
  }

  /** How long ago, in words; never in the future, whatever the clocks say. */
  ago(moment, now) {
    const seconds = Math.max(0, (now - moment) / 1000)
    for (const [unit, length] of STEPS) {
      if (seconds >= length) return this.#relative.format(-Math.floor(seconds / length), unit)
    }
    return this.say("now")
  }

  exact(moment) {
    return this.#exact.format(moment)
  }
}
