// Adds the buttons that show the password and choose the language; the page works without them.

import { $ } from "../lib/dom.js"
import { languageChoice } from "../lib/language_choice.js"
import { reveals } from "./password_reveal.js"

reveals()
languageChoice()
$("[data-languages]").hidden = false
