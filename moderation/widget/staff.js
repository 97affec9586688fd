// Moderating on the article: what is held, and more actions below ⋯. Loaded for staff alone.

import { button, h, prose } from "./dom.js"
import { attempt } from "./errors.js"

const TAKEN = /^(already_decided|claimed)$/

/** Show the held comments above the others, and let `more` offer the actions of staff. */
export async function staff(thread) {
  const { service, t } = thread
  const { comments, more, features } = await service.send(`${service.thread}/held`, "GET", "", {}, true)
  const heading = h("h3", { id: "held", tabIndex: -1 })
  const list = h("ol", {})
  const panel = h("section", { className: "pane held" }, heading, list, more && h("p", { className: "muted" }, t("inConsole")))
  panel.setAttribute("aria-labelledby", heading.id)
  const tally = () => {
    heading.textContent = t("waiting", { n: list.childElementCount })
    panel.hidden = !list.childElementCount && !more
  }
  const send = (control, id, path, method, body) => attempt(thread, control, "again", async () => {
    try {
      await service.send(`${service.site}/comments/${id}/${path}`, method, body)
    } catch (error) {
      // Reloading shows what the colleague decided.
      throw TAKEN.test(error.problem?.code) ? Object.assign(error, { problem: { ...error.problem, reason: "meanwhile" } }) : error
    }
  })
  const decide = async (control, { id, edited_at }, outcome, then) => {
    if (!await send(control, id, "decisions", "POST", JSON.stringify({ outcome, edited_at }))) return
    then()
    tally()
    thread.announce(t(outcome === "approve" ? "published" : "removed"))
  }
  const add = (comment, held) => {
    const { author, html, because } = comment
    const drop = () => {
      const near = item.nextElementSibling ?? item.previousElementSibling
      item.remove()
      tally()
      ;(near?.querySelector("button") ?? (panel.hidden ? thread : heading)).focus()
    }
    const approve = button(t("approve"), () => decide(approve, comment, "approve", () => {
      drop()
      thread.place({ ...comment, status: "approved", deleted: false, removal: null })
      thread.count(1)
    }))
    const reject = held && button(t("reject"), () => decide(reject, comment, "reject", drop))
    const above = thread.views.get(comment.parent_id)
    const reply = above && h("span", { className: "muted" }, t("inReply", { name: above.comment.author.name }))
    const article = h(
      "article",
      { ariaLabel: author.name },
      h("header", {}, h("b", { dir: "auto" }, author.name), reply),
      prose(h("div", { className: "text" }), html),
      because && h("p", { className: "state" }, because),
      h("footer", { className: "actions" }, approve, reject),
    )
    const item = h("li", {}, article)
    list.append(item)
    tally()
  }
  const takeDown = (view) => {
    const { comment } = view
    view.update({ deleted: true, removal: "moderator" })
    thread.count(-1)
    // At hand, should it have been a mistake.
    add({ ...comment, because: t("removed") }, false)
  }
  thread.staff = (view) => {
    const { comment, id } = view
    const reject = button(t("reject"), () => decide(reject, comment, "reject", () => takeDown(view)))
    const feature = features && button(t(comment.featured ? "unfeature" : "feature"), async () => {
      const featured = !comment.featured
      if (await send(feature, id, "featured", featured ? "PUT" : "DELETE")) view.update({ featured })
    })
    return [reject, feature]
  }
  for (const comment of comments) add(comment, true)
  tally()
  thread.live.after(panel)
}
