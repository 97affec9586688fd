"""Ready-made answers in front of Flask: what most readers ask for, without a query.

First pages of threads, counts and other answers that are the same for everybody are kept as
bytes and served while the versions they were made at still stand. Everything else is passed
on. A take-down is seen by the next request: the store is asked before the kept bytes are
used, never after.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import brotli
from sqlalchemy.exc import DBAPIError

from moderation.storage.versions import UNAVAILABLE, Version, Watch

from .cors import EXPOSED_HEADERS

Headers = list[tuple[str, str]]

#: A body smaller than this is not worth compressing.
_SMALL = 256


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is about: on which versions its answer depends, and how it is made."""

    #: None: the answer is the same as long as the process lives.
    site: str | None
    posts: tuple[str, ...]
    build: Callable[[], "Made | None"]


@dataclass(frozen=True, slots=True)
class Made:
    """An answer as it was built; None instead of one means: let Flask say what is wrong."""

    body: bytes
    content_type: str
    #: Origins whose pages may read it; None: any.
    origins: frozenset[str] | None
    headers: tuple[tuple[str, str], ...] = ()
    #: The body by content encoding, where it was packed better than can be done at once.
    packed: tuple[tuple[str, bytes], ...] = ()


#: Recognises a path and query, or passes.
Route = Callable[[str, str], Asked | None]


def etag_of(body: bytes) -> str:
    """The strong ETag of a body: of its bytes, so that it is right whoever made them."""
    return f'"{hashlib.blake2b(body, digest_size=15).hexdigest()}"'


@dataclass(slots=True)
class _Entry:
    asked: Asked
    made: Made
    version: Version
    etag: str
    variants: dict[str, "_Variant"] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(len(variant.body) for variant in self.variants.values()) + 1024


@dataclass(frozen=True, slots=True)
class _Variant:
    """An answer in one encoding; its headers lack only the origin's."""

    body: bytes
    headers: Headers
    not_modified: Headers


class Hot:
    """The WSGI application that stands in front."""

    def __init__(
        self,
        app: WSGIApplication,
        routes: Iterable[Route],
        watch: Callable[[], Watch],
        *,
        stop: Callable[[], None] = lambda: None,
        common: Iterable[tuple[str, str]],
        max_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._app = app
        self._routes = tuple(routes)
        self._watch = watch
        self._stop = stop
        self._common = tuple(common)
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._lock = threading.Lock()
        self._building: dict[tuple[str, str], threading.Lock] = {}
        self._local = threading.local()
        self._watches: list[Watch] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method == "GET" or method == "HEAD":
            key = (environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
            try:
                entry = self._current(key)
            except (*UNAVAILABLE, DBAPIError):
                # Flask asks once more, and knows how to say that the store cannot be reached.
                self._drop_thread_watch()
                with self._lock:
                    self._building.pop(key, None)
                entry = None
            if entry is not None:
                return self._serve(entry, environ, start_response, method)
        return self._app(environ, start_response)

    # Keeping

    def _current(self, key: tuple[str, str]) -> _Entry | None:
        """The entry for a request if it may be served as it is, built anew if need be."""
        entry = self._entries.get(key)
        if entry is None:
            asked = self._recognise(key)
            return None if asked is None else self._build(key, asked)
        if entry.asked.site is None:
            return entry
        watch, stamps = self._thread_watch()
        # Before the versions are read: a commit in between moves the next stamp.
        stamp = watch.stamp()
        known = stamps.get(key)
        if known is not None and known[0] is entry and known[1] == stamp:
            return entry
        if watch.versions(entry.asked.site, entry.asked.posts) == entry.version:
            stamps[key] = (entry, stamp)
            return entry
        return self._build(key, entry.asked)

    def _thread_watch(self) -> tuple[Watch, dict[tuple[str, str], tuple[_Entry, int]]]:
        local = self._local
        try:
            return local.watch, local.stamps
        except AttributeError:
            watch = self._watch()
            with self._lock:
                self._watches.append(watch)
            local.watch, local.stamps = watch, {}
            return local.watch, local.stamps

    def _drop_thread_watch(self) -> None:
        watch = self._local.__dict__.pop("watch", None)
        if watch is not None:
            with self._lock:
                self._watches.remove(watch)
            watch.close()

    def close(self) -> None:
        """Close every thread's watch; the application is not used any more."""
        with self._lock:
            watches, self._watches = self._watches, []
        for watch in watches:
            watch.close()
        self._stop()

    def _recognise(self, key: tuple[str, str]) -> Asked | None:
        for route in self._routes:
            asked = route(*key)
            if asked is not None:
                return asked
        return None

    def _build(self, key: tuple[str, str], asked: Asked) -> _Entry | None:
        """Build an entry once, however many requests are waiting for it."""
        with self._lock:
            turn = self._building.setdefault(key, threading.Lock())
        with turn:
            if asked.site is None:
                return self._build_for_good(key, asked)
            watch, stamps = self._thread_watch()
            stamp = watch.stamp()
            version = watch.versions(asked.site, asked.posts)
            entry = self._entries.get(key)
            if entry is None or entry.version != version:
                made = asked.build() if version else None
                if made is None:
                    self._forget(key)
                    return None
                entry = self._keep(key, asked, made, version)
            if len(stamps) > 4 * len(self._entries) + 64:
                stamps.clear()
            stamps[key] = (entry, stamp)
        with self._lock:
            self._building.pop(key, None)
        return entry

    def _build_for_good(self, key: tuple[str, str], asked: Asked) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None:
            made = asked.build()
            entry = None if made is None else self._keep(key, asked, made, ())
        with self._lock:
            self._building.pop(key, None)
        return entry

    def _keep(self, key: tuple[str, str], asked: Asked, made: Made, version: Version) -> _Entry:
        entry = _Entry(asked, made, version, etag_of(made.body))
        entry.variants[""] = self._pack(entry, "")
        with self._lock:
            old = self._entries.pop(key, None)
            if old is not None:
                self._bytes -= old.size
            self._entries[key] = entry
            self._bytes += entry.size
            while self._bytes > self._max_bytes and len(self._entries) > 1:
                _, dropped = self._entries.popitem(last=False)
                self._bytes -= dropped.size
        return entry

    def _forget(self, key: tuple[str, str]) -> None:
        with self._lock:
            old = self._entries.pop(key, None)
            if old is not None:
                self._bytes -= old.size
            self._building.pop(key, None)

    def _variant(self, entry: _Entry, encoding: str) -> _Variant:
        found = entry.variants.get(encoding)
        if found is None:
            found = self._pack(entry, encoding)
            with self._lock:
                if encoding not in entry.variants:
                    self._bytes += len(found.body)
                    entry.variants[encoding] = found
        return found

    def _pack(self, entry: _Entry, encoding: str) -> _Variant:
        body, etag, extra = entry.made.body, entry.etag, list[tuple[str, str]]()
        if encoding:
            body = dict(entry.made.packed).get(encoding) or _compressed(body, encoding)
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
        return _Variant(body, [*always, *extra, *described], always)

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
        if accepted and len(entry.made.body) > _SMALL:
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
            if allowed:
                headers = [
                    *headers,
                    ("Access-Control-Allow-Origin", allowed),
                    ("Access-Control-Expose-Headers", EXPOSED_HEADERS),
                ]
        start_response(status, headers)
        return [b""] if method == "HEAD" else [body]


def _compressed(body: bytes, encoding: str) -> bytes:
    return brotli.compress(body, quality=5) if encoding == "br" else gzip.compress(body, 6)


def allowed_origin(origins: frozenset[str] | None, origin: str) -> str:
    """What Access-Control-Allow-Origin says to a page of this origin; empty: nothing."""
    if origins is None:
        return "*"
    lowered = origin.lower()
    return lowered if lowered in origins else ""


def choose_encoding(accepted: str) -> str:
    """The best of our encodings that a client takes; empty: as it is."""
    if "br" not in accepted and "gzip" not in accepted:
        return ""
    known: dict[str, float] = {}
    for part in accepted.split(","):
        name, _, parameters = part.partition(";")
        weight = 1.0
        for parameter in parameters.split(";"):
            label, _, value = parameter.partition("=")
            if label.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        known[name.strip().lower()] = weight
    brotli_weight, gzip_weight = known.get("br", 0.0), known.get("gzip", 0.0)
    if brotli_weight > 0 and brotli_weight >= gzip_weight:
        return "br"
    return "gzip" if gzip_weight > 0 else ""


def matches(if_none_match: str, etag: str) -> bool:
    """Compare weakly, as RFC 9110 asks for If-None-Match; any encoding of ours counts."""
    bare = etag[1:-1]
    for tag in if_none_match.split(","):
        given = tag.strip().removeprefix("W/").strip('"')
        if given in (bare, f"{bare}-gzip", f"{bare}-br", "*"):
            return True
    return False
