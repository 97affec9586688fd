// The reasons that a decision about many comments can have.

import { messages } from "../lib/messages.js"
import { REASONS } from "./reject_dialog.js"

/** Return the reasons for these comments, each `{ code, label, kind }`. */
export async function reasonsFor(_api, _items) {
  return REASONS.map((code) => ({ code, label: messages.reasonTitle(code), kind: code }))
}
