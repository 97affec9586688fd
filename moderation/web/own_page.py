"""The author's page without JavaScript: how a comment stands, and to edit or delete it.

It exists only as an answer to a form that carries the edit token: the token is in no address,
so it gets into no history, log, cache or Referer.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request
from marshmallow import ValidationError

from moderation.domain.errors import CommentNotFound, EditWindowOver, ModerationError, PostClosed
from moderation.domain.status import Status
from moderation.services import authorship, threads
from moderation.services.receipts import Receipt
from moderation.storage import db

from .embed_page import language, render_page, said, thread_address
from .guards import runtime, utcnow
from .limits import edit_limit, limiter
from .schemas.submissions import EditIn

bp = Blueprint("own_page", __name__, template_folder="templates")

#: Which words tell an author how their comment stands.
_STANDS = {
    Status.APPROVED: "published",
    Status.HELD: "held",
    Status.DELETED: "deleted",
}
_WRONG: dict[type[ModerationError], str] = {
    EditWindowOver: "windowOver",
    PostClosed: "nowClosed",
    CommentNotFound: "deleted",
}


@bp.post("/own/<uuid:comment_id>")
@limiter.limit(edit_limit)
def own_comment(comment_id: UUID) -> Response:
    """Show one's own comment; `do` may be `save`, `ask` before deleting, or `delete`."""
    token = request.form.get("token", "")
    receipt = authorship.read(db.session(), runtime(), comment_id, token)
    g.site = threads.site_of(db.session(), comment_id)
    wanted = request.form.get("do", "")
    text = request.form.get("text", "")
    try:
        if wanted == "save":
            receipt = _save(comment_id, token, text)
        elif wanted == "delete":
            authorship.withdraw(db.session(), runtime(), comment_id, token, now=utcnow())
            receipt = authorship.read(db.session(), runtime(), comment_id, token)
    except (EditWindowOver, PostClosed, CommentNotFound) as error:
        db.session().rollback()
        return show(receipt, problem=_WRONG[type(error)], typed=text, status=409)
    except ValidationError:
        return show(receipt, problem="badText", typed=text, status=422)
    return show(receipt, asked=wanted == "ask")


def show(
    receipt: Receipt,
    *,
    asked: bool = False,
    problem: str = "",
    typed: str = "",
    status: int = 200,
) -> Response:
    """The author's page for a comment that was just sent, looked at or changed."""
    comment = receipt.comment
    gone = receipt.status is Status.DELETED
    response = render_page(
        "embed_own.html",
        status,
        stands=receipt.public_reason or _STANDS.get(receipt.status, "rejected"),
        comment=None if gone else threads.view(comment),
        own=f"/own/{comment.id}{language()}",
        token=receipt.edit_token,
        editable=not gone and authorship.editable_seconds(runtime(), comment, utcnow()) > 0,
        asked=asked,
        problem=said().say(problem) if problem else "",
        typed=typed or comment.text,
        thread=_thread(comment.id, published=receipt.status is Status.APPROVED),
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _save(comment_id: UUID, token: str, text: str) -> Receipt:
    edit: dict[str, Any] = EditIn().load({"text": text})
    return authorship.edit(db.session(), runtime(), comment_id, token, edit["text"], now=utcnow())


def _thread(comment_id: UUID, *, published: bool) -> str:
    post = threads.post_of(db.session(), comment_id)
    anchor = f"#comment-{comment_id}" if published else ""
    return thread_address(g.site.name, post) + language() + anchor
