"""`/metrics` for Prometheus: off until a token is set, then open to requests with it."""

import hmac
import threading
import time

from flask import Blueprint, Flask, Response, abort, current_app, request

from moderation import __version__
from moderation.domain.errors import Unauthenticated
from moderation.services import counters
from moderation.services.operations import prometheus

from .auth import bearer_token, runtime, utcnow
from .database import db
from .rate_limits import fallbacks
from .state import app_state

bp = Blueprint("watching", __name__)

#: Seconds for which the store's figures are cached: several scrapers may ask.
KEPT = 15.0


class MetricsCache:
    """The last figures of the store, and their time."""

    def __init__(self) -> None:
        self.text = b""
        self.at = float("-inf")
        self.turn = threading.Lock()


def register(app: Flask) -> None:
    """Add `/metrics`, and count requests where a token for it is configured."""
    app.register_blueprint(bp)
    state = app_state(app)
    if state.settings.metrics_token:
        state.metrics = MetricsCache()
        app.after_request(_count)


@bp.get("/metrics")
def scrape() -> Response:
    """Return the state of the queues and of this process in Prometheus' text format."""
    token = runtime().settings.metrics_token
    if not token:
        abort(404)
    if not hmac.compare_digest(bearer_token().encode(), token.encode()):
        raise Unauthenticated("Send MODERATION_METRICS_TOKEN: Authorization: Bearer …")
    own = prometheus.process_metrics(__version__, db.engine.dialect.name, fallbacks())
    answer = Response(own + _of_store(), content_type=prometheus.CONTENT_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _of_store() -> bytes:
    kept = app_state(current_app).metrics
    assert kept is not None  # noqa: S101 (there is one where there is a token)
    with kept.turn:
        if time.monotonic() - kept.at > KEPT:
            kept.text = prometheus.store_metrics(db.session(), now=utcnow())
            kept.at = time.monotonic()
        return kept.text


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    counters.count_request(method, endpoint, response.status_code)
    return response


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
