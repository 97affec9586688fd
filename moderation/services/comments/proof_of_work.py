"""Proof of work: what a post may ask of a sender's machine before it takes a comment.

Nothing is stored with a challenge: it is signed, and says itself when and for which post it
was made. Only a solved one that a comment came with is remembered, as long as it is valid.
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
from moderation.storage.dialects import insert_ignoring
from moderation.storage.messages import IdempotencyKey
from moderation.storage.prepared import Unit
from moderation.storage.sites import Site

from .runtime import Runtime

#: Long enough to write a comment; the widget asks for a new challenge when it was not.
LIFE = timedelta(minutes=30)
#: No client can send a key that cannot be printed, so that the two kinds never meet.
_SPENT = "\x1f"


class WhenMissing(Enum):
    """What happens to a comment without the work that its post asks for."""

    REFUSE = "refuse"
    #: A page without scripts cannot work: a person looks at its comments.
    HOLD = "hold"
    #: The main site answers for what it signs.
    WAIVE = "waive"


class Flooded(Protocol):
    """What is asked of a post."""

    @property
    def flooded_until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Work:
    """A challenge and what was found for it."""

    challenge: str
    nonce: str


def work_asked(site: Site, post: Flooded | None, now: datetime) -> int:
    """The zero bits that a comment's work must have; 0 when none is asked for.

    `post` is None while there is none.
    """
    bits: int = site.settings.get("work_bits", 0)
    if bits and site.settings.get("work_when", "flooded") == "flooded":
        until = post.flooded_until if post else None
        return bits if until and now < until else 0
    return bits


def bits_for(runtime: Runtime, site: Site, post: Flooded | None, now: datetime) -> int:
    """Return the bits that are asked for; 0 where the service's limits are switched off."""
    return work_asked(site, post, now) if runtime.settings.ratelimit_enabled else 0


def challenge(
    runtime: Runtime, site: Site, external_id: str, bits: int, now: datetime
) -> dict[str, Any] | None:
    """What a form must solve; None where nothing is asked for."""
    if not bits:
        return None
    stamp = f"{int(now.timestamp()):x}.{bits}.{secrets.token_urlsafe(4)}"
    sealed = f"{stamp}.{_seal(runtime, site, external_id, stamp)}"
    return {"challenge": sealed, "bits": bits}


def is_done(
    runtime: Runtime, site: Site, external_id: str, bits: int, work: Work | None, now: datetime
) -> bool:
    """Tell whether this work was asked for here, not long ago, and is enough."""
    stamp, _, seal = (work.challenge if work else "").rpartition(".")
    if work is None or not hmac.compare_digest(
        seal.encode(), _seal(runtime, site, external_id, stamp).encode()
    ):
        return False
    begun, asked, _ = stamp.split(".")
    age = now.timestamp() - int(begun, 16)
    # A node's clock may be a little behind that of the one that made the challenge.
    if not -60 <= age <= LIFE.total_seconds() or int(asked) < bits:
        return False
    found = hashlib.sha256(f"{work.challenge}.{work.nonce}".encode()).digest()
    return int.from_bytes(found[:4]) >> (32 - int(asked)) == 0


def require(
    runtime: Runtime, site: Site, external_id: str, bits: int, work: Work | None, now: datetime
) -> None:
    """Raise WorkRequired, with a new challenge, unless the work was done."""
    if bits and not is_done(runtime, site, external_id, bits, work, now):
        raise required(runtime, site, external_id, bits, now)


def required(
    runtime: Runtime, site: Site, external_id: str, bits: int, now: datetime
) -> WorkRequired:
    """The refusal that says how the comment is taken all the same."""
    asked = challenge(runtime, site, external_id, bits, now)
    return WorkRequired(
        "This post takes a comment only with a proof of work. Find a nonce so that the SHA-256 "
        f"of `<work.challenge>.<nonce>` begins with {bits} zero bits, and send the comment "
        'again with form.work = {"challenge", "nonce"}.',
        work=asked or {},
    )


def spend(
    unit: Unit, site: Site, work: Work, comment_id: UUID, status: Status, now: datetime
) -> bool:
    """Use a challenge up, in the comment's own commit; False when another comment did."""
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


def _seal(runtime: Runtime, site: Site, external_id: str, stamp: str) -> str:
    # Short, so that challenge and nonce fit into one block of SHA-256.
    return runtime.author_key("work", site.name, external_id, stamp)[:24]
