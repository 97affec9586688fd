// Texts of the keyboard shortcuts, which label buttons as well.

import { strings, text } from "./language.js"

const given = strings("keyboard")

export const keyboard = {
  keyGroups: given.groups,
  keyLabels: given.labels,
  helpTitle: given.title,
  keysOn: given.on,
  keysHint: given.hint,
  keysReset: given.reset,
  changeKey: text("keyboard.change", "label"),
  pressKey: given.press,
  keyTaken: text("keyboard.taken", "key", "label"),
}
