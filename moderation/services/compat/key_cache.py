"""Sites of keys that were looked up, as long as nothing was committed since.

A client of a foreign protocol sends the same key with every request; looking it up takes as long
as the rest of reading the request.
"""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Engine

from moderation.domain.bounded_cache import BoundedCache
from moderation.storage.models.sites import Site

from ..sites import registry
from . import keys
from .keys import Service

#: Keys in the cache; wrong ones are not kept, so that guessing evicts nothing.
_MOST = 4096


class _Found(NamedTuple):
    """The site of a key, as it was when the store had this stamp."""

    stamp: int
    name: str
    id: int
    version: int


class KeyCache:
    """Finds the site of a key of one service.

    `stamp` returns a number that stays the same while nothing is committed, or None when the store
    is unavailable: see `storage.change_feed`. On SQLite a key is revoked with the commit; on
    PostgreSQL another process hears of it within `change_feed.SILENCE`.
    """

    def __init__(self, engine: Engine, service: Service, stamp: Callable[[], int | None]) -> None:
        self._engine = engine
        self._service = service
        self._stamp = stamp
        self._known: BoundedCache[str, _Found] = BoundedCache(_MOST, lambda _: 1)

    def site_of(self, key: str) -> Site | None:
        """Return the site of a key, detached and read-only; None: unknown or revoked."""
        # Read before the look-up: a commit in between changes the next stamp.
        stamp = self._stamp()
        known = self._known.get(key)
        if known is not None and known.stamp == stamp:
            return registry.of_version(self._engine, known.name, known.id, known.version)
        site = keys.site_in(self._engine, self._service, key)
        if site is None:
            self._known.drop(key)
        elif stamp is not None:
            self._known.keep(key, _Found(stamp, site.name, site.id, site.version))
        return site
