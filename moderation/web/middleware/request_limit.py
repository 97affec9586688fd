"""Refuses the requests of clients whose budget is spent, before anything else looks at them.

Stands behind the ready-made answers, in front of the intake and Flask. The store is not asked.
"""

import ipaddress
import secrets
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from flask import Flask

from moderation.domain.network import address_behind, client_network, is_trusted
from moderation.services import counting, sites
from moderation.storage import db

from .cors import EXPOSED_HEADERS
from .ready import COMMON_HEADERS
from .request_budget import Refusal, RequestBudget, cost_of, refusal
from .watching import METHODS

log = structlog.get_logger(__name__)

#: Set in the environment of a request that has been charged already.
ADMITTED = "moderation.admitted"

_SITES = "/api/v1/sites/"
#: Beginnings of the paths that pages of other origins ask for.
_PUBLIC = (_SITES, "/api/v1/comments/")


def register(app: Flask) -> None:
    """Stand in front of the application, unless limits are switched off."""
    if app.extensions["moderation"].settings.ratelimit_enabled:
        app.extensions["gate"] = gate = Gate(app, app.wsgi_app)
        app.wsgi_app = gate  # type: ignore[method-assign]


class Gate:
    """The WSGI application that admits requests to the one behind it."""

    def __init__(self, app: Flask, inner: WSGIApplication) -> None:
        settings = app.extensions["moderation"].settings
        self._inner = inner
        self.budget = RequestBudget(
            settings.ratelimit_requests.rate, settings.ratelimit_requests.burst
        )
        self._trusted = settings.trusted_proxies
        self._watched = bool(settings.metrics_token)
        self._warned = False
        with app.app_context():
            self._engine = db.engine

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        refused = self.admit(environ)
        if refused is None:
            return self._inner(environ, start_response)
        start_response(refused.status, refused.headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else refused.body]

    def admit(self, environ: WSGIEnvironment) -> Refusal | None:
        """Charge a request once, however often it is asked about."""
        if environ.get(ADMITTED):
            return None
        refused = self.refused(environ)
        if refused is None:
            environ[ADMITTED] = True
        return refused

    def refused(self, environ: WSGIEnvironment) -> Refusal | None:
        """Charge a request to its client; return the answer when the budget is spent."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        wait = self.budget.charge(self._client(environ), cost_of(method, path))
        if not wait:
            return None
        if self._watched:
            counting.count_request(method if method in METHODS else "other", "over_budget", 429)
        answer = refusal(wait)
        answer.headers.extend(COMMON_HEADERS)
        answer.headers.append(("X-Request-Id", secrets.token_hex(8)))
        if path.startswith(_PUBLIC):
            answer.headers.append(("Vary", "Origin"))
            origin = environ.get("HTTP_ORIGIN", "").lower()
            if origin and self._knows(origin, path):
                answer.headers.append(("Access-Control-Allow-Origin", origin))
                answer.headers.append(("Access-Control-Expose-Headers", EXPOSED_HEADERS))
        return answer

    def _client(self, environ: WSGIEnvironment) -> str:
        peer = environ.get("REMOTE_ADDR") or ""
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        if not forwarded:
            return client_network(peer)
        if not self._warned and not is_trusted(peer, self._trusted):
            self._warn(peer)
        return client_network(address_behind(peer, (forwarded,), self._trusted))

    def _warn(self, peer: str) -> None:
        """Say once that a proxy may have been forgotten; its clients would share one budget."""
        self._warned = True
        log.warning(
            "proxy.not_trusted",
            loopback=_is_loopback(peer),
            advice="X-Forwarded-For came from a peer that is not in MODERATION_TRUSTED_PROXIES "
            "and is ignored. If it is a proxy of yours, add its network: until then all of its "
            "clients count as one.",
        )

    def _knows(self, origin: str, path: str) -> bool:
        if path.startswith(_SITES):
            name = path[len(_SITES) :].partition("/")[0]
            return origin in sites.origins_seen(self._engine, name)
        return sites.is_origin_seen(self._engine, origin)


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
