"""Public keys of the main site's sign-on (JWK Set, RFC 7517), read by HTTP and cached.

A cache for each process. An unknown key id reads the set again, at most once a minute: a
token that anyone can make up must not cause a request each time.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from moderation.domain.bounded_cache import BoundedCache
from moderation.domain.errors import SignOnUnavailable
from moderation.domain.inner_networks import Networks
from moderation.domain.members import Algorithm

from .. import outbound

#: A set is read again after this time, so that a key that was withdrawn ends.
FRESH = timedelta(hours=1)
#: A set that cannot be read again stays in use for this long.
USABLE = timedelta(hours=24)
#: Time between two requests for a set, successful or not.
PAUSE = timedelta(minutes=1)
#: Bytes of a set, and keys that are taken from it.
MOST_BYTES = 65_536
MOST_KEYS = 32
#: Seconds of a request, and for which other requests wait for the first set.
TIMEOUT = 5.0
#: Bytes of all cached sets.
KEPT_BYTES = 8 * 1024 * 1024
_LONGEST_NUMBER = 1400

#: Key type and curve that belong to each algorithm; no other key is taken for it.
_KIND: Mapping[Algorithm, tuple[str, str | None]] = {
    Algorithm.RS256: ("RSA", None),
    Algorithm.ES256: ("EC", "P-256"),
    Algorithm.EDDSA: ("OKP", "Ed25519"),
}
#: Public members of a key, by its type; anything else, private parts included, is dropped.
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}

Send = Callable[..., outbound.Answer]


@dataclass(slots=True)
class _KeySet:
    """The keys at one address; `read_at` is None until a set was read."""

    keys: tuple[Mapping[str, Any], ...] = ()
    size: int = 0
    read_at: datetime | None = None
    tried_at: datetime | None = None
    reading: threading.Lock = field(default_factory=threading.Lock)


class KeySets:
    """The cached key sets of all sites, by address."""

    def __init__(self, allowed: Networks, send: Send = outbound.send) -> None:
        self._allowed = allowed
        self._send = send
        self._sets: BoundedCache[str, _KeySet] = BoundedCache(
            KEPT_BYTES, lambda known: 4096 + 8 * known.size
        )

    def find(self, url: str, key_id: str | None, algorithm: Algorithm, *, now: datetime) -> Any:
        """Return the public key of an id, None for an unknown id; raise SignOnUnavailable.

        Without an id the set must have exactly one key for the algorithm.
        """
        known = self._sets.get(url)
        if known is None:
            known = self._sets.keep(url, _KeySet())
        key = _chosen(known, key_id, algorithm)
        if key is None or known.read_at is None or not _within(known.read_at, now, FRESH):
            self._read_again(url, known, now)
            key = _chosen(known, key_id, algorithm)
        if known.read_at is None or not _within(known.read_at, now, USABLE):
            raise SignOnUnavailable(
                "The keys of this site's sign-on cannot be read just now. Try again in a minute."
            )
        return key

    def _read_again(self, url: str, known: _KeySet, now: datetime) -> None:
        # Only the first set is worth waiting for: another request is reading it.
        wait = TIMEOUT if known.read_at is None else 0
        if not known.reading.acquire(timeout=wait):
            return
        try:
            if known.tried_at is not None and _within(known.tried_at, now, PAUSE):
                return
            known.tried_at = now
            request = outbound.Request(url, {"Accept": "application/json"}, method="GET")
            answer = self._send(
                request, allowed=self._allowed, timeout=TIMEOUT, most_bytes=MOST_BYTES
            )
            keys = None if answer.status != 200 or answer.is_cut else _keys_of(answer.body)
            if keys is not None:
                known.keys, known.size, known.read_at = keys, len(answer.body), now
                self._sets.keep(url, known)
        finally:
            known.reading.release()


def _within(earlier: datetime, now: datetime, length: timedelta) -> bool:
    """Return whether a time is at most `length` ago; false when a clock was set back."""
    return timedelta(0) <= now - earlier < length


def _keys_of(body: bytes) -> tuple[Mapping[str, Any], ...] | None:
    """Return the objects in a key set; None for anything else."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        return None
    return tuple(key for key in listed[:MOST_KEYS] if isinstance(key, dict))


def _chosen(known: _KeySet, key_id: str | None, algorithm: Algorithm) -> Any:
    """Return the one key for an id and an algorithm, ready to verify with; else None."""
    fitting = [
        key
        for key in known.keys
        if (key_id is None or key.get("kid") == key_id) and _fits(key, algorithm)
    ]
    return _prepared(fitting[0], algorithm) if len(fitting) == 1 else None


def _fits(key: Mapping[str, Any], algorithm: Algorithm) -> bool:
    kind, curve = _KIND[algorithm]
    operations = key.get("key_ops", ["verify"])
    return (
        key.get("kty") == kind
        and (curve is None or key.get("crv") == curve)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm.value) == algorithm.value
        and isinstance(operations, list)
        and "verify" in operations
    )


def _prepared(key: Mapping[str, Any], algorithm: Algorithm) -> Any:
    """Return a public key; None when it is not valid or too weak."""
    import jwt

    public = {name: key.get(name) for name in _PUBLIC[_KIND[algorithm][0]]}
    if not all(isinstance(part, str) and len(part) <= _LONGEST_NUMBER for part in public.values()):
        return None
    try:
        made: Any = jwt.get_algorithm_by_name(algorithm.value).from_jwk(
            {"kty": key["kty"], **public}
        )
    # The library raises several kinds for numbers that are no key.
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if algorithm is Algorithm.RS256 and not 2048 <= made.key_size <= 8192:
        return None
    return made
