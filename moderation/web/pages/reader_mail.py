"""Pages for the links in mails to readers: each asks, and its form acts.

Opening a link changes nothing, since mail programs and scanners open links before people do.
The token in the address identifies the reader: no login, no cookie.
"""

from typing import Any

from flask import Blueprint, Response, request

from moderation.domain.errors import BadMailLink
from moderation.services.community import mail_consent
from moderation.services.notifications import reader_links
from moderation.services.notifications.reader_links import Stop

from ..auth import runtime, utcnow
from ..database import db
from ..http import accepted_language
from ..rate_limits import edit_limit, limiter
from .i18n import words
from .render import render_page

bp = Blueprint("reader_mail", __name__, url_prefix="/mail", template_folder="templates")
_ALLOW = "allow"


@bp.get("/confirm/<token>")
@limiter.limit(edit_limit)
def ask(token: str) -> Response:
    """Ask a reader to confirm an address; changes nothing."""
    asked = mail_consent.asked(db.session(), runtime(), token, now=utcnow())
    return _page("reader_confirm.html", asked.site, asked.language, asked=asked)


@bp.post("/confirm/<token>")
@limiter.limit(edit_limit)
def confirm(token: str) -> Response:
    """Confirm a reader's address."""
    mail_consent.confirm(db.session(), runtime(), token, now=utcnow())
    return ask(token)


@bp.get("/stop/<token>")
@limiter.limit(edit_limit)
def ask_to_stop(token: str) -> Response:
    """Show the mail that an address gets, with buttons that stop it; changes nothing."""
    return _stop_page(token)


@bp.post("/stop/<token>")
@limiter.limit(edit_limit)
def stop(token: str) -> Response:
    """Stop mail: by a button of the page, or by one click in a mail program (RFC 8058)."""
    stopping = reader_links.stopping(runtime(), token)
    pressed = request.form.get("do", "")
    if pressed == _ALLOW:
        mail_consent.allow(db.session(), stopping)
    else:
        what = Stop(pressed) if pressed in set(Stop) else stopping.one_click
        mail_consent.stop(db.session(), stopping, what, _language(), now=utcnow())
    return _stop_page(token, done=True)


@bp.errorhandler(BadMailLink)
def expired(error: BadMailLink) -> Response:
    """Answer a link that is not valid, or whose address is gone."""
    return _page("reader_expired.html", None, _language(), status=403)


def _stop_page(token: str, *, done: bool = False) -> Response:
    standing = mail_consent.standing(db.session(), reader_links.stopping(runtime(), token))
    language = standing.language or _language()
    return _page("reader_stop.html", standing.site, language, standing=standing, done=done)


def _language() -> str:
    return accepted_language(request.headers.get("Accept-Language", ""), "en")


def _page(template: str, site: Any, language: str, *, status: int = 200, **values: Any) -> Response:
    """Render a page that no other page may frame, and whose address stays private."""
    response = render_page(
        template,
        status,
        texts=words(language),
        framed_by=(),
        site=site and (site.title or site.name),
        article="",
        **values,
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
