"""The id of each request, and the headers that every answer has."""

import secrets

import structlog
from flask import Flask, Response, g, request

from .ready import COMMON_HEADERS


def register(app: Flask) -> None:
    app.before_request(_name_request)
    app.after_request(_harden)


def _name_request() -> None:
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _harden(response: Response) -> Response:
    """Headers that every answer has unless its view said otherwise."""
    headers = response.headers
    for name, value in COMMON_HEADERS:
        headers.setdefault(name, value)
    headers["X-Request-Id"] = g.get("request_id", "")
    if request.path.startswith("/api/v1/review"):
        headers["Cache-Control"] = "no-store"
    return response
