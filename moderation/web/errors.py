"""Every error of every endpoint has one format: problem+json (RFC 9457) with a stable code."""

from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request, url_for
from flask_limiter.errors import RateLimitExceeded
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestedRangeNotSatisfiable

from moderation.domain import errors as domain
from moderation.domain import export_errors, import_errors
from moderation.domain.errors import FieldError, ModerationError
from moderation.storage.engine import lacks_schema
from moderation.storage.errors import is_unavailable
from moderation.storage.schema_version import require_schema

from .database import db

log = structlog.get_logger(__name__)

#: The most specific class first: the first match gives the HTTP status.
STATUS: tuple[tuple[type[ModerationError], int], ...] = (
    (domain.PostMoved, 308),
    (domain.Unauthenticated, 401),
    (domain.Forbidden, 403),
    (domain.NotFound, 404),
    (export_errors.ExportExpired, 410),
    (domain.SettingsChanged, 412),
    (import_errors.UploadTooLarge, 413),
    (import_errors.NoRoom, 507),
    (domain.Conflict, 409),
    (domain.Invalid, 422),
    (domain.WorkRequired, 428),
    (domain.TooSoon, 429),
    (domain.Busy, 503),
    (domain.SchemaBehind, 503),
    (ModerationError, 400),
)

#: Codes and messages for errors that the framework raises.
_HTTP = {
    400: ("bad_request", "The request could not be understood. Compare it with /api/v1/docs."),
    401: ("unauthenticated", "Send a token: Authorization: Bearer …"),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", "There is nothing at this address. /api/v1/docs lists them all."),
    405: ("method_not_allowed", "This address does not support this method; see Allow."),
    413: ("body_too_large", "The body is larger than this address accepts. Shorten it."),
    415: ("unsupported_media_type", "Send JSON with Content-Type: application/json."),
    416: (
        "range_not_satisfiable",
        "The file has no such part. Compare Range with Content-Range, or leave it out.",
    ),
    429: ("rate_limited", "Too many requests. Wait for the time in Retry-After."),
}


class BadJson(ModerationError):
    code = "bad_json"


class UnsupportedMediaType(ModerationError):
    code = "unsupported_media_type"


class RateLimited(domain.TooSoon):
    """The client has used up its rate limit."""

    code = "rate_limited"

    def __init__(self, retry_after: int) -> None:
        super().__init__(_HTTP[429][1], retry_after=retry_after)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: tuple[FieldError, ...] = (),
    headers: dict[str, str] | None = None,
    **members: Any,
) -> Response:
    """Build the problem+json body of an error."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = [{"detail": e.detail, "pointer": e.pointer} for e in errors]
    body.update(members)
    response = Response(
        orjson.dumps(body, option=orjson.OPT_UTC_Z),
        status,
        headers,
        content_type="application/problem+json",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def register(app: Flask) -> None:
    """Answer every error with problem+json, or with a page for browsers."""
    app.register_error_handler(ModerationError, _ours)
    app.register_error_handler(RateLimitExceeded, rate_limited)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _pool)
    app.register_error_handler(Exception, _unexpected)


def response_of(error: Exception) -> Response:
    """Return the problem+json response of any error, as the application handles it."""
    if isinstance(error, ModerationError):
        return _ours(error)
    if isinstance(error, RateLimitExceeded):
        return rate_limited(error)
    if isinstance(error, HTTPException):
        return _http(error)
    if isinstance(error, DBAPIError):
        return _database(error)
    return _pool(error) if isinstance(error, PoolTimeout) else _unexpected(error)


def status_of(error: ModerationError) -> int:
    """Return the HTTP status of an error."""
    if isinstance(error, UnsupportedMediaType):
        return 415
    return next(status for kind, status in STATUS if isinstance(error, kind))


def headers_of(error: ModerationError) -> dict[str, str]:
    """Return the Retry-After header of a temporary error."""
    if isinstance(error, domain.Busy | domain.TooSoon):
        return {"Retry-After": str(error.retry_after)}
    return {}


def _ours(error: ModerationError) -> Response:
    db.session.rollback()
    status, headers = status_of(error), headers_of(error)
    members: dict[str, Any] = {}
    if isinstance(error, domain.AlreadyDecided) and error.decision:
        members["decision"] = error.decision
    if isinstance(error, domain.Claimed):
        members["claim"] = error.claim
    if isinstance(error, domain.TooManyFeatured):
        members["featured"] = error.featured
    if isinstance(error, domain.SettingsChanged):
        members["change"] = error.change
    if isinstance(error, domain.PostClosed):
        since = error.since.isoformat() if error.since else None
        members["closed"] = {"because": error.because, "since": since}
    if isinstance(error, domain.WorkRequired):
        members["work"] = error.work
    if isinstance(error, domain.PasswordNeeded):
        members["second_factor"] = error.second_factor
    if isinstance(error, domain.PostMoved):
        headers["Location"] = _moved_to(error.post)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(
        status, error.code, error.detail, errors=error.errors, headers=headers, **members
    )


def _moved_to(post: str) -> str:
    """Return the path and query of the same request for another post."""
    path = url_for(request.endpoint or "", **{**(request.view_args or {}), "post": post})
    query = request.query_string.decode("latin-1")
    return f"{path}?{query}" if query else path


def rate_limited(_error: RateLimitExceeded) -> Response:
    """Return the error for a client that has used up a limit."""
    from .rate_limits import seconds_to_wait

    return _ours(RateLimited(seconds_to_wait()))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or 300 <= status < 400:
        return error.get_response()  # type: ignore[return-value]
    code, detail = _HTTP.get(
        status, (HTTPStatus(status).phrase.lower().replace(" ", "_"), "The request failed.")
    )
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    if isinstance(error, RequestedRangeNotSatisfiable) and error.length is not None:
        headers["Content-Range"] = f"bytes */{error.length}"
    return problem(status, code, detail, headers=headers)


def _database(error: DBAPIError) -> Response:
    db.session.rollback()
    if is_unavailable(error):
        log.warning(
            "database.unavailable",
            kind=type(error.orig).__name__,
            reason=getattr(error.orig, "sqlite_errorname", None)
            or getattr(error.orig, "sqlstate", None),
            endpoint=request.endpoint,
        )
        return _busy()
    if lacks_schema(error):
        try:
            require_schema(db.session())
        except domain.SchemaBehind as behind:
            log.error("store.not_migrated", advice=behind.detail, endpoint=request.endpoint)
            return _ours(behind)
    return _unexpected(error)


def _pool(_error: PoolTimeout) -> Response:
    return _busy()


def _busy() -> Response:
    return problem(
        503,
        domain.Busy.code,
        # A connection lost during a commit leaves its result unknown.
        "The service cannot use its store just now. Try again in a moment; with the same "
        "Idempotency-Key nothing is stored twice.",
        headers={"Retry-After": str(domain.Busy.retry_after)},
    )


def _unexpected(error: Exception) -> Response:
    db.session.rollback()
    # Only the class and the place: a message could quote a comment.
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    log.error(
        "request.failed",
        kind=type(error).__name__,
        endpoint=request.endpoint,
        file=place.tb_frame.f_code.co_filename.rsplit("/", 1)[-1] if place else "",
        line=place.tb_lineno if place else 0,
    )
    return problem(
        500,
        "internal_error",
        "Something went wrong on our side and was logged. Try again; if it persists, report the "
        "request id to the operator.",
        request_id=g.get("request_id", ""),
    )
