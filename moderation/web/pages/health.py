"""The health check and the home page."""

from flask import Blueprint, Response, render_template, request

from moderation.services import undelivered
from moderation.services.compat import checkers
from moderation.storage.schema_version import require_schema

from ..auth import utcnow
from ..database import db
from ..responses import dumps
from .error_pages import policy, reader_words
from .i18n import words

bp = Blueprint("pages", __name__, template_folder="templates")


@bp.get("/healthz")
def health() -> Response:
    """Return 200 while the store is reachable and has the required tables.

    Failed messages are a warning, and no reason to take the service out of rotation.
    """
    require_schema(db.session())
    session, now = db.session(), utcnow()
    warnings = undelivered.warnings(session, now=now) + checkers.warnings(session, now=now)
    state = {"status": "ok", **({"warnings": warnings} if warnings else {})}
    return dumps(state, headers={"Cache-Control": "no-store"})


@bp.get("/")
def home() -> Response:
    """Return the home page, with links to the console and the API."""
    chosen, accepted = request.args.get("lang", ""), request.headers.get("Accept-Language", "")
    texts = words(chosen) if chosen else reader_words(accepted)
    response = Response(render_template("home.html", words=texts))
    response.headers["Content-Security-Policy"] = policy("/")
    response.vary.add("Accept-Language")
    return response
