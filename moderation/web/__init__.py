"""HTTP: views load, call one service and dump. No SQL, no business rules."""

import secrets

import structlog
from flask import Flask, Response, g, request

from . import cors, errors, limits, origins
from .ready import COMMON_HEADERS


def register(app: Flask) -> None:
    """Attach everything that answers requests."""
    from . import (
        comments,
        console,
        desk,
        embed,
        intake,
        mail,
        own_page,
        pages,
        ready,
        review,
        rules,
        second_factor,
        settings,
        site,
        staff,
        watching,
    )
    from .api import ModerationApi, PostConverter

    # `posts/%2F2026%2Fa` is the post `/2026/a`; merging slashes would make it another.
    app.url_map.merge_slashes = False
    app.url_map.converters["post"] = PostConverter
    app.before_request(_name_request)
    app.after_request(_harden)
    limits.register(app)
    api = ModerationApi(app)
    for blueprint in (
        comments.bp,
        review.bp,
        desk.bp,
        rules.bp,
        settings.bp,
        staff.bp,
        second_factor.bp,
        site.bp,
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(pages.bp)
    app.register_blueprint(console.bp)
    app.register_blueprint(mail.bp)
    app.register_blueprint(embed.bp)
    app.register_blueprint(own_page.bp)
    watching.register(app)
    cors.register(app)
    errors.register(app)
    intake.register(app)
    ready.register(app)


def _name_request() -> None:
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _harden(response: Response) -> Response:
    """Headers that every answer has unless its view said otherwise."""
    headers = response.headers
    for name, value in COMMON_HEADERS:
        headers.setdefault(name, value)
    if origins.is_secure():
        headers["Strict-Transport-Security"] = origins.HSTS
    headers["X-Request-Id"] = g.get("request_id", "")
    if request.path.startswith("/api/v1/review"):
        headers["Cache-Control"] = "no-store"
    return response
