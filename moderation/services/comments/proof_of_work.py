"""Proof of work: a computation that a post may require with each comment.

A challenge is not stored: it is signed, and contains its time and its post. Only a challenge
that was redeemed with a comment is stored, for as long as it is valid.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from moderation.domain.errors import WorkRequired
from moderation.domain.status import Status
from moderation.storage.compiled_statements import Executor
from moderation.storage.models.requests import IdempotencyKey
from moderation.storage.models.sites import Site
from moderation.storage.upsert import insert_ignoring

from ..signing import Signing

#: Long enough to write a comment; the widget asks for a new challenge when it was not.
LIFE = timedelta(minutes=30)
#: No client can send a key that cannot be printed, so that the two kinds never meet.
_SPENT = "\x1f"


class WhenMissing(Enum):
    """The treatment of a comment without the proof of work that its post requires."""

    REFUSE = "refuse"
    #: A page without scripts cannot compute: its comments are held.
    HOLD = "hold"
    #: The main site vouches for the requests that it signs.
    WAIVE = "waive"


class Flooded(Protocol):
    """The column of a post that proof of work reads."""

    @property
    def flooded_until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Solution:
    """A challenge and the nonce that solves it."""

    challenge: str
    nonce: str


def required_bits(site: Site, post: Flooded | None, now: datetime) -> int:
    """Return the zero bits that a comment's work must have; 0 when none is required.

    `post` is None before its first comment.
    """
    bits: int = site.settings.get("work_bits", 0)
    if bits and site.settings.get("work_when", "flooded") == "flooded":
        until = post.flooded_until if post else None
        return bits if until and now < until else 0
    return bits


def bits_for(runtime: Signing, site: Site, post: Flooded | None, now: datetime) -> int:
    """Return the required bits; 0 where the service's limits are switched off."""
    return required_bits(site, post, now) if runtime.settings.ratelimit_enabled else 0


def challenge(
    runtime: Signing, site: Site, external_id: str, bits: int, now: datetime
) -> dict[str, Any] | None:
    """Return the challenge for a form; None where none is required."""
    if not bits:
        return None
    stamp = f"{int(now.timestamp()):x}.{bits}.{secrets.token_urlsafe(4)}"
    sealed = f"{stamp}.{_seal(runtime, site, external_id, stamp)}"
    return {"challenge": sealed, "bits": bits}


def is_done(
    runtime: Signing, site: Site, external_id: str, bits: int, work: Solution | None, now: datetime
) -> bool:
    """Return whether a solution is valid for this post, recent, and has enough bits."""
    stamp, _, seal = (work.challenge if work else "").rpartition(".")
    if work is None or not hmac.compare_digest(
        seal.encode(), _seal(runtime, site, external_id, stamp).encode()
    ):
        return False
    begun, stamped_bits, _ = stamp.split(".")
    age = now.timestamp() - int(begun, 16)
    # A node's clock may be a little behind that of the one that made the challenge.
    if not -60 <= age <= LIFE.total_seconds() or int(stamped_bits) < bits:
        return False
    digest = hashlib.sha256(f"{work.challenge}.{work.nonce}".encode()).digest()
    return int.from_bytes(digest[:4]) >> (32 - int(stamped_bits)) == 0


def require(
    runtime: Signing, site: Site, external_id: str, bits: int, work: Solution | None, now: datetime
) -> None:
    """Raise WorkRequired, with a new challenge, unless the work was done."""
    if bits and not is_done(runtime, site, external_id, bits, work, now):
        raise required(runtime, site, external_id, bits, now)


def required(
    runtime: Signing, site: Site, external_id: str, bits: int, now: datetime
) -> WorkRequired:
    """Return the error, with the challenge to solve."""
    work = challenge(runtime, site, external_id, bits, now)
    return WorkRequired(
        "This post takes a comment only with a proof of work. Find a nonce so that the SHA-256 "
        f"of `<work.challenge>.<nonce>` begins with {bits} zero bits, and send the comment "
        'again with form.work = {"challenge", "nonce"}.',
        work=work or {},
    )


def redeem(
    unit: Executor, site: Site, work: Solution, comment_id: UUID, status: Status, now: datetime
) -> bool:
    """Redeem a challenge in the comment's commit; return False when another comment did."""
    return insert_ignoring(
        unit,
        IdempotencyKey.__table__,  # type: ignore[arg-type]
        site_id=site.id,
        key=_SPENT + work.challenge,
        fingerprint="",
        comment_id=comment_id,
        comment_status=status.value,
        created_at=now,
    )


def _seal(runtime: Signing, site: Site, external_id: str, stamp: str) -> str:
    # Short, so that challenge and nonce fit into one block of SHA-256.
    return runtime.author_key("work", site.name, external_id, stamp)[:24]
