"""The id of each request, and the headers that every answer has."""

import secrets
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request

from . import origins
from .ready import COMMON_HEADERS


def register(app: Flask) -> None:
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


#: How the router sends a client to an address with a slash more.
_ROUTED = frozenset({301, 308})


def _stay_here(response: Response) -> None:
    """Make a redirect within this service relative.

    The router writes it with the Host of the request and the scheme that reached us: behind
    TLS that is http, and the Host is anything that a client likes.
    """
    parts = urlsplit(response.location or "")
    if parts.netloc == request.host:
        # Two slashes at the beginning would make the next part a host.
        path = "/" + parts.path.lstrip("/")
        response.location = path + (f"?{parts.query}" if parts.query else "")
        response.set_data(b"")
