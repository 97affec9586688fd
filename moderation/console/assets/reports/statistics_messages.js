// Texts of the statistics.

import { strings, t, text } from "../lib/language.js"

export const statistics = {
  ...strings("statistics"),
  oldest: text("statistics.oldest", "age"),
  nineOfTen: (time) => (time === "–" ? "" : t("statistics.nineOfTen", { time })),
  ofNew: text("statistics.ofNew", "n"),
  plotArrivals: text("statistics.plotArrivals", "n"),
  plotDecisions: text("statistics.plotDecisions", "n"),
  plotDepth: text("statistics.plotDepth", "n"),
  plotMost: text("statistics.plotMost", "most", "deepest"),
  seconds: text("statistics.seconds", "n"),
  minutes: text("statistics.minutes", "n"),
  hours: text("statistics.hours", "n"),
  plot: text("statistics.plot", "came", "decided", "waiting"),
}
