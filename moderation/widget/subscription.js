// Answers by mail for readers who write nothing.

import { openDialog } from "./dialog.js"
import { h, labelled } from "./dom.js"
import { recall } from "./storage.js"

/** Ask for the address to which the comments of this thread are mailed. */
export function subscribe(thread) {
  const { service, t } = thread
  const email = h("input", { type: "email", autocomplete: "email", value: recall("author", {}).email ?? "" })
  openDialog(thread, {
    title: t("follow"),
    words: t("followed"),
    send: t("sendFollow"),
    fields: [labelled(t("email"), email)],
    check: () => !/.@./.test(email.value) && [email, "needAddress"],
    async act() {
      await service.send(`${service.thread}/follow`, "POST", JSON.stringify({ email: email.value.trim() }))
      return t("lookAtMail")
    },
  })
}
