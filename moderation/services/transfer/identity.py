"""Ids of imported comments, made from what they are: a second import makes the same ones."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ..signing import Signing
from .prepared import micros
from .records import ImportedAuthor

_VERSION_7 = 7 << 76
_VARIANT = 2 << 62
_LOW_BITS = (1 << 62) - 1


def comment_id(site: str, source: str, key: str, written: datetime, *, attempt: int = 0) -> UUID:
    """Return the id of a comment; it sorts by the time the comment was written."""
    return _uuid(written, "comment", site, source, key, str(micros(written)), str(attempt))


def decision_id(comment: UUID, digest: bytes, written: datetime) -> UUID:
    """Return the id of the decision that an import stores for a comment and its content."""
    return _uuid(written, "decision", str(comment), digest.hex())


def _uuid(written: datetime, *parts: str) -> UUID:
    raw = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    bits = int.from_bytes(raw[:10])
    milliseconds = max(0, micros(written) // 1000) & ((1 << 48) - 1)
    return UUID(
        int=milliseconds << 80
        | _VERSION_7
        | (bits >> 66 & 0xFFF) << 64
        | _VARIANT
        | bits & _LOW_BITS
    )


@dataclass(frozen=True, slots=True)
class Keys:
    """Keyed hashes of an author; None where unknown. The address itself is not kept."""

    author_key: str | None
    email_key: str | None


def keys_of(runtime: Signing, source: str, author: ImportedAuthor) -> Keys:
    """Return the hashes by which an author is recognised, here and in later comments."""
    email = runtime.author_key("email", author.email) if "@" in author.email else None
    if email is None and author.key:
        return Keys(runtime.author_key("import", source, author.key), None)
    return Keys(email, email)
