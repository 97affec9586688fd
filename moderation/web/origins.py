"""Which site a request comes from, and the cookies that only our own pages may set.

How the address of a client is found is in `guards`.
"""

from urllib.parse import urlsplit

from flask import current_app, request

from moderation.config import Settings
from moderation.domain.errors import CrossSite
from moderation.domain.network import is_trusted

#: A year: browsers that saw the service over TLS do not ask it without.
HSTS = "max-age=31536000"


def _settings() -> Settings:
    # Not from `guards`, which asks here.
    return current_app.extensions["moderation"].settings  # type: ignore[no-any-return]


def refuse_other_sites() -> None:
    """Raise CrossSite when a page of another site sent the request.

    Browsers say so in Sec-Fetch-Site, on connections without TLS in Origin. A request with
    neither comes from no current browser, and its cookie from no page.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own = origin is None or _is_own(origin) if site is None else site in ("same-origin", "none")
    if not own:
        raise CrossSite("Another site sent this request. Open /review/ yourself and try again.")


def is_secure() -> bool:
    """Tell whether the service has an https address and this request came over TLS."""
    if not _settings().public_url.startswith("https:"):
        return False
    if request.scheme == "https":
        return True
    return request.headers.get("X-Forwarded-Proto") == "https" and is_trusted(
        request.remote_addr or "", _settings().trusted_proxies
    )


def session_cookie() -> str:
    return _cookie("session")


def device_cookie() -> str:
    return _cookie("device")


def cookie_options() -> dict[str, object]:
    """Return the attributes that the cookies of the console have."""
    secure = not _settings().development
    return {"path": "/", "httponly": True, "secure": secure, "samesite": "Strict"}


def _cookie(name: str) -> str:
    # The prefix keeps other hosts of the domain, and pages without TLS, from setting it.
    prefix = "" if _settings().development else "__Host-"
    return f"{prefix}moderation_{name}"


def _is_own(origin: str) -> bool:
    public = _settings().public_url
    return origin == public or urlsplit(origin).netloc == request.host
