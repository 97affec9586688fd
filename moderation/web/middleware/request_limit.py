"""Refuses requests of clients whose budget is spent, before any other work is done.

Runs behind the response cache, in front of submissions and Flask. Makes no store query.
"""

import ipaddress
import math
import secrets
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from flask import Flask

from moderation.domain.akismet_guid import guid_headers
from moderation.domain.hosts import is_listed
from moderation.domain.network import address_behind, client_network, is_trusted
from moderation.services import counters
from moderation.services.sites import registry

from ..cors import EXPOSED_HEADERS
from ..database import db
from ..http import COMMON_HEADERS
from ..metrics import METHODS
from ..pages.error_pages import is_for_people, policy, reader_words, waiting_page
from ..request_budget import Refusal, RequestBudget, cost_of, refusal
from ..state import app_state

log = structlog.get_logger(__name__)

#: Set in the environment of a request that has been charged already.
ADMITTED = "moderation.admitted"

_SITES = "/api/v1/sites/"
#: Prefixes of the paths that pages of other origins request.
_PUBLIC = (_SITES, "/api/v1/comments/")


def register(app: Flask) -> None:
    """Install the gate in front of the application, unless limits are switched off."""
    state = app_state(app)
    if state.settings.ratelimit_enabled:
        state.request_limit = gate = Gate(app, app.wsgi_app)
        app.wsgi_app = gate  # type: ignore[method-assign]


class Gate:
    """The WSGI application that admits requests to the one behind it."""

    def __init__(self, app: Flask, inner: WSGIApplication) -> None:
        settings = app_state(app).settings
        self._app = app
        self._pages: dict[tuple[str, bool], str] = {}
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
        """Charge a request once, even when several layers ask."""
        if environ.get(ADMITTED):
            return None
        refused = self.refused(environ)
        if refused is None:
            environ[ADMITTED] = True
        return refused

    def refused(self, environ: WSGIEnvironment) -> Refusal | None:
        """Charge a request to its client; return the refusal when the budget is spent."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        wait = self.budget.charge(self._client(environ), cost_of(method, path))
        if not wait:
            return None
        if self._watched:
            counters.count_request(method if method in METHODS else "other", "over_budget", 429)
        if is_for_people(path, environ.get("HTTP_ACCEPT", "")):
            answer = self._page(path, environ.get("HTTP_ACCEPT_LANGUAGE", ""), wait)
        else:
            answer = refusal(wait)
            answer.headers.extend(COMMON_HEADERS)
            answer.headers.extend(guid_headers(path))
        answer.headers.append(("X-Request-Id", secrets.token_hex(8)))
        if path.startswith(_PUBLIC):
            answer.headers.append(("Vary", "Origin"))
            origin = environ.get("HTTP_ORIGIN", "").lower()
            if origin and self._knows(origin, path):
                answer.headers.append(("Access-Control-Allow-Origin", origin))
                answer.headers.append(("Access-Control-Expose-Headers", EXPOSED_HEADERS))
        return answer

    def _page(self, path: str, languages: str, wait: float) -> Refusal:
        seconds = str(max(1, math.ceil(wait)))
        console = path.startswith("/review")
        lang = "en" if console else reader_words(languages).lang
        page = self._pages.get((lang, console))
        if page is None:
            page = self._pages[lang, console] = waiting_page(self._app, lang, console=console)
        body = page.replace("{n}", seconds).encode()
        headers = dict(COMMON_HEADERS) | {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Retry-After": seconds,
            "Content-Security-Policy": policy(path),
        }
        return Refusal("429 TOO MANY REQUESTS", list(headers.items()), body)

    def _client(self, environ: WSGIEnvironment) -> str:
        peer = environ.get("REMOTE_ADDR") or ""
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        if not forwarded:
            return client_network(peer)
        if not self._warned and not is_trusted(peer, self._trusted):
            self._warn(peer)
        return client_network(address_behind(peer, (forwarded,), self._trusted))

    def _warn(self, peer: str) -> None:
        """Log once that a proxy may not be configured; its clients would share one budget."""
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
            return is_listed(origin, registry.origins_seen(self._engine, name))
        return registry.is_origin_seen(self._engine, origin)


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
