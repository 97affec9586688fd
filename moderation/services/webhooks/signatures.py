"""Standard Webhooks signatures, made and checked on raw bytes.

Format: https://www.standardwebhooks.com, version 1.0.0, HMAC-SHA256 (`v1`). Own code
since the published library takes no clock, accepts one secret and raises ValueError for a
malformed header; a test compares it with that library.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from moderation.domain.errors import BadSignature

#: How far a sender's clock may be off, in seconds.
TOLERANCE = 300


@dataclass(frozen=True, slots=True)
class SignatureHeaders:
    """The three headers as received, empty when missing."""

    id: str
    timestamp: str
    signature: str


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """Return one `v1,…` signature of a message."""
    mac = hmac.new(_key(secret), b"%s.%d.%s" % (id.encode(), timestamp, body), hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def verify(
    secrets: Iterable[str], headers: SignatureHeaders, body: bytes, *, now: datetime
) -> None:
    """Raise BadSignature unless one of the secrets signed exactly these bytes within TOLERANCE."""
    refused = BadSignature(
        "The webhook's signature is not valid. Sign `{id}.{timestamp}.{body}` with the site's "
        "secret, over the bytes that are sent, and check your clock."
    )
    try:
        timestamp = int(headers.timestamp)
        headers.id.encode("ascii")
        # As whole numbers: a timestamp can have more digits than a float can hold.
        off = abs(int(now.timestamp()) - timestamp)
    except ValueError:
        raise refused from None
    if not 1 <= len(headers.id) <= 255 or off > TOLERANCE:
        raise refused
    # Bytes, since compare_digest refuses text that is not ASCII.
    given = [part.encode() for part in headers.signature.split(" ") if part.startswith("v1,")]
    for secret in secrets:
        expected = sign(secret, headers.id, timestamp, body).encode()
        if any(hmac.compare_digest(expected, part) for part in given):
            return
    raise refused


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is `whsec_` and base64") from None
