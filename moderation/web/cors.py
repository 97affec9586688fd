"""Cross-origin access for the public API: only for the origins of the site in question.

A page of any other origin can read only the error that names the missing configuration.
"""

from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError

from moderation.domain.errors import ModerationError, OriginNotAllowed, SiteNotFound
from moderation.domain.hosts import is_listed
from moderation.services.comments import threads
from moderation.services.sites import changes, origins, registry
from moderation.storage.models.sites import Site

from .database import db
from .origins import is_own

_ALLOW = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-Edit-Token",
    "Access-Control-Max-Age": "86400",
}
_READING = ("GET", "HEAD")
#: Blueprints of the public API, which pages of the sites call.
_PUBLIC = frozenset({"appeals", "article", "comments", "me", "reports", "votes"})
# The widget reads the time from Date: many computers' clocks are wrong.
EXPOSED_HEADERS = "Date, ETag, Retry-After, X-Request-Id"


def register(app: Flask) -> None:
    """Refuse requests from other origins, and add the CORS headers to responses."""
    app.before_request(_refuse_other_origins)
    app.after_request(_allow)


def from_own_origin(site: Site) -> bool:
    """Return whether a page of the site, or of this service, made the request."""
    origin = request.headers.get("Origin", "").lower()
    return is_listed(origin, site.origins)


def _refuse_other_origins() -> None:
    """Raise an error that names the missing origin when a page of another origin reads."""
    origin = request.headers.get("Origin", "").lower()
    if request.blueprint not in _PUBLIC or request.method not in _READING:
        return
    if not origin or is_own(origin):
        return
    try:
        site = _site()
    except SiteNotFound as error:
        name = (request.view_args or {})["site"]
        raise SiteNotFound(f"{error.detail} {_advice('add', name, origin)}") from None
    if site is not None and not is_listed(origin, site.origins):
        raise OriginNotAllowed(
            f"The page's origin is not one of the site's. {_advice('settings', site.name, origin)}"
        )


def _advice(command: str, site: str, origin: str) -> str:
    """Return the command that lets pages of an origin show a site's comments."""
    try:
        (listed,) = origins.check_origins([origin])
        name = changes.check_name(site)
    except ModerationError as error:
        return error.detail
    others = "" if command == "add" else ", with an --origin for each of the others too"
    return f"Run: moderation site {command} {name} --origin {listed}{others}"


def _allow(response: Response) -> Response:
    if request.blueprint not in _PUBLIC:
        return response
    response.vary.add("Origin")
    origin = request.headers.get("Origin", "").lower()
    if not origin:
        return response
    if not is_listed(origin, _origins()):
        # A page that may not read the comments can read the reason, for its developer.
        if request.method in _READING and response.status_code in (403, 404):
            response.headers["Access-Control-Allow-Origin"] = origin
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if request.method == "OPTIONS":
        response.headers.update(_ALLOW)
    return response


def _origins() -> list[str]:
    """Return the origins of the request's site; empty when the site is unknown."""
    try:
        site = _site()
        return site.origins if site else []
    except (ModerationError, SQLAlchemyError):
        # The response being sent reports this already.
        return []


def _site() -> Site | None:
    """Return the site of the request's path: by its name, or through the comment."""
    arguments = request.view_args or {}
    if "site" in g:
        return g.site  # type: ignore[no-any-return]
    if "site" in arguments:
        return registry.find(db.session(), arguments["site"])
    if "comment_id" in arguments:
        return threads.site_of_comment(db.session(), arguments["comment_id"])
    return None
