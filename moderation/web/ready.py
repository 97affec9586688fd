"""Which answers are ready-made, and how each is built: by the same code as in the views."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from flask import Flask
from sqlalchemy.orm import Session

from moderation.domain.errors import ModerationError
from moderation.services import sites, threads
from moderation.services.submission import check_external_id
from moderation.services.threads import Sort
from moderation.storage import db
from moderation.storage.sites import Site
from moderation.storage.versions import watcher

from .api import json_bytes
from .hot import Asked, Hot, Made

#: Headers of every answer of ours, ready-made or not.
COMMON_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
#: Readers ask again each time, and get 304 while nothing has changed.
FRESH = (("Cache-Control", "no-cache"),)
#: Site and post of a thread's address, in the encoding of WSGI.
THREAD = re.compile(r"/api/v1/sites/([^/]+)/posts/([\s\S]+)/comments")
_COUNTS = re.compile(r"/api/v1/sites/([^/]+)/counts")
_SORTS = {"": Sort.NEWEST, "sort=newest": Sort.NEWEST, "sort=oldest": Sort.OLDEST}

Build = Callable[[Session, Site], bytes]


def register(app: Flask) -> None:
    """Put the ready-made answers in front of the application."""
    settings = app.extensions["moderation"].settings
    watch, stop = watcher(settings.url)
    hot = Hot(
        app.wsgi_app,
        (_thread_route(app), _counts_route(app)),
        watch,
        stop=stop,
        common=COMMON_HEADERS,
    )
    app.extensions["hot"] = hot
    app.wsgi_app = hot  # type: ignore[method-assign]


def thread_bytes(session: Session, site: Site, external_id: str, sort: Sort) -> bytes:
    """The first page of a thread, as every reader gets it."""
    return json_bytes(threads.page(session, site, external_id, sort=sort))


def counts_bytes(session: Session, site: Site, external_ids: list[str]) -> bytes:
    return json_bytes({"counts": threads.counts(session, site, external_ids)})


def _thread_route(app: Flask) -> Callable[[str, str], Asked | None]:
    def recognise(path: str, query: str) -> Asked | None:
        sort = _SORTS.get(query)
        found = THREAD.fullmatch(path) if sort else None
        if found is None or sort is None:
            return None
        try:
            site, post = (part.encode("latin-1").decode() for part in found.groups())
            check_external_id(post)
        except (UnicodeError, ModerationError):
            return None
        return Asked(
            site, (post,), _builder(app, site, lambda s, found: thread_bytes(s, found, post, sort))
        )

    return recognise


def _counts_route(app: Flask) -> Callable[[str, str], Asked | None]:
    def recognise(path: str, query: str) -> Asked | None:
        found = _COUNTS.fullmatch(path)
        if found is None:
            return None
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict")
            posts = [check_external_id(value) for _, value in pairs]
            site = found[1].encode("latin-1").decode()
        except (ValueError, ModerationError):
            return None
        if any(name != "post" for name, _ in pairs) or not 1 <= len(posts) <= 100:
            return None
        return Asked(
            site, tuple(posts), _builder(app, site, lambda s, found: counts_bytes(s, found, posts))
        )

    return recognise


def _builder(app: Flask, name: str, build: Build) -> Callable[[], Made | None]:
    def made() -> Made | None:
        with app.app_context():
            session = db.session()
            try:
                site = sites.find(session, name)
                body = build(session, site)
            except ModerationError:
                return None
            return Made(body, "application/json", frozenset(site.origins), FRESH)

    return made
