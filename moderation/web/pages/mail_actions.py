"""Pages for the links in mails to moderators: each asks, and its form acts.

Opening a link changes nothing, since mail programs open links before people do. The
token in the address identifies the moderator: no login, no cookie.
"""

from flask import Blueprint, Response, render_template

from moderation.domain.errors import AlreadyDecided, Conflict, Forbidden, ModerationError, NotFound
from moderation.domain.reasons import Reason
from moderation.domain.status import Outcome
from moderation.services.notifications import mails, messages, signed_links
from moderation.services.notifications.signed_links import Proven
from moderation.services.review import decisions, queues

from ..auth import runtime, utcnow
from ..database import db
from ..rate_limits import edit_limit, limiter
from .console import TEMPLATES, add_headers

bp = Blueprint("mail", __name__, url_prefix="/review", template_folder=TEMPLATES)
bp.after_request(add_headers)
_VERBS = {Outcome.APPROVE: "Approve", Outcome.REJECT: "Reject"}
_DONE = {Outcome.APPROVE: "Approved", Outcome.REJECT: "Rejected"}


@bp.get("/mail/<token>")
@limiter.limit(edit_limit)
def ask(token: str) -> Response:
    """Show the comment and ask to confirm the decision; changes nothing."""
    try:
        proven = _proven(token)
        item = queues.item(db.session(), proven.comment_id, proven.reviewer.by, now=utcnow())
    except ModerationError as error:
        return _result_page("This link no longer works", error.detail, 403)
    if item["version"] != proven.version:
        changed = "This comment was already decided, or its author has changed it."
        return _result_page("Already settled", changed, 409, proven)
    if not item["may_decide"]:
        escalated = "This comment was escalated: a senior or an admin decides about it."
        return _result_page("Not yours to decide", escalated, 403, proven)
    comment = item["comment"]
    page = render_template(
        "mail_confirm.html",
        title=f"{_VERBS[proven.outcome]} this comment?",
        author=messages.quoted(comment["author"]["name"]),
        text=messages.quoted(comment["text"]),
        post=comment["post"]["title"] or comment["post"]["id"],
        because=item["because"],
        verb=_VERBS[proven.outcome],
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
        return _result_page("This link no longer works", error.detail, 403)
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
        return _result_page("Already settled", error.detail, 409, proven)
    except Forbidden as error:
        return _result_page("Not recorded", error.detail, 403, proven)
    except Conflict as error:
        return _result_page("Not recorded", error.detail, 409, proven)
    except NotFound as error:
        return _result_page("The comment is gone", error.detail, 404)
    undo = "You can undo it in the console."
    return _result_page(
        f"{_DONE[proven.outcome]}", f"It is recorded under your name. {undo}", 200, proven
    )


@bp.get("/mail-on/<token>", defaults={"purpose": "on"})
@bp.get("/mail-off/<token>", defaults={"purpose": "off"})
@limiter.limit(edit_limit)
def ask_about_mail(token: str, purpose: str) -> Response:
    """Ask to confirm an address or to end the mail; changes nothing."""
    try:
        signed_links.proven_address(db.session(), runtime(), purpose, token)
    except ModerationError as error:
        return _result_page("This link no longer works", error.detail, 403)
    title = "Is this your address?" if purpose == "on" else "No more mail about comments?"
    text = (
        "Mail about held comments is then sent to it, as set in your account."
        if purpose == "on"
        else "You can switch it on again in your account."
    )
    verb = "Yes, it is mine" if purpose == "on" else "No more mail"
    return Response(render_template("mail_confirm.html", title=title, message=text, verb=verb))


@bp.post("/mail-on/<token>")
@limiter.limit(edit_limit)
def confirm_address(token: str) -> Response:
    """Confirm a moderator's mail address."""
    try:
        mails.confirm(db.session(), runtime(), token, now=utcnow())
    except ModerationError as error:
        return _result_page("This link no longer works", error.detail, 403)
    return _result_page("Confirmed", "Mail about held comments is now sent to this address.", 200)


@bp.post("/mail-off/<token>")
@limiter.limit(edit_limit)
def end_mail(token: str) -> Response:
    """Switch off mail to a moderator, also by one-click unsubscribe (RFC 8058)."""
    try:
        mails.switch_off(db.session(), runtime(), token, now=utcnow())
    except ModerationError as error:
        return _result_page("This link no longer works", error.detail, 403)
    return _result_page("Done", "You will get no more mail about held comments.", 200)


def _proven(token: str) -> Proven:
    return signed_links.proven_decision(db.session(), runtime(), token, now=utcnow())


def _result_page(title: str, message: str, status: int, proven: Proven | None = None) -> Response:
    comment_id = proven.comment_id if proven else None
    page = render_template("mail_told.html", title=title, message=message, comment_id=comment_id)
    return Response(page, status)
