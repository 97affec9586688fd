"""Request ids, and the headers of every response."""

import secrets
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request

from . import origins
from .http import COMMON_HEADERS


def register(app: Flask) -> None:
    """Give each request an id, and each response its security headers."""
    app.before_request(_name_request)
    app.after_request(_harden)


def _name_request() -> None:
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _harden(response: Response) -> Response:
    """Add the headers of every response, unless its view set others."""
    headers = response.headers
    for name, value in COMMON_HEADERS:
        headers.setdefault(name, value)
    if origins.is_secure():
        headers["Strict-Transport-Security"] = origins.HSTS
    headers["X-Request-Id"] = g.get("request_id", "")
    if response.status_code in _ROUTED:
        _stay_here(response)
    if request.path.startswith("/api/v1/review"):
        headers["Cache-Control"] = "no-store"
    return response


#: Statuses with which the router redirects to the address with a trailing slash.
_ROUTED = frozenset({301, 308})


def _stay_here(response: Response) -> None:
    """Make a redirect within this service relative.

    The router builds it from the request's Host and the scheme that reached us: behind
    TLS that is http, and the Host is chosen by the client.
    """
    parts = urlsplit(response.location or "")
    if parts.netloc == request.host:
        # With two leading slashes the next part would be a host.
        path = "/" + parts.path.lstrip("/")
        response.location = path + (f"?{parts.query}" if parts.query else "")
        response.set_data(b"")
