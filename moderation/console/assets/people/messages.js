// Texts of the pages about people.

import { dates, nodes, strings, t, text } from "../lib/language.js"

const days = dates({ dateStyle: "medium" })
const moments = dates({ dateStyle: "medium", timeStyle: "short" })
const day = (iso) => days.format(new Date(iso))
const moment = (iso) => moments.format(new Date(iso))
const given = strings("people")
const { never, month, quarter, year } = given.terms
const of = (key, ...names) => text(`people.${key}`, ...names)

export const people = {
  ...given,
  roles: strings("common.roles"),
  everywhere: (role) => given.everywhere[role],
  onSite: (role, site) => t(`people.onSite.${role}`, { site }),
  sessions: (n) => (n === 0 ? given.notLoggedIn : t("people.sessions", { n })),
  editOf: of("editOf", "name"),
  added: of("added", "login"),
  passwordTitle: of("passwordTitle", "login"),
  since: (iso) => t("people.since", { when: moment(iso) }),
  endOf: of("endOf", "agent"),
  newPasswordTitle: of("newPasswordTitle", "login"),
  disableTitle: of("disableTitle", "login"),
  enabled: of("enabled", "login"),
  removeTitle: of("removeTitle", "login"),
  removed: of("removed", "login"),

  expires: (iso) => t("people.expires", { day: day(iso) }),
  expired: (iso) => t("people.expired", { day: day(iso) }),
  created: (when, name) => {
    if (!name) return nodes("people.created", { when })
    return name === "cli" ? nodes("people.createdByCommand", { when }) : nodes("people.createdBy", { when, name })
  },
  terms: { 30: month, 90: quarter, 365: year, 0: never },
  tokenMade: of("tokenMade", "name"),
  revokeOf: of("revokeOf", "name"),
  revokeTitle: of("revokeTitle", "name"),
  revoked: of("revoked", "name"),

  rolesLine: (login, roles) => t(roles ? "people.loggedInAs" : "people.loggedInWithoutRole", { login, roles }),
  mailState: ({ mail_possible, email, email_confirmed, mail, mail_problem }) => {
    if (mail_possible && mail_problem) return t("people.mailFailed", { error: mail_problem.error })
    if (!mail_possible) return t("people.mailImpossible", { setting: "MODERATION_SMTP_URL" })
    if (email && !email_confirmed) return given.mailUnconfirmed
    if (email) return mail === "off" ? given.mailConfirmed : given.mailOn
    return mail === "off" ? "" : given.mailNoAddress
  },
  nameWish: of("nameWish", "name"),
  wishes: of("wishes", "name"),
  approveNameOf: of("approveNameOf", "login", "name"),
  refuseNameOf: of("refuseNameOf", "login", "name"),
  passwordChanged: (ended) => (ended ? given.passwordChangedEnded : given.passwordChanged),
  secondOn: (iso, n) => t("people.secondOn", { day: day(iso), n }),
  secondSteps: [given.secondScan, given.secondEnter],
  resetSecondTitle: of("resetSecondTitle", "login"),
  resetSecondDone: of("resetSecondDone", "login"),
  eraseWaits: ({ actor, due_at }) => t(actor === "author" ? "people.eraseWaitsAuthor" : "people.eraseWaits", { when: moment(due_at) }),
}
