"""Where links in mail to moderators lead: pages that ask, and forms that do.

Opening a link changes nothing, since programs open links in mail before people do. The
token in the address says who is asking: no login, no cookie.
"""

from flask import Blueprint, Response, render_template

from moderation.domain.errors import AlreadyDecided, Conflict, ModerationError, NotFound
from moderation.domain.reasons import Reason
from moderation.domain.status import Outcome
from moderation.services import mail_links, mail_text, mails, queues, review
from moderation.services.mail_links import Proven
from moderation.storage import db

from .console import TEMPLATES, add_headers
from .guards import runtime, utcnow
from .limits import edit_limit, limiter

bp = Blueprint("mail", __name__, url_prefix="/review", template_folder=TEMPLATES)
bp.after_request(add_headers)
_VERBS = {Outcome.APPROVE: "Approve", Outcome.REJECT: "Reject"}
_DONE = {Outcome.APPROVE: "Approved", Outcome.REJECT: "Rejected"}


@bp.get("/mail/<token>")
@limiter.limit(edit_limit)
def ask(token: str) -> Response:
    """Show the comment and ask whether to decide so; changes nothing."""
    try:
        proven = _proven(token)
        item = queues.item(db.session(), proven.comment_id, proven.reviewer.by, now=utcnow())
    except ModerationError as error:
        return _told("This link no longer works", error.detail, 403)
    if item["version"] != proven.version:
        changed = "Somebody has decided about this comment, or its author has changed it."
        return _told("Already settled", changed, 409, proven)
    comment = item["comment"]
    page = render_template(
        "mail_confirm.html",
        title=f"{_VERBS[proven.outcome]} this comment?",
        author=mail_text.quoted(comment["author"]["name"]),
        text=mail_text.quoted(comment["text"]),
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
    """Decide as the link says, once; whoever was faster is named and not overruled."""
    try:
        proven = _proven(token)
    except ModerationError as error:
        return _told("This link no longer works", error.detail, 403)
    now = utcnow()
    rejected = proven.outcome is Outcome.REJECT
    try:
        item = queues.item(db.session(), proven.comment_id, proven.reviewer.by, now=now)
        suggested = Reason(item["suggested_reason"] or Reason.OTHER)
        review.decide(
            db.session(),
            proven.comment_id,
            proven.outcome,
            proven.reviewer.by,
            now=now,
            reason=suggested if rejected else None,
            note="By a link in a mail.",
            version=proven.version,
        )
    except AlreadyDecided as error:
        return _told("Already settled", error.detail, 409, proven)
    except Conflict as error:
        return _told("Not recorded", error.detail, 409, proven)
    except NotFound as error:
        return _told("The comment is gone", error.detail, 404)
    undo = "You can undo it in the console."
    return _told(f"{_DONE[proven.outcome]}", f"It is recorded under your name. {undo}", 200, proven)


@bp.get("/mail-on/<token>", defaults={"purpose": "on"})
@bp.get("/mail-off/<token>", defaults={"purpose": "off"})
@limiter.limit(edit_limit)
def ask_about_mail(token: str, purpose: str) -> Response:
    """Ask whether to confirm an address, or to end the mail; changes nothing."""
    try:
        mail_links.proven_address(db.session(), runtime(), purpose, token)
    except ModerationError as error:
        return _told("This link no longer works", error.detail, 403)
    title = "Is this your address?" if purpose == "on" else "No more mail about comments?"
    text = (
        "Mail about held comments is then sent to it, as your account says."
        if purpose == "on"
        else "You can switch it on again in your account."
    )
    verb = "Yes, it is mine" if purpose == "on" else "No more mail"
    return Response(render_template("mail_confirm.html", title=title, said=text, verb=verb))


@bp.post("/mail-on/<token>")
@limiter.limit(edit_limit)
def confirm_address(token: str) -> Response:
    """Take it that an address is its moderator's."""
    try:
        mails.confirm(db.session(), runtime(), token, now=utcnow())
    except ModerationError as error:
        return _told("This link no longer works", error.detail, 403)
    return _told("Confirmed", "Mail about held comments is sent to this address now.", 200)


@bp.post("/mail-off/<token>")
@limiter.limit(edit_limit)
def end_mail(token: str) -> Response:
    """End mail to a moderator, also for mail programs that ask in one click (RFC 8058)."""
    try:
        mails.switch_off(db.session(), runtime(), token, now=utcnow())
    except ModerationError as error:
        return _told("This link no longer works", error.detail, 403)
    return _told("Done", "No more mail about held comments is sent to you.", 200)


def _proven(token: str) -> Proven:
    return mail_links.proven_decision(db.session(), runtime(), token, now=utcnow())


def _told(title: str, said: str, status: int, proven: Proven | None = None) -> Response:
    comment_id = proven.comment_id if proven else None
    page = render_template("mail_told.html", title=title, said=said, comment_id=comment_id)
    return Response(page, status)
