"""Pages for the links in mails to moderators: each asks, and its form acts.

Opening a link changes nothing, since mail programs open links before people do. The
token in the address identifies the moderator: no login, no cookie.
"""

from typing import Any

from flask import Blueprint, Response, render_template

from moderation.domain.errors import (
    AlreadyDecided,
    BadMailLink,
    Conflict,
    Forbidden,
    ModerationError,
    NotFound,
)
from moderation.domain.reasons import Reason
from moderation.domain.status import Outcome
from moderation.services.notifications import mails, messages, signed_links
from moderation.services.notifications.signed_links import Proven
from moderation.services.review import decisions, queues

from ..auth import runtime, utcnow
from ..database import db
from ..rate_limits import edit_limit, limiter
from . import console_words
from .console import TEMPLATES, add_headers

bp = Blueprint("mail", __name__, url_prefix="/review", template_folder=TEMPLATES)
bp.after_request(add_headers)
bp.context_processor(console_words.in_templates)


@bp.get("/mail/<token>")
@limiter.limit(edit_limit)
def ask(token: str) -> Response:
    """Show the comment and ask to confirm the decision; changes nothing."""
    try:
        proven = _proven(token)
        item = queues.item(db.session(), proven.comment_id, proven.reviewer.by, now=utcnow())
    except ModerationError as error:
        return _bad_link(error)
    if item["version"] != proven.version:
        return _result_page(_text("settled"), _text("settledText"), 409, proven)
    if not item["may_decide"]:
        return _result_page(_text("notYours"), _text("notYoursText"), 403, proven)
    comment = item["comment"]
    page = render_template(
        "mail_confirm.html",
        title=_text(f"{proven.outcome}Title"),
        author=messages.quoted(comment["author"]["name"]),
        text=messages.quoted(comment["text"]),
        post=comment["post"]["title"] or comment["post"]["id"],
        because=_because(item),
        verb=_text(str(proven.outcome)),
        reject=proven.outcome is Outcome.REJECT,
        reviewer=proven.reviewer,
        comment_id=proven.comment_id,
    )
    return Response(page)


@bp.post("/mail/<token>")
@limiter.limit(edit_limit)
def decide(token: str) -> Response:
    """Record the link's decision, once; an earlier decision of a colleague is kept."""
    try:
        proven = _proven(token)
    except ModerationError as error:
        return _bad_link(error)
    now = utcnow()
    rejected = proven.outcome is Outcome.REJECT
    try:
        item = queues.item(db.session(), proven.comment_id, proven.reviewer.by, now=now)
        suggested = Reason(item["suggested_reason"] or Reason.OTHER)
        decisions.decide(
            db.session(),
            proven.comment_id,
            proven.outcome,
            proven.reviewer.by,
            now=now,
            reason=suggested if rejected else None,
            note="Decided by a link in a mail.",
            version=proven.version,
        )
    except AlreadyDecided as error:
        return _result_page(_text("settled"), error.detail, 409, proven)
    except Forbidden as error:
        return _result_page(_text("notRecorded"), error.detail, 403, proven)
    except Conflict as error:
        return _result_page(_text("notRecorded"), error.detail, 409, proven)
    except NotFound as error:
        return _result_page(_text("gone"), error.detail, 404)
    done = _text("rejected" if rejected else "approved")
    return _result_page(done, _text("recorded"), 200, proven)


@bp.get("/mail-on/<token>", defaults={"purpose": "on"})
@bp.get("/mail-off/<token>", defaults={"purpose": "off"})
@limiter.limit(edit_limit)
def ask_about_mail(token: str, purpose: str) -> Response:
    """Ask to confirm an address or to end the mail; changes nothing."""
    try:
        signed_links.proven_address(db.session(), runtime(), purpose, token)
    except ModerationError as error:
        return _bad_link(error)
    key = "isYours" if purpose == "on" else "noMore"
    title, text, verb = _text(key), _text(f"{key}Text"), _text(f"{key}Yes")
    return Response(render_template("mail_confirm.html", title=title, message=text, verb=verb))


@bp.post("/mail-on/<token>")
@limiter.limit(edit_limit)
def confirm_address(token: str) -> Response:
    """Confirm a moderator's mail address."""
    try:
        mails.confirm(db.session(), runtime(), token, now=utcnow())
    except ModerationError as error:
        return _bad_link(error)
    return _result_page(_text("confirmed"), _text("confirmedText"), 200)


@bp.post("/mail-off/<token>")
@limiter.limit(edit_limit)
def end_mail(token: str) -> Response:
    """Switch off mail to a moderator, also by one-click unsubscribe (RFC 8058)."""
    try:
        mails.switch_off(db.session(), runtime(), token, now=utcnow())
    except ModerationError as error:
        return _bad_link(error)
    return _result_page(_text("done"), _text("doneText"), 200)


def _text(key: str) -> str:
    return console_words.asked().t(f"pages.mail.{key}")


def _because(item: dict[str, Any]) -> str:
    """Return why a comment is held: the sentence itself, which is English, or its findings."""
    words = console_words.asked()
    if words.lang == "en" or not item["because"]:
        return str(item["because"])
    causes = [cause["code"] for cause in item["reasons"] if cause["outcome"] == Outcome.HOLD]
    names = [words.name_of("common.findings", code) for code in dict.fromkeys(causes)]
    return words.t("queue.because.hold", findings=", ".join(names))


def _bad_link(error: ModerationError) -> Response:
    text = _text("badLinkText") if isinstance(error, BadMailLink) else error.detail
    return _result_page(_text("badLink"), text, 403)


def _proven(token: str) -> Proven:
    return signed_links.proven_decision(db.session(), runtime(), token, now=utcnow())


def _result_page(title: str, message: str, status: int, proven: Proven | None = None) -> Response:
    comment_id = proven.comment_id if proven else None
    page = render_template("mail_told.html", title=title, message=message, comment_id=comment_id)
    return Response(page, status)
