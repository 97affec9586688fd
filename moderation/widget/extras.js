// The second module: what few readers need, loaded when they do.

import { decision, refused } from "./decision.js"
import { confirm } from "./deletion.js"
import sheet from "./extras.css" with { type: "css" }
import { more, mute } from "./mute.js"
import { labour } from "./proof_of_work.js"
import { report } from "./report.js"
import { moderate } from "./staff_loader.js"
import { subscribe } from "./subscription.js"
import { tools } from "./toolbar.js"
import { vote } from "./voting.js"

/** The actions, and the style sheet that they need. */
export const extras = { confirm, decision, labour, moderate, more, mute, refused, report, sheet, subscribe, tools, vote }
