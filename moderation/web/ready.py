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

from . import widget_files
from .api import json_bytes
from .embed import FEED, post_feed_xml
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
_FEED = re.compile(r"/feeds/([^/]+)/([\s\S]+)")
_COUNTS = re.compile(r"/api/v1/sites/([^/]+)/counts")
_SORTS = {"": Sort.NEWEST, "sort=newest": Sort.NEWEST, "sort=oldest": Sort.OLDEST}

Build = Callable[[Session, Site], bytes]


def register(app: Flask) -> None:
    """Put the ready-made answers in front of the application."""
    settings = app.extensions["moderation"].settings
    watch, stop = watcher(settings.url)
    hot = Hot(
        app.wsgi_app,
        (_thread_route(app), _counts_route(app), _widget_route, _feed_route(app)),
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


def _widget_route(path: str, query: str) -> Asked | None:
    name = path.removeprefix("/widget/")
    if query or name == path:
        return None

    def build() -> Made | None:
        script = widget_files.script_of(name)
        found = widget_files.file(script or name)
        if found is None:
            return None
        headers = widget_files.headers(pinned=script is not None)
        return Made(found.body, found.content_type, None, headers, found.packed)

    return Asked(None, (), build)


def _feed_route(app: Flask) -> Callable[[str, str], Asked | None]:
    root = app.extensions["moderation"].settings.public_url.rstrip("/")

    def recognise(path: str, query: str) -> Asked | None:
        found = _FEED.fullmatch(path)
        # Without a public address of its own the service writes the one that it is called by.
        if found is None or query or not root:
            return None
        try:
            site, post = (part.encode("latin-1").decode() for part in found.groups())
            check_external_id(post)
        except (UnicodeError, ModerationError):
            return None
        build = _builder(
            app,
            site,
            lambda s, found: post_feed_xml(s, found, post, root),
            FEED,
            # Feed readers are no pages: no origin gets to read it.
            lambda _: frozenset(),
        )
        return Asked(site, (post,), build)

    return recognise


def _builder(
    app: Flask,
    name: str,
    build: Build,
    content_type: str = "application/json",
    readers: Callable[[Site], frozenset[str]] = lambda site: frozenset(site.origins),
) -> Callable[[], Made | None]:
    def made() -> Made | None:
        with app.app_context():
            session = db.session()
            try:
                site = sites.find(session, name)
                body = build(session, site)
            except ModerationError:
                return None
            return Made(body, content_type, readers(site), FRESH)

    return made
