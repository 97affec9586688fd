"""Comments that are sent in the usual way, without a detour through the web framework.

What a view, its decorators and its hooks cost is a quarter of what a comment costs. So a
POST that is as plain as the widget's is read, judged and answered here, by the same service
and with the same answer; whatever is unusual about it, and every error, is left to Flask,
which is handed what has happened so far. Nothing is done twice.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import BytesIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from flask import Flask, Response, request
from limits import parse_many
from marshmallow import RAISE, ValidationError
from sqlalchemy.orm import Session

from moderation.domain.errors import ModerationError, PostBusy
from moderation.domain.network import address_behind, client_network
from moderation.services import counting, sites
from moderation.services.submission import Sender, Submission, check_external_id, submit
from moderation.storage import db

from .burst import Burst
from .comments import answer
from .cors import EXPOSED_HEADERS
from .errors import problem
from .limits import limiter
from .ready import COMMON_HEADERS, THREAD
from .schemas.submissions import CommentIn

#: Where Flask finds the error that it is to answer.
RAISED = "moderation.raised"
#: Under which the limiter counts the view, so that both ways fill one bucket.
_ENDPOINT = "comments.submit_comment"
_SCHEMA = CommentIn(unknown=RAISE)


def register(app: Flask) -> None:
    """Stand in front of the application, behind the ready-made answers."""
    app.before_request(_raise)
    app.extensions["intake"] = intake = Intake(app, app.wsgi_app)
    app.wsgi_app = intake  # type: ignore[method-assign]


def _raise() -> None:
    error: Exception | None = request.environ.pop(RAISED, None)
    if error is not None:
        raise error


class Intake:
    """The WSGI application that takes comments."""

    def __init__(self, app: Flask, inner: WSGIApplication) -> None:
        self._app = app
        self._inner = inner
        self._runtime = app.extensions["moderation"]
        self._most = app.config["MAX_CONTENT_LENGTH"]
        settings = self._runtime.settings
        self._limits = sorted(parse_many(settings.ratelimit_submit))
        self._watched = bool(settings.metrics_token)
        self._limited = settings.ratelimit_enabled
        self._trusted = settings.trusted_proxies
        with app.app_context():
            self._engine = db.engine

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            thread = THREAD.fullmatch(environ["PATH_INFO"])
            if thread is not None:
                response = self._answer(environ, thread[1], thread[2])
                if response is not None:
                    if self._watched:
                        counting.count_request("POST", _ENDPOINT, response.status_code)
                    # What werkzeug would look into first, our own answers do not have.
                    start_response(response.status, response.headers.to_wsgi_list())
                    return [response.get_data()]
        return self._inner(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, site: str, post: str) -> Response | None:
        if not self._is_usual(environ):
            return None
        try:
            name, external_id = (part.encode("latin-1").decode() for part in (site, post))
        except UnicodeError:
            return None
        # Comments that were taken have filled the post's share: under an attack the next
        # ones cost neither reading nor counting.
        if self._limited and self._app.extensions["burst"].is_full((name, external_id)):
            return self._too_many(environ, name)
        return self._take(environ, name, external_id)

    def _too_many(self, environ: WSGIEnvironment, name: str) -> Response:
        """Refuse without asking the store: the origins are those that were last seen."""
        origin = environ.get("HTTP_ORIGIN", "").lower()
        busy = PostBusy()
        response = problem(
            429, busy.code, busy.detail, headers={"Retry-After": str(busy.retry_after)}
        )
        return _finished(response, sites.origins_seen(self._engine, name), origin)

    def _is_usual(self, environ: WSGIEnvironment) -> bool:
        length = environ.get("CONTENT_LENGTH", "")
        return (
            environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == "application/json"
            and length.isascii()
            and length.isdigit()
            and 0 < int(length) <= self._most
            and "HTTP_IDEMPOTENCY_KEY" not in environ
            and "HTTP_TRANSFER_ENCODING" not in environ
            and not environ.get("QUERY_STRING")
        )

    def _take(self, environ: WSGIEnvironment, name: str, external_id: str) -> Response | None:
        """Answer the request; None leaves it to Flask, body and all."""
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = BytesIO(body)
        try:
            submission: Submission = _SCHEMA.load(orjson.loads(body))
            check_external_id(external_id)
        except (ValueError, ValidationError, ModerationError):
            return None
        address = self._address(environ)
        if self._limited:
            network = client_network(address)
            if not self._within_limits(network):
                return None
            # Last of all: what is refused for another reason must not use up the post's share.
            burst: Burst = self._app.extensions["burst"]
            if not burst.admits((name, external_id), network):
                return self._too_many(environ, name)
        clock: Callable[[], datetime] | None = self._app.extensions.get("clock")
        now = clock() if clock else datetime.now(UTC)
        origin = environ.get("HTTP_ORIGIN", "").lower()
        session = Session(self._engine)
        try:
            site = sites.find(session, name)
            receipt = submit(
                session,
                self._runtime,
                site,
                external_id,
                submission,
                Sender(address, origin in site.origins),
                now=now,
            )
        except Exception as error:
            environ[RAISED] = error
            return None
        finally:
            session.close()
        return _finished(answer(self._runtime, receipt, now, published=201), site.origins, origin)

    def _address(self, environ: WSGIEnvironment) -> str:
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        peer = environ.get("REMOTE_ADDR") or ""
        return address_behind(peer, [forwarded] if forwarded else (), self._trusted)

    def _within_limits(self, network: str) -> bool:
        key = self._runtime.address_key(network)
        return all(limiter.limiter.hit(item, "moderation", key, _ENDPOINT) for item in self._limits)


def _finished(response: Response, origins: Iterable[str], origin: str) -> Response:
    """The headers that hooks give every other answer."""
    headers = response.headers
    for header, value in COMMON_HEADERS:
        headers[header] = value
    headers["X-Request-Id"] = secrets.token_hex(8)
    headers["Vary"] = "Origin"
    if origin and origin in origins:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    return response
