"""Response cache in front of Flask: serves the most frequent requests without a query.

Pages of threads, counts and other responses that are the same for all readers are cached as
bytes and served while the versions they were built at are current. Everything else is passed
on. A take-down is seen by the next request: the store is asked before the cached bytes are
used, never after.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sqlalchemy.exc import DBAPIError

from moderation.domain.bounded_cache import BoundedCache
from moderation.storage.change_feed import UNAVAILABLE, ChangeWatch, Version

from ..cors import EXPOSED_HEADERS
from ..http import (
    SMALL,
    allowed_origin,
    asks_as_reader,
    choose_encoding,
    compressed,
    etag_of,
    matches,
)
from ..request_budget import Refusal

Headers = list[tuple[str, str]]
#: Path and canonical query of a request.
Key = tuple[str, str]

MIB = 1024 * 1024
#: Overhead of an entry besides its bytes: objects, header fields, its place in the table.
OVERHEAD = 6 * 1024
#: Characters of a path and query; a longer one is not mapped to a canonical key.
_LONGEST_RECOGNISED = 4096


class Shelf(Enum):
    """Partition of the cache; each has its own bound in bytes, so that none evicts another."""

    THREADS = 20 * MIB
    #: Later pages and other page sizes, of which a client can request very many.
    PAGES = 12 * MIB
    COUNTS = 8 * MIB
    #: Posts without a comment, which a client can invent.
    EMPTY = 2 * MIB
    FILES = 6 * MIB


@dataclass(frozen=True, slots=True)
class CacheKey:
    """A request's cache key: the versions its response depends on, and how it is built."""

    #: Path and canonical query under which the response is cached.
    key: Key
    shelf: Shelf
    #: None: the response does not change while the process runs.
    site: str | None
    posts: tuple[str, ...]
    build: Callable[[], "CachedResponse | None"]


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A response as it was built. Builders return None to leave the request to Flask."""

    body: bytes
    content_type: str
    #: Origins whose pages may read it; None: any.
    origins: frozenset[str] | None
    headers: tuple[tuple[str, str], ...] = ()
    #: Precompressed bodies by content encoding, smaller than those made on the fly.
    packed: tuple[tuple[str, bytes], ...] = ()


#: Maps a path and query to a cache key; None when the response is not cacheable.
Route = Callable[[str, str], CacheKey | None]


@dataclass(slots=True)
class _Entry:
    asked: CacheKey
    made: CachedResponse
    version: Version
    etag: str
    #: The stamp of the store at which the version was last confirmed.
    stamp: int | None = None
    variants: dict[str, "_Variant"] = field(default_factory=dict)

    @property
    def size(self) -> int:
        key, posts = self.asked.key, self.asked.posts
        names = 2 * (len(key[0]) + len(key[1])) + 4 * sum(len(post) for post in posts)
        packed = sum(len(body) for _, body in self.made.packed)
        bodies = sum(len(variant.body) for variant in self.variants.values())
        return OVERHEAD + names + packed + bodies


@dataclass(frozen=True, slots=True)
class _Variant:
    """A response in one encoding; its headers lack only those for the origin."""

    body: bytes
    headers: Headers
    not_modified: Headers
    #: The same as bytes of HTTP/1.1, without the Date field and the empty line.
    head: bytes
    head_not_modified: bytes


class ResponseCache:
    """WSGI middleware that serves from the cache, with a direct lookup for the server."""

    def __init__(
        self,
        app: WSGIApplication,
        routes: Iterable[Route],
        watch: ChangeWatch,
        *,
        common: Iterable[tuple[str, str]],
        admit: Callable[[WSGIEnvironment], Refusal | None] = lambda environ: None,
        max_bytes: int | None = None,
    ) -> None:
        self._app = app
        self._routes = tuple(routes)
        self._watch = watch
        self._admit = admit
        self._common = tuple(common)
        self._shelves: dict[Shelf, BoundedCache[Key, _Entry]] = {
            shelf: BoundedCache(max_bytes or shelf.value, lambda entry: entry.size)
            for shelf in Shelf
        }
        #: Canonical keys of raw paths and queries: a page's requests repeat theirs.
        self._spellings: BoundedCache[Key, Key] = BoundedCache(
            MIB, lambda key: 512 + 4 * len(key[0] + key[1])
        )
        self._building: dict[Key, threading.Lock] = {}
        self._lock = threading.Lock()

    @property
    def kept_bytes(self) -> int:
        """Return the estimated size of all entries in bytes."""
        return sum(kept.weight for kept in self._shelves.values())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        sent = environ.get("HTTP_AUTHORIZATION")
        if sent is not None and asks_as_reader(sent):
            # The answer names its reader: it is neither taken from the cache nor put there.
            return self._app(environ, start_response)
        if method == "GET" or method == "HEAD":
            path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
            try:
                asked, entry = self._look(path, query)
                if asked is not None and entry is None:
                    refused = self._admit(environ)
                    if refused is not None:
                        start_response(refused.status, refused.headers)
                        return [b"" if method == "HEAD" else refused.body]
                    entry = self._build(asked)
            except (*UNAVAILABLE, DBAPIError):
                # Flask queries once more, and reports the unreachable store as an error.
                entry = None
            if entry is not None and _may_read(entry.made, environ):
                return self._serve(entry, environ, start_response, method)
        return self._app(environ, start_response)

    # Called by the server on its event loop

    def stamp(self) -> int | None:
        """Return the store's stamp; None when the store is unavailable."""
        try:
            return self._watch.stamp()
        except UNAVAILABLE:
            return None

    def ready(
        self,
        path: str,
        query: str,
        stamp: Callable[[], int | None],
        *,
        head: bool,
        accepted: bytes,
        origin: bytes | None,
        if_none_match: bytes | None,
    ) -> tuple[bytes, bytes] | None:
        """Return head and body of a cached response; None: the application must answer.

        Never waits: building, compressing and queries to a remote store are left to a
        thread. The head lacks its Date field and the empty line.
        """
        entry = self._find((path, query))
        if entry is None:
            key = self._canonical_key((path, query)) if query else None
            entry = self._find(key) if key else None
            if entry is None:
                return None
        if entry.asked.site is not None:
            now = stamp()
            if now is None:
                return None
            if entry.stamp != now and not (self._watch.local and self._is_current(entry, now)):
                return None
        encoding = ""
        if accepted and len(entry.made.body) > SMALL:
            encoding = choose_encoding(accepted.decode("latin-1"))
        variant = entry.variants.get(encoding)
        if variant is None:
            return None
        if if_none_match is not None and matches(if_none_match.decode("latin-1"), entry.etag):
            lines, body = variant.head_not_modified, b""
        else:
            lines, body = variant.head, variant.body
        if origin is not None:
            allowed = allowed_origin(entry.made.origins, origin.decode("latin-1"))
            if not allowed:
                return None
            lines += _lines(_cross_origin(allowed))
        return lines, b"" if head else body

    def _canonical_key(self, raw: Key) -> Key | None:
        """Return the canonical key of a request; None when it is not cacheable."""
        known = self._spellings.get(raw)
        if known is None:
            # Parsing a long query takes time that the client has not been charged for yet.
            short = len(raw[0]) + len(raw[1]) <= _LONGEST_RECOGNISED
            asked = self._recognise(*raw) if short else None
            if asked is None:
                return None
            known = self._spellings.keep(raw, asked.key)
        return known

    def _is_current(self, entry: _Entry, stamp: int) -> bool:
        try:
            if self._watch.versions(entry.asked.site or "", entry.asked.posts) != entry.version:
                return False
        except UNAVAILABLE:
            return False
        entry.stamp = stamp
        return True

    # Entries

    def _find(self, key: Key) -> _Entry | None:
        for kept in self._shelves.values():
            entry = kept.get(key)
            if entry is not None:
                return entry
        return None

    def _look(self, path: str, query: str) -> tuple[CacheKey | None, _Entry | None]:
        """Return the cache key of a request, and its entry when that is current."""
        entry = self._find((path, query))
        asked = entry.asked if entry is not None else self._recognise(path, query)
        if asked is None:
            return None, None
        if entry is None:
            entry = self._find(asked.key)
        if entry is None:
            return asked, None
        if asked.site is None:
            return asked, entry
        # Read before the versions: a commit in between changes the next stamp.
        stamp = self._watch.stamp()
        if entry.stamp != stamp:
            if self._watch.versions(asked.site, asked.posts) != entry.version:
                return asked, None
            entry.stamp = stamp
        return asked, entry

    def close(self) -> None:
        """Close the connection to the store."""
        self._watch.close()

    def _recognise(self, path: str, query: str) -> CacheKey | None:
        for route in self._routes:
            asked = route(path, query)
            if asked is not None:
                return asked
        return None

    def _build(self, asked: CacheKey) -> _Entry | None:
        """Build an entry once, even when several requests wait for it."""
        key = asked.key
        with self._lock:
            turn = self._building.setdefault(key, threading.Lock())
        try:
            with turn:
                if asked.site is None:
                    return self._find(key) or self._keep(asked, asked.build(), ())
                stamp = self._watch.stamp()
                version = self._watch.versions(asked.site, asked.posts)
                entry = self._find(key)
                if entry is None or entry.version != version:
                    entry = self._keep(asked, asked.build() if version else None, version)
                if entry is not None:
                    entry.stamp = stamp
                return entry
        finally:
            with self._lock:
                self._building.pop(key, None)

    def _keep(
        self, asked: CacheKey, made: CachedResponse | None, version: Version
    ) -> _Entry | None:
        shelf = asked.shelf
        if asked.site is not None and not any(row[2] for row in version):
            shelf = Shelf.EMPTY
        for other in Shelf:
            if other is not shelf or made is None:
                self._shelves[other].drop(asked.key)
        if made is None:
            return None
        entry = _Entry(asked, made, version, etag_of(made.body))
        entry.variants[""] = self._pack(entry, "")
        return self._shelves[shelf].keep(asked.key, entry)

    def _variant(self, entry: _Entry, encoding: str) -> _Variant:
        found = entry.variants.get(encoding)
        if found is None:
            found = entry.variants[encoding] = self._pack(entry, encoding)
            for kept in self._shelves.values():
                if kept.get(entry.asked.key) is entry:
                    kept.keep(entry.asked.key, entry)
        return found

    def _pack(self, entry: _Entry, encoding: str) -> _Variant:
        body, etag, extra = entry.made.body, entry.etag, list[tuple[str, str]]()
        if encoding:
            body = dict(entry.made.packed).get(encoding) or compressed(body, encoding)
            etag = f'{etag[:-1]}-{encoding}"'
            extra = [("Content-Encoding", encoding)]
        always = [
            *self._common,
            *entry.made.headers,
            ("Vary", "Accept-Encoding, Origin"),
            ("ETag", etag),
        ]
        described = [
            ("Content-Type", entry.made.content_type),
            ("Content-Length", str(len(body))),
        ]
        headers = [*always, *extra, *described]
        return _Variant(
            body,
            headers,
            always,
            b"HTTP/1.1 200 OK\r\n" + _lines(headers),
            b"HTTP/1.1 304 Not Modified\r\n" + _lines(always),
        )

    # Serving

    def _serve(
        self,
        entry: _Entry,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        method: str,
    ) -> Iterable[bytes]:
        accepted = environ.get("HTTP_ACCEPT_ENCODING")
        encoding = ""
        if accepted and len(entry.made.body) > SMALL:
            encoding = choose_encoding(accepted)
        variant = entry.variants.get(encoding) or self._variant(entry, encoding)
        origin = environ.get("HTTP_ORIGIN")
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked is not None and matches(asked, entry.etag):
            status, headers, body = "304 Not Modified", variant.not_modified, b""
        else:
            status, headers, body = "200 OK", variant.headers, variant.body
        if origin is not None:
            allowed = allowed_origin(entry.made.origins, origin)
            headers = [*headers, *_cross_origin(allowed)]
        start_response(status, headers)
        return [b""] if method == "HEAD" else [body]


def _may_read(made: CachedResponse, environ: WSGIEnvironment) -> bool:
    """Return whether the request's origin may read it; Flask answers those that may not."""
    origin = environ.get("HTTP_ORIGIN")
    return origin is None or bool(allowed_origin(made.origins, origin))


def _cross_origin(allowed: str) -> Headers:
    return [
        ("Access-Control-Allow-Origin", allowed),
        ("Access-Control-Expose-Headers", EXPOSED_HEADERS),
    ]


def _lines(headers: Headers) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1")
