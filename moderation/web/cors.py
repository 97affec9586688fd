"""Cross-origin access for the public API: only for the origins of the site in question."""

from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError

from moderation.domain.errors import ModerationError
from moderation.services import sites, threads
from moderation.storage import db
from moderation.storage.sites import Site

_ALLOW = {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-Edit-Token",
    "Access-Control-Max-Age": "86400",
}
# Widgets tell the time by Date: many computers' own clocks are wrong.
EXPOSED_HEADERS = "Date, ETag, Retry-After, X-Request-Id"


def register(app: Flask) -> None:
    app.after_request(_allow)


def from_own_origin(site: Site) -> bool:
    """Tell whether the request was made by a page of the site, or of this service."""
    origin = request.headers.get("Origin", "").lower()
    return origin in site.origins


def _allow(response: Response) -> Response:
    if request.blueprint != "comments":
        return response
    response.vary.add("Origin")
    origin = request.headers.get("Origin", "").lower()
    if not origin:
        return response
    if origin not in _origins():
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if request.method == "OPTIONS":
        response.headers.update(_ALLOW)
    return response


def _origins() -> list[str]:
    """Origins of the site that the address is about; none when that cannot be found out."""
    try:
        site = _site()
        return site.origins if site else []
    except (ModerationError, SQLAlchemyError):
        # The answer that is on its way says so already.
        return []


def _site() -> Site | None:
    """The site that the address is about: by its name, or by the comment's."""
    arguments = request.view_args or {}
    if "site" in g:
        return g.site  # type: ignore[no-any-return]
    if "site" in arguments:
        return sites.find(db.session(), arguments["site"])
    if "comment_id" in arguments:
        return threads.site_of(db.session(), arguments["comment_id"])
    return None
