// The settings about who may comment: guests, and readers who are signed in on the site.

import { h } from "../lib/dom.js"
import { Entries } from "./list_field.js"
import { words } from "./messages.js"
import { Single } from "./scalar_field.js"

const choice = (name, labels) => new Single(name, words[name], h("select", {}, Object.entries(labels).map(([value, label]) => h("option", { value }, label))))
const check = (name) => new Single(name, words[name], h("input", { type: "checkbox" }))

/** What readers do besides commenting. */
export const readerFields = () => [choice("votes", words.voteKinds), check("replies_by_mail")]

export const signOnFields = () => [
  choice("identity", words.identities),
  choice("sign_on_algorithm", words.algorithms),
  new Single("sign_on_jwks_url", words.sign_on_jwks_url, h("input", { type: "url", maxLength: 2000, spellcheck: false })),
  check("avatars"),
  check("sign_on_confirms_email"),
  check("website_field"),
  new Entries("article_moderators", words.article_moderators, { rows: 3 }),
]
