"""`/metrics` for Prometheus: off until a token is set, and then for whoever has it."""

import hmac
import threading
import time

from flask import Blueprint, Flask, Response, abort, current_app, request

from moderation import __version__
from moderation.domain.errors import Unauthenticated
from moderation.services import counting, exposition
from moderation.storage import db

from .guards import bearer_token, runtime, utcnow
from .limits import fallbacks

bp = Blueprint("watching", __name__)

#: Seconds for which what the store said is said again: several may scrape.
KEPT = 15.0


class _Kept:
    """What the store said last, and when."""

    def __init__(self) -> None:
        self.text = b""
        self.at = float("-inf")
        self.turn = threading.Lock()


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    if app.extensions["moderation"].settings.metrics_token:
        app.extensions["watched"] = _Kept()
        app.after_request(_count)


@bp.get("/metrics")
def scrape() -> Response:
    """The state of the desk and of this process, in Prometheus' text format."""
    token = runtime().settings.metrics_token
    if not token:
        abort(404)
    if not hmac.compare_digest(bearer_token().encode(), token.encode()):
        raise Unauthenticated("Send MODERATION_METRICS_TOKEN: Authorization: Bearer …")
    own = exposition.of_process(__version__, db.engine.dialect.name, fallbacks())
    answer = Response(own + _of_store(), content_type=exposition.CONTENT_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _of_store() -> bytes:
    kept: _Kept = current_app.extensions["watched"]
    with kept.turn:
        if time.monotonic() - kept.at > KEPT:
            kept.text = exposition.of_store(db.session(), now=utcnow())
            kept.at = time.monotonic()
        return kept.text


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    counting.count_request(method, endpoint, response.status_code)
    return response


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
