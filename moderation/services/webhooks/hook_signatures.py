"""Signatures as other systems write them, checked on raw bytes before anything is parsed.

Each sender keys HMAC-SHA256 with its secret as text, `whsec_` included where it has one.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from moderation.domain.errors import BadSignature

from .signatures import TOLERANCE

#: Characters of a header that are read.
LONGEST_HEADER = 4096


class Adapter(StrEnum):
    """The kinds of senders; the value is the last part of their address."""

    GHOST = "ghost"
    WORDPRESS = "wordpress"
    GITHUB = "github"
    STRIPE = "stripe"
    CORAL = "coral"
    DISCOURSE = "discourse"
    #: Mail services, which report bounces and complaints: see `mail_signatures`.
    SES = "ses"
    POSTMARK = "postmark"
    MAILGUN = "mailgun"
    SENDGRID = "sendgrid"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Signed:
    """The parts of a signature header: time as written, and each signature in lower case."""

    signatures: tuple[bytes, ...]
    timestamp: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One sender's way of signing."""

    header: str
    #: Header with the sender's id of a delivery; empty where there is none. It is not signed.
    delivery_header: str
    read: Callable[[str], Signed]
    sign: Callable[[bytes, str, bytes], bytes]
    #: Units of the signed time in a second; None where no time is signed.
    per_second: int | None = None
    needs_time: bool = False


def _named(header: str, name: str) -> Signed:
    """Read `name=SIGNATURE` parts, and a `t=TIME`, separated by commas."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    found = (value.lower().encode() for key, _, value in parts if key == name and value)
    times = [value for key, _, value in parts if key == "t"]
    return Signed(tuple(found), times[0] if times else "")


def _hex(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).hexdigest().encode()


def _body_only(key: bytes, _timestamp: str, body: bytes) -> bytes:
    return _hex(key, body)


def _base64(key: bytes, _timestamp: str, body: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, body, "sha256"))


def _body_then_time(key: bytes, timestamp: str, body: bytes) -> bytes:
    # Without a time it is the form of older versions: what was signed with one does not pass
    # for it, since the digits behind the JSON would be a part of the body.
    return _hex(key, body + timestamp.encode())


def _time_then_body(key: bytes, timestamp: str, body: bytes) -> bytes:
    return _hex(key, timestamp.encode() + b"." + body)


FORMS = {
    Adapter.GHOST: Form(
        "X-Ghost-Signature", "", lambda text: _named(text, "sha256"), _body_then_time, 1000
    ),
    Adapter.WORDPRESS: Form(
        "X-WC-Webhook-Signature",
        "X-WC-Webhook-Delivery-ID",
        lambda text: Signed((text.strip().encode(),)),
        _base64,
    ),
    Adapter.GITHUB: Form(
        "X-Hub-Signature-256",
        "X-GitHub-Delivery",
        lambda text: Signed(_named(text, "sha256").signatures),
        _body_only,
    ),
    Adapter.STRIPE: Form(
        "Stripe-Signature",
        "",
        lambda text: _named(text, "v1"),
        _time_then_body,
        1,
        needs_time=True,
    ),
    Adapter.CORAL: Form(
        "X-Coral-Signature",
        "",
        lambda text: Signed(_named(text, "sha256").signatures),
        _body_only,
    ),
    Adapter.DISCOURSE: Form(
        "X-Discourse-Event-Signature",
        "X-Discourse-Event-Id",
        lambda text: Signed(_named(text, "sha256").signatures),
        _body_only,
    ),
}


def verify(
    adapter: Adapter, secrets: Iterable[str], header: str, body: bytes, *, now: datetime
) -> None:
    """Raise BadSignature unless one of the secrets signed exactly these bytes, lately.

    A form without a time has no limit here.
    """
    form = FORMS[adapter]
    refused = BadSignature(
        f"The signature in {form.header} is not valid. Sign the bytes that are sent with the "
        "secret of this address, and check your clock."
    )
    if len(header) > LONGEST_HEADER:
        raise refused
    signed = form.read(header)
    if signed.timestamp or form.needs_time:
        written = signed.timestamp
        if not (written.isascii() and written.isdigit() and len(written) <= 16):
            raise refused
        seconds = int(written) // (form.per_second or 1)
        if abs(int(now.timestamp()) - seconds) > TOLERANCE:
            raise refused
    matches = False
    for secret in secrets:
        expected = form.sign(secret.encode(), signed.timestamp, body)
        for given in signed.signatures:
            matches |= hmac.compare_digest(expected, given)
    if not matches:
        raise refused
