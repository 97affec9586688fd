"""Checks on the origin of a request, and attributes of the console's cookies.

The address of a client is determined in `client_address`.
"""

from urllib.parse import urlsplit
from wsgiref.types import WSGIEnvironment

from flask import current_app, request

from moderation.config import Settings
from moderation.domain.errors import CrossSite
from moderation.domain.network import is_trusted

from .state import app_state

#: A year, in which browsers that saw the service over TLS use nothing else.
HSTS = "max-age=31536000"


def _settings() -> Settings:
    return app_state(current_app).settings


def refuse_other_sites() -> None:
    """Raise CrossSite when a page of another site sent the request.

    Browsers send Sec-Fetch-Site, on connections without TLS Origin. A request with
    neither does not come from a page in a current browser.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own = origin is None or is_own(origin) if site is None else site in ("same-origin", "none")
    if not own:
        raise CrossSite("Another site sent this request. Open /review/ yourself and try again.")


def is_secure() -> bool:
    """Return whether the service has an https address and this request came over TLS."""
    return came_over_tls(request.environ, _settings())


def came_over_tls(environ: WSGIEnvironment, settings: Settings) -> bool:
    """Return whether the service has an https address and a request came over TLS."""
    if not settings.public_url.startswith("https:"):
        return False
    if environ.get("wsgi.url_scheme") == "https":
        return True
    return environ.get("HTTP_X_FORWARDED_PROTO") == "https" and is_trusted(
        environ.get("REMOTE_ADDR") or "", settings.trusted_proxies
    )


def session_cookie() -> str:
    """Return the name of the session cookie."""
    return _cookie("session")


def device_cookie() -> str:
    """Return the name of the device cookie."""
    return _cookie("device")


def cookie_options() -> dict[str, object]:
    """Return the attributes of the console's cookies."""
    secure = not _settings().development
    return {"path": "/", "httponly": True, "secure": secure, "samesite": "Strict"}


def _cookie(name: str) -> str:
    # With the prefix, other hosts of the domain and pages without TLS cannot set it.
    prefix = "" if _settings().development else "__Host-"
    return f"{prefix}moderation_{name}"


def is_own(origin: str) -> bool:
    """Return whether an origin is this service's."""
    public = _settings().public_url
    return origin == public or urlsplit(origin).netloc == request.host
