"""The page that reports a comment, without JavaScript: a form, and its confirmation."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request
from flask_limiter.errors import RateLimitExceeded
from marshmallow import ValidationError

from moderation.domain.errors import (
    CommentNotFound,
    CrossSite,
    Invalid,
    ModerationError,
    ReportsOff,
    TooSoon,
)
from moderation.services.comments import threads
from moderation.services.community import report_reasons, reports
from moderation.services.community.reports import Report, Reporter

from ..auth import runtime, utcnow
from ..client_address import client_address
from ..database import db
from ..errors import rate_limited
from ..origins import refuse_other_sites
from ..rate_limits import limiter, report_limit, require_room, seconds_to_wait
from ..schemas.reports import LONGEST_EXPLANATION, LONGEST_TEXT, ReportIn
from .render import article_of, known_post, language, links_of, render_page, translations

bp = Blueprint("report_page", __name__, template_folder="templates")

_TEXTS = ("reason", "text", "explanation", "name", "email")


@dataclass(frozen=True, slots=True)
class _Reported:
    """The comment that a page is about, as readers see it."""

    id: UUID
    post: str
    view: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Problems:
    """Errors of a form: a general one, and those of its fields."""

    general: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@bp.get("/report/<uuid:comment_id>")
def report_form(comment_id: UUID) -> Response:
    """Show a comment with the form that reports it."""
    return _form(_reported(comment_id), {})


@bp.post("/report/<uuid:comment_id>")
@limiter.limit(report_limit)
def report_comment(comment_id: UUID) -> Response:
    """Store a report; show the form again with its errors."""
    about, typed = _reported(comment_id), _typed()
    if not _is_confirmed(about):
        # From a page of another site, or from a form of another comment.
        return _form(about, typed)
    try:
        report = _report_of(typed)
        require_room(g.site.name, f"reports {about.post}")
        reporter = Reporter(address=client_address())
        reports.submit(db.session(), runtime(), g.site, comment_id, report, reporter, now=utcnow())
    except TooSoon as error:
        return _form(about, typed, wait=error.retry_after)
    except ReportsOff:
        return _form(about, typed, _Problems(translations().page("report_none")))
    except Invalid as error:
        names = {each.pointer.rsplit("/", 1)[-1] for each in error.errors}
        return _form(about, typed, _problems(names, typed))
    except ValidationError as error:
        names = set(error.messages) if isinstance(error.messages, dict) else set()
        return _form(about, typed, _problems(names, typed))
    return _form(about, {}, sent=True)


@bp.errorhandler(RateLimitExceeded)
def too_many(error: RateLimitExceeded) -> Response:
    """Return the typed text to a rate-limited reader, so that it is not lost."""
    try:
        about = _reported((request.view_args or {})["comment_id"])
    except ModerationError:
        return rate_limited(error)
    return _form(about, _typed(), wait=seconds_to_wait())


def _reported(comment_id: UUID) -> _Reported:
    """Return the comment when it is public; sets the site of the request."""
    site_id, post, view = threads.listed_comment(db.session(), comment_id)
    g.site = threads.site_of_comment(db.session(), comment_id)
    if g.site is None or g.site.id != site_id or view["deleted"]:
        raise CommentNotFound("There is no such comment, or it is not public.")
    return _Reported(comment_id, post, view)


def _typed() -> dict[str, str]:
    typed = {name: request.form.get(name, "").replace("\r\n", "\n") for name in _TEXTS}
    return {**typed, "good_faith": "1" if request.form.get("good_faith") else ""}


def _is_confirmed(about: _Reported) -> bool:
    token = request.form.get("token", "")
    if runtime().form_seconds(token, g.site.name, _form_of(about), utcnow()) is None:
        return False
    try:
        refuse_other_sites()
    except CrossSite:
        return False
    return True


def _form_of(about: _Reported) -> str:
    return f"report of {about.id}"


def _report_of(typed: dict[str, str]) -> Report:
    body: dict[str, Any] = {name: typed[name] for name in _TEXTS}
    body["good_faith"] = bool(typed["good_faith"])
    report: Report = ReportIn().load({**body, "lang": translations().lang})
    return report


def _problems(names: set[str], typed: dict[str, str]) -> _Problems:
    """Return the errors of fields in the reader's language."""
    words = translations()
    found = {}
    for name in names & {*_TEXTS, "good_faith"}:
        if name == "reason":
            found[name] = words.t("chooseReason")
        elif not typed[name].strip():
            found[name] = words.t("required")
        elif name in ("email", "name"):
            found[name] = words.t("badEmail" if name == "email" else "badName")
        else:
            found[name] = words.page("report_long")
    return _Problems("" if "reason" in found else words.page("fix"), found)


def _form(
    about: _Reported,
    typed: dict[str, str],
    problems: _Problems | None = None,
    *,
    sent: bool = False,
    wait: int = 0,
) -> Response:
    """Return the page with the form, or with the confirmation."""
    db.session().rollback()
    status = 422 if problems else 202 if sent else 200
    if wait:
        problems, status = _Problems(translations().t("busy", wait)), 429
    post = known_post(about.post)
    listed = report_reasons.reasons(g.site.settings, translations().lang)
    response = render_page(
        "embed_report.html",
        status,
        comment=about.view,
        action=f"/report/{about.id}{language()}",
        token=runtime().form_token(g.site.name, _form_of(about), utcnow()),
        reasons=listed if reports.is_open(g.site) else [],
        legal=any(each["needs"] for each in listed),
        typed=typed,
        problems=problems or _Problems(),
        sent=sent,
        mails=bool(runtime().settings.smtp_url),
        longest_text=LONGEST_TEXT,
        longest_explanation=LONGEST_EXPLANATION,
        links=links_of(g.site.name, about.post, here=False),
        article=article_of(post),
        title=post.title if post is not None else "",
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
