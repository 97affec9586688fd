"""The author's page without JavaScript: a comment's status, and forms to edit, delete or appeal.

It exists only as the response to a form with the edit token: the token is in no address,
so it gets into no history, log, cache or Referer.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request
from flask_limiter.errors import RateLimitExceeded
from marshmallow import ValidationError

from moderation.domain.errors import (
    AlreadyAppealed,
    AppealOver,
    CommentNotFound,
    EditWindowOver,
    Invalid,
    ModerationError,
    NothingToAppeal,
    PostClosed,
    TooManyAppeals,
)
from moderation.domain.status import Status
from moderation.services.comments import decision_notices, own_comments, threads
from moderation.services.comments.idempotency import NO_REASON, Receipt
from moderation.services.community import appeals
from moderation.services.sites import registry

from ..auth import runtime, utcnow
from ..database import db
from ..errors import rate_limited
from ..rate_limits import edit_limit, limiter, seconds_to_wait
from ..schemas.appeals import AppealIn
from ..schemas.comments import EditIn
from .comment_form import text_problem
from .render import article_of, known_post, language, links_of, render_page, translations

bp = Blueprint("own_page", __name__, template_folder="templates")

#: Message keys for the status of a comment, as shown to its author.
_STATUS_KEYS = {
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
    """Show the author's own comment; `do` may be `save`, `ask`, `delete` or `appeal`."""
    token = request.form.get("token", "")
    receipt = own_comments.read(db.session(), runtime(), comment_id, token)
    g.site = threads.site_of_comment(db.session(), comment_id)
    wanted = request.form.get("do", "")
    text = request.form.get("text", "").replace("\r\n", "\n")
    try:
        if wanted == "save" and text.strip() != receipt.comment.text:
            receipt = _save(comment_id, token, text)
        elif wanted == "delete":
            own_comments.delete(db.session(), runtime(), comment_id, token, now=utcnow())
            receipt = own_comments.read(db.session(), runtime(), comment_id, token)
        elif wanted == "appeal":
            return _appeal(receipt, text)
    except (EditWindowOver, PostClosed, CommentNotFound) as error:
        db.session().rollback()
        return show(receipt, problem=translations().t(_WRONG[type(error)]), typed=text, status=409)
    except (ValidationError, Invalid):
        db.session().rollback()
        return show(receipt, wrong=text_problem(text), typed=text, status=422)
    return show(receipt, asked=wanted == "ask", saved=wanted == "save")


@bp.errorhandler(RateLimitExceeded)
def too_many(error: RateLimitExceeded) -> Response:
    """Return the page with the typed text to a rate-limited author."""
    comment_id, token = (request.view_args or {})["comment_id"], request.form.get("token", "")
    try:
        receipt = own_comments.read(db.session(), runtime(), comment_id, token)
    except ModerationError:
        return rate_limited(error)
    g.site = threads.site_of_comment(db.session(), comment_id)
    wait = seconds_to_wait()
    text = request.form.get("text", "")
    response = show(receipt, problem=translations().t("busy", wait), typed=text, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def show(
    receipt: Receipt,
    *,
    asked: bool = False,
    saved: bool = False,
    problem: str = "",
    wrong: str = "",
    typed: str = "",
    appeal: str = "",
    wrong_appeal: str = "",
    status: int = 200,
) -> Response:
    """Return the author's page for a comment that was just sent, viewed or changed.

    `problem` is shown above the comment, `wrong` beside the text field. Without an edit
    token the page has no forms, and only shows the status.
    """
    comment, token = receipt.comment, receipt.edit_token
    gone = receipt.status is Status.DELETED
    post = known_post(threads.post_of(db.session(), comment.id))
    reason = receipt.public_reason if receipt.public_reason != NO_REASON else None
    response = render_page(
        "embed_own.html",
        status,
        status_key=reason or _STATUS_KEYS.get(receipt.status, "rejected"),
        decision=_decision(receipt),
        appeal=appeal,
        wrong_appeal=wrong_appeal,
        comment=None if gone else threads.own_view(comment, receipt.status),
        own=f"/own/{comment.id}{language()}",
        token=token,
        editable=token
        and not gone
        and own_comments.editable_seconds(runtime(), comment, utcnow()) > 0,
        asked=asked,
        saved=saved and not (problem or wrong),
        problem=problem,
        wrong=wrong,
        typed=typed or comment.text,
        links=links_of(g.site.name, post.external_id, here=False),
        published=receipt.status is Status.APPROVED,
        article=article_of(post),
        title=post.title,
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _decision(receipt: Receipt) -> dict[str, Any] | None:
    """Return what the author reads about a decision against the comment."""
    # Cached: its settings can hold long word lists.
    settings, now = registry.find(db.session(), g.site.name).settings, utcnow()
    comment, lang = receipt.comment, translations().lang
    if not receipt.edit_token and receipt.status is Status.REJECTED:
        return decision_notices.of_refusal(settings, receipt, lang, now)
    told = decision_notices.notices(db.session(), settings, [comment], lang, now=now)
    return told.get(comment.id)


#: Message keys for appeals that are not possible.
_NO_APPEAL: dict[type[ModerationError], str] = {
    AlreadyAppealed: "appealed_before",
    AppealOver: "appeal_over",
    NothingToAppeal: "appeal_nothing",
    TooManyAppeals: "appeals_waiting",
}


def _appeal(receipt: Receipt, text: str) -> Response:
    """Send the author's appeal, and show the comment again."""
    comment_id, token = receipt.comment.id, receipt.edit_token
    try:
        given: dict[str, Any] = AppealIn().load({"text": text})
        appeals.appeal(
            db.session(),
            runtime(),
            g.site,
            comment_id,
            token,
            given["text"],
            translations().lang,
            now=utcnow(),
        )
    except ValidationError:
        wrong = translations().t("badText") if not text.strip() else translations().page("long_ask")
        return show(receipt, appeal=text, wrong_appeal=wrong, status=422)
    except tuple(_NO_APPEAL) as error:
        problem = translations().page(_NO_APPEAL[type(error)])
        return show(receipt, appeal=text, problem=problem, status=409)
    return show(own_comments.read(db.session(), runtime(), comment_id, token))


def _save(comment_id: UUID, token: str, text: str) -> Receipt:
    edit: dict[str, Any] = EditIn().load({"text": text})
    return own_comments.edit(db.session(), runtime(), comment_id, token, edit["text"], now=utcnow())
