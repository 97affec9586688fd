"""Runs a WSGI application for a request on a thread and forwards its response."""

import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIApplication

import structlog

from moderation.domain.akismet_guid import guid_headers

from .messages import BODILESS, Request, field_lines, problem_bytes, status_line
from .reply import Reply

log = structlog.get_logger(__name__)

#: A length that no endpoint takes.
_TOO_LARGE = str(1 << 40)
#: The write callable of WSGI.
Write = Callable[[bytes], object]


class _Errors:
    """`wsgi.errors`: logs what an application writes as our own errors."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        sys.stderr.writelines(lines)

    def flush(self) -> None:
        sys.stderr.flush()


def environ_of(request: Request, peer: tuple[str, int], server: tuple[str, int]) -> dict[str, Any]:
    """Return the WSGI environment of a request (PEP 3333).

    Header names with an underscore are dropped: `X_Forwarded_For` must not pass for
    `X-Forwarded-For`.
    """
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "REQUEST_URI": request.target.decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": "HTTP/1.1" if request.http_1_1 else "HTTP/1.0",
        "REMOTE_ADDR": peer[0],
        "REMOTE_PORT": str(peer[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": _Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        if b"_" in name or name == b"transfer-encoding":
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            environ[key] = value.decode("latin-1")
        else:
            environ[f"HTTP_{key}"] = value.decode("latin-1")
    if request.too_large:
        # Of a chunked body no length was declared; without one it would look empty.
        environ.setdefault("CONTENT_LENGTH", _TOO_LARGE)
    elif request.body:
        # The length of a chunked body is known by now.
        environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


def respond(app: WSGIApplication, environ: dict[str, Any], request: Request, reply: Reply) -> None:
    """Run the application and send its response; send a 500 when it fails before one."""
    state: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Write:
        state[:] = [(status, headers)]
        return _no_write

    sent = False
    try:
        parts = app(environ, start_response)
        try:
            sent = _send(state, parts, request, reply)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
    except Exception as error:
        # Flask handles its own errors, so this one is unexpected. Never log the message.
        log.error("server.application_failed", kind=type(error).__name__)
        if reply.begun:
            reply.end(complete=False)
        elif not sent:
            body = problem_bytes(
                500, "internal_error", "Something went wrong on our side. Try again."
            )
            described = [
                ("Content-Type", "application/problem+json"),
                ("Content-Length", str(len(body))),
                *guid_headers(request.path),
            ]
            reply.whole(status_line(500) + field_lines(described), body)


def _send(
    state: list[tuple[str, list[tuple[str, str]]]],
    parts: Iterable[bytes],
    request: Request,
    reply: Reply,
) -> bool:
    """Send the response of the application; return whether anything was sent."""
    bodiless = request.method == "HEAD"
    if isinstance(parts, list | tuple):
        status, headers = state[0]
        body = b"" if bodiless else b"".join(parts)
        lengths = any(name.lower() == "content-length" for name, _ in headers)
        if not lengths and not bodiless and int(status[:3]) not in BODILESS:
            headers = [*headers, ("Content-Length", str(len(body)))]
        reply.whole(status_line(status) + field_lines(headers), body)
        return True
    pieces = iter(parts)
    # The application may call start_response as late as with its first piece.
    first = next(pieces, b"")
    status, headers = state[0]
    head = status_line(status) + field_lines(headers)
    length = next((value for name, value in headers if name.lower() == "content-length"), None)
    if bodiless or int(status[:3]) in BODILESS:
        reply.whole(head, b"")
    elif length is not None and int(length) <= 1 << 20:
        reply.whole(head, b"".join((first, *pieces)))
    else:
        reply.begin(head, None if length is None else int(length))
        alive = reply.part(first)
        for piece in pieces:
            if not alive:
                break
            alive = reply.part(piece)
        reply.end(complete=alive)
    return True


def _no_write(_content: bytes) -> object:
    raise RuntimeError("the write callable of WSGI is not offered")
