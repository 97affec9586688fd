"""The handler of every submitted comment, in front of Flask.

Flask's hooks, decorators and routing cost a quarter of a submission. So each
POST …/comments is answered here; its errors are answered by Flask's error handlers. The
view in `web/api/comments.py` documents the address in OpenAPI.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, request
from limits import parse_many
from marshmallow import RAISE, Schema, ValidationError
from sqlalchemy.orm import Session
from werkzeug import Request

from moderation.domain.errors import FieldError, Invalid, PostBusy
from moderation.domain.hosts import is_listed
from moderation.domain.network import address_behind, client_network
from moderation.services import counters
from moderation.services.comments.idempotency import RequestKey
from moderation.services.comments.posts import check_external_id
from moderation.services.comments.requests import Sender, Submission, written_by
from moderation.services.comments.submission import submit
from moderation.services.community import following
from moderation.services.sites import registry
from moderation.services.sites.settings_schema import field_errors
from moderation.services.sites.sign_on import verify

from .. import origins
from ..api.comments import answer
from ..api.framework import invalid, strict_json
from ..burst_limit import Burst
from ..cors import EXPOSED_HEADERS
from ..database import db
from ..errors import RateLimited, problem
from ..http import COMMON_HEADERS, THREAD, asks_as_reader, mail_language
from ..rate_limits import limiter, seconds_until
from ..schemas.comments import CommentIn, MemberCommentIn
from ..state import app_state

#: Key in the environment of the error that Flask's error handlers answer.
RAISED = "moderation.raised"
#: The view's name: in the metrics, and as the key of its rate limit.
_ENDPOINT = "comments.submit_comment"
_SCHEMA = CommentIn(unknown=RAISE)
_MEMBER_SCHEMA = MemberCommentIn(unknown=RAISE)


def register(app: Flask) -> None:
    """Put the handler in front of the application, behind the response cache."""
    app.before_request(_raise)
    app_state(app).fast_submit = handler = SubmitHandler(app, app.wsgi_app)
    app.wsgi_app = handler  # type: ignore[method-assign]


def _raise() -> None:
    error: Exception | None = request.environ.pop(RAISED, None)
    if error is not None:
        raise error


class SubmitHandler:
    """The WSGI application that answers submitted comments."""

    def __init__(self, app: Flask, inner: WSGIApplication) -> None:
        self._app = app
        self._inner = inner
        self._state = app_state(app)
        self._runtime = self._state.signing
        self._max_body = app.config["MAX_CONTENT_LENGTH"]
        self._settings = settings = self._state.settings
        self._limits = sorted(parse_many(settings.ratelimit_submit))
        self._watched = bool(settings.metrics_token)
        with app.app_context():
            self._engine = db.engine

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST":
            return self._inner(environ, start_response)
        thread = THREAD.fullmatch(environ["PATH_INFO"])
        if thread is None:
            return self._inner(environ, start_response)
        try:
            # Decoded as Flask's router decodes a path.
            site, post = (
                part.encode("latin-1").decode(errors="replace") for part in thread.groups()
            )
            response = self._answer(environ, site, post)
        except Exception as error:
            environ[RAISED] = error
            return self._inner(environ, start_response)
        if self._watched:
            counters.count_request("POST", _ENDPOINT, response.status_code)
        # Skips werkzeug's checks for cases that these responses do not have.
        start_response(response.status, response.headers.to_wsgi_list())
        return [response.get_data()]

    def _answer(self, environ: WSGIEnvironment, name: str, post: str) -> Response:
        """Answer a submission; its errors are raised in the order of these steps."""
        request = Request(environ, populate_request=False)
        request.max_content_length = self._max_body
        burst = self._state.burst_limit
        forwarded = request.headers.getlist("X-Forwarded-For")
        address = address_behind(
            request.remote_addr or "", forwarded, self._settings.trusted_proxies
        )
        network = client_network(address)
        if burst is not None:
            # Accepted comments have used up the post's share: during an attack the next
            # ones are neither read nor counted.
            if _is_full(burst, name, post):
                return self._post_busy(request, name)
            self._count(network)
        sent = request.headers.get("Authorization")
        token = sent.partition(" ")[2] if sent is not None and asks_as_reader(sent) else ""
        submission = _submission_of(request, _MEMBER_SCHEMA if token else _SCHEMA)
        external_id = check_external_id(post)
        # Last of the limits: a request that is refused for another reason must not use up
        # the post's share.
        if burst is not None and not burst.admits((name, external_id), network):
            return self._post_busy(request, name)
        now = self._state.clock()
        with Session(self._engine) as session:
            site = registry.find(session, name)
            if token:
                member = verify(session, self._state.sign_on_keys, site, token, now=now)
                submission = written_by(submission, member)
            asked = following.ask_of(
                self._runtime,
                site,
                submission.author_email,
                submission.notify,
                language=mail_language(request.headers.get("Accept-Language", ""), site),
                client=address,
                member=bool(token),
            )
            receipt = submit(
                session,
                self._runtime,
                site,
                external_id,
                submission,
                Sender(address, is_listed(_origin_of(request), site.origins)),
                now=now,
                repeatable=_idempotency_key(request, submission.author_id),
                also=following.with_comment(self._runtime, site, asked),
            )
        response = answer(
            self._runtime, receipt, now, published=201, settings=site.settings, asked=request
        )
        return self._finish(request, response, site.origins)

    def _count(self, network: str) -> None:
        """Count the request against its client's rate limit; raise RateLimited beyond it."""
        key = self._runtime.address_key(network)
        for item in self._limits:
            if not limiter.limiter.hit(item, "moderation", key, _ENDPOINT):
                stats = limiter.limiter.get_window_stats(item, "moderation", key, _ENDPOINT)
                raise RateLimited(seconds_until(int(stats.reset_time + 1)))

    def _post_busy(self, request: Request, name: str) -> Response:
        """Refuse without a query: the origins are those of the site when it was last read."""
        busy = PostBusy()
        response = problem(
            429, busy.code, busy.detail, headers={"Retry-After": str(busy.retry_after)}
        )
        return self._finish(request, response, registry.origins_seen(self._engine, name))

    def _finish(
        self, request: Request, response: Response, site_origins: Collection[str]
    ) -> Response:
        """Add the headers that Flask's hooks add to every other response."""
        headers, origin = response.headers, _origin_of(request)
        for header, value in COMMON_HEADERS:
            headers[header] = value
        if origins.came_over_tls(request.environ, self._settings):
            headers["Strict-Transport-Security"] = origins.HSTS
        headers["X-Request-Id"] = secrets.token_hex(8)
        headers["Vary"] = "Origin"
        if origin and is_listed(origin, site_origins):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        return response


def _is_full(burst: Burst, name: str, post: str) -> bool:
    try:
        return burst.is_full((name, check_external_id(post)))
    except Invalid:
        # Raised again in its turn, after the limit and the body.
        return False


def _submission_of(request: Request, schema: Schema) -> Submission:
    """Return the comment in the body; raise the error of what is wrong with it."""
    body = strict_json(request)
    try:
        submission: Submission = schema.load(body)
    except ValidationError as error:
        raise invalid(field_errors(error.messages)) from None
    return submission


def _idempotency_key(request: Request, author_id: str) -> RequestKey:
    """Return the Idempotency-Key, quoted or bare, bound to address, body and signed-in author."""
    key = request.headers.get("Idempotency-Key", "").strip().strip('"')
    if not key:
        return RequestKey()
    if len(key) > 255 or not key.isprintable():
        raise Invalid(
            "An Idempotency-Key is 1 to 255 printable characters.",
            errors=(FieldError("Idempotency-Key", "1 to 255 printable characters"),),
        )
    fingerprint = hashlib.sha256(request.path.encode() + b"\0" + request.get_data())
    if author_id:
        fingerprint.update(b"\0" + author_id.encode())
    return RequestKey(key=key, fingerprint=fingerprint.hexdigest())


def _origin_of(request: Request) -> str:
    return request.headers.get("Origin", "").lower()
