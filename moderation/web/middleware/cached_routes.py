"""Which answers are ready-made, and how each is built: by the same code as in the views."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Flask
from sqlalchemy.orm import Session

from moderation.domain.errors import ModerationError
from moderation.services import sites, threads
from moderation.services.submission import check_external_id
from moderation.services.threads import Cursor, Sort
from moderation.storage import db
from moderation.storage.sites import Site
from moderation.storage.versions import watcher

from . import widget_files
from .api import json_bytes
from .embed import FEED, post_feed_xml
from .hot import Asked, Hot, Made, Route, Shelf

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
_LIMIT = re.compile(r"[1-9][0-9]?|100")

Build = Callable[[Session, Site], bytes]


def register(app: Flask) -> None:
    """Put the ready-made responses in front of the application."""
    settings = app.extensions["moderation"].settings
    gate = app.extensions.get("gate")
    admit = {"admit": gate.admit} if gate is not None else {}
    hot = Hot(
        app.wsgi_app,
        (_thread_route(app), _counts_route(app), _widget_route, _feed_route(app)),
        watcher(settings.url),
        common=COMMON_HEADERS,
        **admit,
    )
    app.extensions["hot"] = hot
    app.wsgi_app = hot  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Which page of a thread a query asks for."""

    sort: Sort = Sort.NEWEST
    limit: int = 50
    cursor: str = ""

    @classmethod
    def of(cls, query: str) -> "ThreadPage | None":
        """Read a query as its schema would; None leaves what is wrong or odd to the schema.

        Unknown parameters, of which campaigns put many behind an address, change nothing.
        """
        if not query:
            return cls()
        if len(query) > _LONGEST_QUERY:
            return None
        try:
            pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=32)
        except ValueError:
            return None
        known = {name: value for name, value in pairs if name in _KNOWN and value}
        if sum(name in _KNOWN for name, _ in pairs) > len(_KNOWN & {name for name, _ in pairs}):
            return None
        sort, limit = known.get("sort", "newest"), known.get("limit", "50")
        cursor = known.get("cursor", "")
        if sort not in ("newest", "oldest") or not _LIMIT.fullmatch(limit):
            return None
        try:
            if cursor and Cursor.decode(cursor).encode() != cursor:
                return None
        except ModerationError:
            return None
        return cls(Sort(sort), int(limit), cursor)

    @property
    def query(self) -> str:
        """The one spelling of this page: defaults are left out, the others in order."""
        parts = []
        if self.sort is not Sort.NEWEST:
            parts.append(f"sort={self.sort.value}")
        if self.limit != 50:
            parts.append(f"limit={self.limit}")
        if self.cursor:
            parts.append(f"cursor={self.cursor}")
        return "&".join(parts)


#: Parameters of a thread's address.
_KNOWN = frozenset({"sort", "limit", "cursor"})
#: A longer query is not looked through on the event loop.
_LONGEST_QUERY = 1024


def thread_bytes(session: Session, site: Site, external_id: str, page: ThreadPage) -> bytes:
    """A page of a thread, as every reader gets it."""
    cursor = Cursor.decode(page.cursor) if page.cursor else None
    found = threads.page(
        session, site, external_id, sort=page.sort, limit=page.limit, cursor=cursor
    )
    return json_bytes(found)


def counts_bytes(session: Session, site: Site, external_ids: list[str]) -> bytes:
    return json_bytes({"counts": threads.counts(session, site, external_ids)})


def _thread_route(app: Flask) -> Route:
    def recognise(path: str, query: str) -> Asked | None:
        found = THREAD.fullmatch(path)
        page = ThreadPage.of(query) if found else None
        if found is None or page is None:
            return None
        try:
            site, post = (part.encode("latin-1").decode() for part in found.groups())
            check_external_id(post)
        except (UnicodeError, ModerationError):
            return None
        return Asked(
            (path, page.query),
            Shelf.THREADS if page.limit == 50 and not page.cursor else Shelf.PAGES,
            site,
            (post,),
            _builder(app, site, lambda s, found: thread_bytes(s, found, post, page)),
        )

    return recognise


def _counts_route(app: Flask) -> Route:
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
            (path, query),
            Shelf.COUNTS,
            site,
            tuple(posts),
            _builder(app, site, lambda s, found: counts_bytes(s, found, posts)),
        )

    return recognise


def _widget_route(path: str, query: str) -> Asked | None:
    name = path.removeprefix("/widget/")
    # A query, which some put behind a file's name to get it anew, changes nothing.
    if name == path or len(name) > 64:
        return None

    def build() -> Made | None:
        script = widget_files.script_of(name)
        found = widget_files.file(script or name)
        if found is None:
            return None
        headers = widget_files.headers(pinned=script is not None)
        return Made(found.body, found.content_type, None, headers, found.packed)

    return Asked((path, ""), Shelf.FILES, None, (), build)


def _feed_route(app: Flask) -> Route:
    root = app.extensions["moderation"].settings.public_url.rstrip("/")

    def recognise(path: str, query: str) -> Asked | None:
        found = _FEED.fullmatch(path)
        # Without a public address of its own the service writes the one that it is called by.
        if found is None or not root:
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
        return Asked((path, ""), Shelf.PAGES, site, (post,), build)

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
