// Deletes a comment of the reader's own, after a question.

import { button, h } from "./dom.js"
import { attempt } from "./errors.js"
import { leave } from "./refresh.js"

/** Ask in place of the comment's buttons. */
export function confirm(thread, view) {
  const { t } = thread
  const actions = view.article.querySelector(".actions")
  const keep = button(t("cancel"), () => view.back())
  const remove = button(t("delete"), () => attempt(thread, remove, "notDeleted", () => removed(thread, view)))
  actions.replaceChildren(h("span", {}, t("sure")), remove, keep)
  keep.focus()
}

async function removed(thread, view) {
  const { service, own, t } = thread
  await service.send(`api/v1/comments/${view.id}`, "DELETE", "", { "X-Edit-Token": own.token(view.id) })
  own.forget(view.id)
  if (view.comment.status === "approved") thread.count(-1)
  thread.announce(t("deleted"))
  if (view.list.childElementCount) {
    view.update({ deleted: true })
    view.focus()
  } else {
    leave(thread, view)
  }
}
