"""Who may use an endpoint of a foreign protocol: keys, and the budget of each.

A client network has a budget for requests whose key is not known yet, so that guessing keys costs
the service little; a valid key has a budget of its own, in this process.
"""

import math
from dataclasses import dataclass
from wsgiref.types import WSGIEnvironment

from flask import Flask
from sqlalchemy.orm import Session

from moderation.domain.network import address_behind, client_network
from moderation.services.compat.key_cache import KeyCache
from moderation.services.compat.keys import Service
from moderation.storage.models.sites import Site

from ..database import db
from ..request_budget import RequestBudget
from ..state import app_state

#: Costs to the network of a request: of any, of one with a large body, and of a wrong key, which is
#: a look-up for nothing, or an attempt to guess.
ANY, LARGE, WRONG_KEY = 0.02, 0.5, 1.0


@dataclass(frozen=True, slots=True)
class TooFast(Exception):
    """A budget is spent."""

    #: Whole seconds until it admits another request.
    retry_after: int


class Admission:
    """Charges requests, and finds the site of a key."""

    def __init__(self, app: Flask, service: Service) -> None:
        state = app_state(app)
        self._gate = state.request_limit
        self._trusted = state.settings.trusted_proxies
        rate = state.settings.ratelimit_compat
        self.rate = rate.rate
        self._of_keys = RequestBudget(rate.rate, rate.burst) if self._gate is not None else None
        with app.app_context():
            self._engine = db.engine
        # The response cache is registered later.
        self._keys = KeyCache(self._engine, service, lambda: state.cache.stamp())

    def network(self, environ: WSGIEnvironment) -> str:
        """Return the client network of a request."""
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        peer = environ.get("REMOTE_ADDR") or ""
        return client_network(
            address_behind(peer, (forwarded,) if forwarded else (), self._trusted)
        )

    def charge_network(self, environ: WSGIEnvironment, cost: float = ANY) -> None:
        """Charge a request to its network before anything is done for it; raise TooFast."""
        if self._gate is not None:
            _require(self._gate.budget.charge(self.network(environ), cost))

    def charge_key(self, key: str, cost: float = 1.0) -> None:
        """Charge calls to a valid key; raise TooFast."""
        if self._of_keys is not None:
            _require(self._of_keys.charge(key, cost))

    def site_of(self, environ: WSGIEnvironment, key: str) -> Site | None:
        """Return the site of a key; None: a wrong key, which is charged; raise TooFast."""
        site = self._keys.site_of(key)
        if site is None:
            self.charge_network(environ, WRONG_KEY)
        return site

    def session(self) -> Session:
        """Return a session on the application's store."""
        return Session(self._engine, expire_on_commit=False, autoflush=False)


def _require(wait: float) -> None:
    if wait:
        raise TooFast(max(1, math.ceil(wait)))
