// Texts of the page Import.

import { LANGUAGE, number, percent, strings, t, text } from "../lib/language.js"

const given = strings("import")
const FORMATS = { disqus: "Disqus", wordpress: "WordPress", isso: "Isso", remark42: "Remark42", commento: "Commento", comentario: "Comentario", cusdis: "Cusdis", waline: "Waline", artalk: "Artalk", twikoo: "Twikoo", valine: "Valine" }

const measure = (unit, options) => new Intl.NumberFormat(LANGUAGE, { style: "unit", unit, ...options })

/** Return a size in the unit that people would choose. */
function bytes(n) {
  const [unit, factor] = n >= 1e9 ? ["gigabyte", 1e9] : n >= 1e6 ? ["megabyte", 1e6] : n >= 1e3 ? ["kilobyte", 1e3] : ["byte", 1]
  return measure(unit, { maximumFractionDigits: 1 }).format(n / factor)
}

function time(seconds) {
  const [unit, length] = seconds >= 5400 ? ["hour", 3600] : seconds >= 90 ? ["minute", 60] : ["second", 1]
  return measure(unit, { unitDisplay: "long" }).format(Math.ceil(seconds / length))
}

const plural = (key) => (n) => t(`import.${key}`, { n })

export const words = {
  ...given,
  number,
  fileHint: (most) => t("import.fileHint", { formats: Object.values(FORMATS).join(", "), most: bytes(most) }),
  tooLarge: (size, most) => t("import.tooLarge", { size: bytes(size), most: bytes(most) }),
  uploading: text("import.uploading", "name"),
  uploaded: (done, size) => t("import.uploaded", { done: bytes(done), size: bytes(size), share: percent(size ? done / size : 1) }),
  interrupted: (done, size) => t("import.interrupted", { done: bytes(done), size: bytes(size) }),
  stored: (size) => t("import.stored", { size: bytes(size) }),
  formats: { auto: given.formatAuto, ...FORMATS, jsonl: given.formatOurs },
  timezoneHint: t("import.timezoneHint", { zone: "Europe/Berlin", offset: "+08:00" }),
  hostsHint: t("import.hostsHint", { host: "blog.example" }),
  mapExample: "https://old.example/blog/* https://new.example/*",
  waitingLong: t("import.waitingLong", { command: "moderation worker" }),
  reading: (done, total) => t("import.reading", { done: bytes(done), total: bytes(total) }),
  storing: (done, total) => t("import.storing", { done, total }),
  rate: (rate, rest) => t("import.rate", { rate: Math.round(rate), rest: time(rest) }),
  stopped: plural("stopped"),
  recognised: text("import.recognised", "name"),
  recognisedPacked: text("import.recognisedPacked", "name", "packing"),
  refusedFirst: text("import.refusedFirst", "shown", "n"),
  duplicates: plural("duplicates"),
  undated: plural("undated"),
  start: plural("start"),
  doneText: (n) => (n === 0 ? given.doneNothing : t("import.doneText", { n })),
}
