// The report of a comment, with the fields that its reason needs.

import { openDialog } from "./dialog.js"
import { button, h, labelled } from "./dom.js"
import { mute } from "./mute.js"
import { keep, recall } from "./storage.js"

const KEPT = 500

/** Ask for the reason, send the report, and remember it in this browser. */
export async function report(thread, view) {
  const { service, messages, t, viewer } = thread
  const { reasons, outcome_by_mail: mails } = await service.send(`${service.site}/report-reasons?lang=${messages.lang}`)
  const { author } = view.comment
  const text = h("textarea", { rows: 3, name: "text" })
  const known = viewer ? {} : recall("author", {})
  const fields = {
    explanation: h("textarea", { rows: 4 }),
    name: h("input", { type: "text", autocomplete: "name", value: known.name ?? "" }),
    email: h("input", { type: "email", autocomplete: "email", value: known.email ?? "" }),
    good_faith: h("input", { type: "checkbox" }),
  }
  const rows = {
    explanation: labelled(t("explanation"), fields.explanation),
    name: labelled(t("name"), fields.name),
    email: labelled(t("email"), fields.email, mails && t("outcome")),
    good_faith: h("label", { className: "check" }, fields.good_faith, t("goodFaith")),
  }
  let chosen
  const choose = (reason) => {
    chosen = reason
    for (const name in rows) rows[name].hidden = !needs(reason, name) && (name !== "email" || !!viewer || !mails)
    more.hidden = needs(reason, "explanation")
  }
  const options = h("fieldset", {}, h("legend", {}, t("why")))
  for (const reason of reasons) {
    const radio = h("input", { type: "radio", name: "reason", onchange: () => choose(reason) })
    options.append(h("label", { className: "check" }, radio, reason.label))
  }
  const more = labelled(t("details"), text, t("optional"))
  choose(null)
  openDialog(thread, {
    title: t("reportTitle", { name: author.name }),
    send: t("sendReport"),
    fields: [options, rows.explanation, more, rows.name, rows.email, rows.good_faith],
    check() {
      if (!chosen) return [options.querySelector("input"), "chooseReason"]
      for (const name in fields) {
        if (needs(chosen, name) && !(name === "good_faith" ? fields[name].checked : fields[name].value.trim())) return [fields[name], "required"]
      }
    },
    async act() {
      const value = (name) => (rows[name].hidden ? null : fields[name].value.trim() || null)
      const body = {
        reason: chosen.code,
        text: text.value.trim(),
        email: value("email"),
        name: value("name"),
        explanation: value("explanation"),
        good_faith: fields.good_faith.checked,
      }
      await service.send(`${service.site}/comments/${view.id}/reports`, "POST", JSON.stringify(body))
      remember("reported", view.id, 1)
      view.update({})
      thread.tell("report", { id: view.id, reason: chosen.code })
      return t("thanks")
    },
    then: (dialog) => button(t("mute", { name: author.name }), () => {
      dialog.close()
      mute(thread, view, true)
    }),
  })
}

/** Keep a value for a comment; of the oldest only the newest few hundred stay. */
export function remember(key, id, value) {
  const all = recall(key, {})
  delete all[id]
  if (value) all[id] = value
  let spare = Object.keys(all).length - KEPT
  for (const old in all) if (spare-- > 0) delete all[old]
  keep(key, all)
}

function needs(reason, name) {
  for (const each of reason?.needs ?? []) if (each === name) return true
  return false
}
