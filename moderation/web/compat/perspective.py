"""The addresses of Google's Perspective API, in front of Flask.

Every answer, errors included, is in Google's shape, so nothing of Flask's is needed; its routing
and hooks would cost more than the answer. No page of another origin may call these: a key belongs
to a server, so there is no CORS.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from moderation.domain.errors import Busy
from moderation.filters import attributes
from moderation.services import counters
from moderation.services.compat.keys import Service
from moderation.services.compat.perspective import batch, discovery, errors
from moderation.services.compat.perspective.answers import (
    Choices,
    Prepared,
    answer_prepared,
    prepare,
    read_ahead,
)
from moderation.services.compat.perspective.batch import Part, PartAnswer
from moderation.services.compat.perspective.errors import Refused
from moderation.services.compat.perspective.requests import (
    LONGEST_TEXT,
    read_analysis,
    read_suggestion,
)
from moderation.services.compat.perspective.suggestions import suggest
from moderation.storage.errors import is_unavailable
from moderation.storage.models.sites import Site

from .. import origins
from ..http import COMMON_HEADERS
from ..state import app_state
from .admission import ANY, LARGE, Admission, TooFast
from .encoded_bodies import Undecodable, decoded

log = structlog.get_logger(__name__)

ANALYZE, SUGGEST = "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"
DISCOVERY = frozenset({"/$discovery/rest", "/discovery/v1/apis/commentanalyzer/v1alpha1/rest"})
BATCH = frozenset({"/batch", "/batch/commentanalyzer/v1alpha1"})
_OURS = ("/v1alpha1/", "/$discovery/", "/batch", "/discovery/v1/")
#: Bytes of the body of a call: a text of 20,480 bytes with every letter escaped, and its context.
MOST_BYTES = 256 * 1024
MOST_BYTES_OF_BATCH = 8 * 1024 * 1024
_JSON = "application/json; charset=UTF-8"
_LONGEST_QUERY = 8192
#: Queries up to this length are kept parsed.
_SHORT_QUERY = 256


@dataclass(frozen=True, slots=True)
class Call:
    """One call: a request, or a part of a batch."""

    path: str
    query: Mapping[str, str]
    headers: Callable[[str], str]
    body: bytes

    @property
    def key(self) -> str:
        """Return the key that was sent in one of three places; empty without one."""
        found = self.query.get("key") or self.headers("X-Goog-Api-Key")
        if found:
            return found
        kind, _, token = self.headers("Authorization").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""


@dataclass(slots=True)
class Answer:
    """An answer before it is sent."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = _JSON


def register(app: Flask) -> None:
    """Put the handler in front of the application and its gate, which does not charge for it."""
    app.wsgi_app = PerspectiveHandler(app, app.wsgi_app)  # type: ignore[method-assign]


class PerspectiveHandler:
    """The WSGI application that answers Perspective's clients."""

    def __init__(self, app: Flask, inner: WSGIApplication) -> None:
        self._state = app_state(app)
        self._settings = self._state.settings
        self._watched = bool(self._settings.metrics_token)
        self._admission = Admission(app, Service.PERSPECTIVE)
        self._inner = inner
        self._model = attributes.model()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(_OURS):
            return self._inner(environ, start_response)
        method = environ["REQUEST_METHOD"]
        try:
            made = self._answer(environ, method, path)
        except Exception as error:
            made = _refused(_as_refused(error, path))
        if self._watched:
            name = path.rpartition(":")[2] if path in (ANALYZE, SUGGEST) else "other"
            counters.count_request(
                "POST" if method == "POST" else "other", f"perspective.{name}", made.status
            )
        headers = [
            ("Content-Type", made.content_type),
            ("Content-Length", str(len(made.body))),
            ("Cache-Control", "no-store"),
            *COMMON_HEADERS,
            ("X-Moderation-Model", self._model),
            ("X-Request-Id", os.urandom(8).hex()),
            *made.headers.items(),
        ]
        if origins.came_over_tls(environ, self._settings):
            headers.append(("Strict-Transport-Security", origins.HSTS))
        start_response(f"{made.status} {_PHRASES.get(made.status, 'Error')}", headers)
        return [b"" if method == "HEAD" else made.body]

    def _answer(self, environ: WSGIEnvironment, method: str, path: str) -> Answer:
        self._charge(environ, LARGE if path in BATCH else ANY)
        if path in DISCOVERY:
            _require_method(method, "GET", "HEAD")
            return Answer(200, orjson.dumps(discovery.document(self._root(environ))))
        if path not in BATCH and path not in (ANALYZE, SUGGEST):
            raise errors.not_found()
        _require_method(method, "POST")
        query, header = _query(environ.get("QUERY_STRING", "")), _header_of(environ)
        call = Call(path, query, header, _body_of(environ, path))
        now = self._state.clock()
        sites: dict[str, Site] = {}
        if path in BATCH:
            return self._batch(environ, call, sites, now)
        return Answer(200, self._one(environ, call, sites, now))

    def _root(self, environ: WSGIEnvironment) -> str:
        """Return the address of this service; raise Refused where it is not known.

        No answer of a production service repeats the Host header, which any client can choose.
        """
        root = self._settings.public_url
        if not root and self._settings.env == "development":
            root = Request(environ).host_url
        if not root:
            raise errors.no_address()
        return root.rstrip("/")

    def _one(
        self, environ: WSGIEnvironment, call: Call, sites: dict[str, Site], now: datetime
    ) -> bytes:
        """Return the answer to one call; raise Refused."""
        made = self._begin(environ, call, sites, now)
        return made if isinstance(made, bytes) else orjson.dumps(answer_prepared(made))

    def _begin(
        self, environ: WSGIEnvironment, call: Call, sites: dict[str, Site], now: datetime
    ) -> Prepared | bytes:
        """Return a call whose text is still to be judged, or the answer; raise Refused."""
        site = self._site(environ, call, sites)
        pinned = call.query.get("model", "")
        if pinned and pinned not in (self._model, attributes.MODEL):
            raise errors.invalid(f"This service has the model {self._model} only.")
        choices = _choices(site)
        if call.path == ANALYZE:
            return prepare(read_analysis(call.body), choices)
        suggestion = read_suggestion(call.body)
        with self._admission.session() as session:
            return orjson.dumps(suggest(session, site, suggestion, choices, now=now))

    def _site(self, environ: WSGIEnvironment, call: Call, sites: dict[str, Site]) -> Site:
        """Return the site of a call's key, and charge the key; raise Refused."""
        key = call.key
        if not key:
            raise errors.no_key()
        site = sites.get(key)
        if site is None:
            try:
                site = self._admission.site_of(environ, key)
            except TooFast as fast:
                raise self._too_many(fast, "your network") from None
            if site is None:
                raise errors.bad_key()
            sites[key] = site
        try:
            self._admission.charge_key(key)
        except TooFast as fast:
            raise self._too_many(fast, f"site:{site.name}") from None
        return site

    def _charge(self, environ: WSGIEnvironment, cost: float) -> None:
        try:
            self._admission.charge_network(environ, cost)
        except TooFast as fast:
            raise self._too_many(fast, "your network") from None

    def _too_many(self, fast: TooFast, consumer: str) -> Refused:
        return errors.too_many(self._admission.rate, fast.retry_after, consumer)

    def _batch(
        self, environ: WSGIEnvironment, outer: Call, sites: dict[str, Site], now: datetime
    ) -> Answer:
        """Answer every part of a batch; one that fails does not fail the others."""
        parts = batch.read_parts(outer.headers("Content-Type"), outer.body)
        begun: list[Prepared | bytes | Refused] = []
        for part in parts:
            try:
                begun.append(self._begin(environ, _call_of(part, outer), sites, now))
            except Exception as error:
                begun.append(_as_refused(error, "part"))
        try:
            read_ahead(each for each in begun if isinstance(each, Prepared))
        except Exception as error:
            # Each is read again for itself, so that a text that cannot be read fails alone.
            _as_refused(error, "batch")
        answers = []
        for part, each in zip(parts, begun, strict=True):
            made = _answer_of(each)
            headers = {"Content-Type": made.content_type, **made.headers}
            answers.append(PartAnswer(part.id, made.status, headers, made.body))
        content_type, body = batch.write_parts(answers)
        return Answer(200, body, content_type=content_type)


def _answer_of(begun: Prepared | bytes | Refused) -> Answer:
    """Return the answer to a part of a batch."""
    try:
        if isinstance(begun, Prepared):
            begun = orjson.dumps(answer_prepared(begun))
    except Exception as error:
        begun = _as_refused(error, "part")
    return _refused(begun) if isinstance(begun, Refused) else Answer(200, begun)


_PHRASES = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def _call_of(part: Part, outer: Call) -> Call:
    """Return the call of a part; a key that it lacks is that of the batch."""
    path, _, query = part.target.partition("?")
    if "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    path = path.replace("%3A", ":").replace("%3a", ":")
    if path not in (ANALYZE, SUGGEST):
        raise errors.not_found()
    if part.method != "POST":
        raise errors.wrong_method()
    if len(part.body) > MOST_BYTES:
        raise errors.too_long(LONGEST_TEXT)

    def header(name: str) -> str:
        return part.headers.get(name.lower(), "")

    call = Call(path, _query(query), header, part.body)
    if call.key:
        return call
    return Call(path, {**call.query, "key": outer.key}, header, part.body)


def _choices(site: Site) -> Choices:
    settings = site.settings
    return Choices(
        settings.get("perspective_language") or "en",
        bool(settings.get("perspective_strict_language")),
        bool(settings.get("perspective_strict")),
    )


def _query(query: str) -> Mapping[str, str]:
    """Return the parameters of a query, the first of equal ones; raise Refused."""
    if len(query) > _LONGEST_QUERY:
        raise errors.invalid("The query is too long.")
    # A client sends the same query every time: its key.
    return _short_query(query) if len(query) <= _SHORT_QUERY else _parse_query(query)


def _parse_query(query: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    try:
        for name, value in parse_qsl(query, max_num_fields=64):
            found.setdefault(name, value)
    except ValueError:
        raise errors.invalid("The query has too many parameters.") from None
    return MappingProxyType(found)


_short_query = lru_cache(1024)(_parse_query)


def _body_of(environ: WSGIEnvironment, path: str) -> bytes:
    most = MOST_BYTES_OF_BATCH if path in BATCH else MOST_BYTES
    sent = _sent(environ, most)
    coding = environ.get("HTTP_CONTENT_ENCODING")
    if not coding:
        return sent
    try:
        body = decoded(sent, coding, most)
    except Undecodable:
        problem = "The body must be whole, and its Content-Encoding gzip or deflate."
        raise errors.not_json(problem) from None
    if len(body) > most:
        raise RequestEntityTooLarge
    return body


def _sent(environ: WSGIEnvironment, most: int) -> bytes:
    """Return the body as sent; raise RequestEntityTooLarge when it has more than `most` bytes."""
    stream = environ["wsgi.input"]
    if type(stream) is BytesIO and environ.get("wsgi.input_terminated"):
        # Of our own server, which has read all of it, or nothing of one that is too large.
        if int(environ.get("CONTENT_LENGTH") or 0) > most:
            raise RequestEntityTooLarge
        return stream.read()
    request = Request(environ, populate_request=False)
    request.max_content_length = most
    return request.get_data(cache=False)


def _header_of(environ: WSGIEnvironment) -> Callable[[str], str]:
    def header(name: str) -> str:
        name = name.upper().replace("-", "_")
        found: str = environ.get(name if name == "CONTENT_TYPE" else f"HTTP_{name}", "")
        return found

    return header


def _require_method(method: str, *allowed: str) -> None:
    if method not in allowed:
        raise errors.wrong_method(", ".join(allowed))


def _refused(refused: Refused) -> Answer:
    headers = dict(refused.headers)
    return Answer(refused.code, orjson.dumps(refused.body()), headers)


def _as_refused(error: Exception, place: str) -> Refused:
    """Return an error in Google's shape; an unexpected one is logged, without its message."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, RequestEntityTooLarge):
        return errors.too_long(LONGEST_TEXT)
    if isinstance(error, HTTPException):
        return errors.not_json()
    if isinstance(error, Busy | PoolTimeout) or (
        isinstance(error, DBAPIError) and is_unavailable(error)
    ):
        return errors.unavailable()
    at: Any = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    log.error(
        "request.failed",
        kind=type(error).__name__,
        endpoint="perspective" if place != "part" else "perspective.part",
        file=at.tb_frame.f_code.co_filename.rsplit("/", 1)[-1] if at else "",
        line=at.tb_lineno if at else 0,
    )
    return errors.internal()
