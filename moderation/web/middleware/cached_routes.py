"""Routes of the response cache; each response is built by the same code as in the views."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask
from sqlalchemy.orm import Session

from moderation.domain.errors import ModerationError, PostMoved
from moderation.domain.posts import canonical_id
from moderation.services.comments import moved_posts, threads
from moderation.services.comments.posts import check_external_id
from moderation.services.comments.threads import Sort
from moderation.services.pagination import Cursor
from moderation.services.sites import registry
from moderation.storage.change_feed import watcher
from moderation.storage.models.sites import Site

from ..database import db
from ..http import COMMON_HEADERS, FRESH, THREAD
from ..pages import widget_bundle
from ..pages.feeds import FEED, post_feed_xml
from ..responses import json_bytes
from ..state import app_state
from .response_cache import CachedResponse, CacheKey, ResponseCache, Route, Shelf

_FEED = re.compile(r"/feeds/([^/]+)/([\s\S]+)")
_COUNTS = re.compile(r"/api/v1/sites/([^/]+)/counts")
_LIMIT = re.compile(r"[1-9][0-9]?|100")

Build = Callable[[Session, Site], bytes]


def register(app: Flask) -> None:
    """Install the response cache in front of the application."""
    state = app_state(app)
    gate = state.request_limit
    admit: dict[str, Any] = {"admit": gate.admit} if gate is not None else {}
    hot = ResponseCache(
        app.wsgi_app,
        (_thread_route(app), _counts_route(app), _widget_route, _feed_route(app)),
        watcher(state.settings.url),
        common=COMMON_HEADERS,
        **admit,
    )
    state.cache = hot
    app.wsgi_app = hot  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """The page of a thread that a query requests."""

    sort: Sort = Sort.NEWEST
    limit: int = 50
    cursor: str = ""

    @classmethod
    def of(cls, query: str) -> "ThreadPage | None":
        """Parse a query as its schema would; return None to leave an invalid or unusual one to it.

        Unknown parameters, such as those of marketing campaigns, are ignored.
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
        if sort not in _SORTS or not _LIMIT.fullmatch(limit):
            return None
        try:
            if cursor and Cursor.decode(cursor).encode() != cursor:
                return None
        except ModerationError:
            return None
        return cls(Sort(sort), int(limit), cursor)

    @property
    def query(self) -> str:
        """Return the canonical query of this page: without defaults, in a fixed order."""
        parts = []
        if self.sort is not Sort.NEWEST:
            parts.append(f"sort={self.sort.value}")
        if self.limit != 50:
            parts.append(f"limit={self.limit}")
        if self.cursor:
            parts.append(f"cursor={self.cursor}")
        return "&".join(parts)


_SORTS = frozenset(each.value for each in Sort)
#: Query parameters of a thread.
_KNOWN = frozenset({"sort", "limit", "cursor"})
#: A longer query is not parsed on the event loop.
_LONGEST_QUERY = 1024


def thread_bytes(
    session: Session, site: Site, external_id: str, page: ThreadPage, *, sends_mail: bool
) -> bytes:
    """Return a page of a thread as JSON, the same for every reader."""
    cursor = Cursor.decode(page.cursor) if page.cursor else None
    found = threads.page(
        session,
        site,
        external_id,
        sort=page.sort,
        limit=page.limit,
        cursor=cursor,
        sends_mail=sends_mail,
    )
    return json_bytes(found)


def counts_bytes(session: Session, site: Site, external_ids: list[str]) -> bytes:
    """Return the comment counts of posts as JSON.

    Raises PostMoved for an earlier id, whose count changes without its version: not to be cached.
    """
    for moved in moved_posts.new_ids(session, site.id, map(canonical_id, external_ids)).values():
        raise PostMoved(moved)
    return json_bytes({"counts": threads.counts(session, site, external_ids)})


def _thread_route(app: Flask) -> Route:
    sends_mail = bool(app_state(app).settings.smtp_url)

    def recognise(path: str, query: str) -> CacheKey | None:
        found = THREAD.fullmatch(path)
        page = ThreadPage.of(query) if found else None
        if found is None or page is None:
            return None
        try:
            site, post = (part.encode("latin-1").decode() for part in found.groups())
            post = check_external_id(post)
        except (UnicodeError, ModerationError):
            return None
        return CacheKey(
            (path, page.query),
            Shelf.THREADS if page.limit == 50 and not page.cursor else Shelf.PAGES,
            site,
            (post,),
            _builder(
                app,
                site,
                lambda s, found: thread_bytes(s, found, post, page, sends_mail=sends_mail),
            ),
        )

    return recognise


def _counts_route(app: Flask) -> Route:
    def recognise(path: str, query: str) -> CacheKey | None:
        found = _COUNTS.fullmatch(path)
        if found is None:
            return None
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict")
            # Keyed by the id as requested, which the page looks up in the response.
            posts = {value: check_external_id(value) for _, value in pairs}
            site = found[1].encode("latin-1").decode()
        except (ValueError, ModerationError):
            return None
        if any(name != "post" for name, _ in pairs) or not 1 <= len(pairs) <= 100:
            return None
        return CacheKey(
            (path, query),
            Shelf.COUNTS,
            site,
            tuple(posts.values()),
            _builder(app, site, lambda s, found: counts_bytes(s, found, list(posts))),
        )

    return recognise


def _widget_route(path: str, query: str) -> CacheKey | None:
    name = path.removeprefix("/widget/")
    # A query is ignored: some pages add one to a file's name to bypass caches.
    if name == path or len(name) > 64:
        return None

    def build() -> CachedResponse | None:
        script = widget_bundle.script_of(name)
        found = widget_bundle.file(script or name)
        if found is None:
            return None
        headers = widget_bundle.headers(pinned=script is not None)
        return CachedResponse(found.body, found.content_type, None, headers, found.packed)

    return CacheKey((path, ""), Shelf.FILES, None, (), build)


def _feed_route(app: Flask) -> Route:
    root = app_state(app).settings.public_url.rstrip("/")

    def recognise(path: str, query: str) -> CacheKey | None:
        found = _FEED.fullmatch(path)
        # Without a public URL the feed holds the Host of the request, so it is not cached.
        if found is None or not root:
            return None
        try:
            site, post = (part.encode("latin-1").decode() for part in found.groups())
            post = check_external_id(post)
        except (UnicodeError, ModerationError):
            return None
        build = _builder(
            app,
            site,
            lambda s, found: post_feed_xml(s, found, post, root),
            FEED,
            # Feed readers are not web pages: no origin may read it.
            lambda _: frozenset(),
        )
        return CacheKey((path, ""), Shelf.PAGES, site, (post,), build)

    return recognise


def _builder(
    app: Flask,
    name: str,
    build: Build,
    content_type: str = "application/json",
    readers: Callable[[Site], frozenset[str]] = lambda site: frozenset(site.origins),
) -> Callable[[], CachedResponse | None]:
    def made() -> CachedResponse | None:
        with app.app_context():
            session = db.session()
            try:
                site = registry.find(session, name)
                body = build(session, site)
            except ModerationError:
                return None
            return CachedResponse(body, content_type, readers(site), FRESH)

    return made
