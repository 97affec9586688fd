"""Signatures of mail services that report bounces and complaints, each in its own way.

Sources of the formats: `sns` for Amazon SES; https://postmarkapp.com/developer/webhooks/webhooks-overview
(no signature: HTTP Basic credentials in the address); https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
(HMAC-SHA256 over time and token, in the body); and
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
(ECDSA over time and body). The form `mail` is signed as Standard Webhooks.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from moderation.domain.errors import BadSignature, FieldError, Invalid

from . import signatures, sns
from .hook_signatures import FORMS, LONGEST_HEADER, Adapter

_SENDGRID = "X-Twilio-Email-Event-Webhook-"
#: The header with the signature; empty where it is in the body.
HEADERS = {
    Adapter.SES: "",
    Adapter.POSTMARK: "Authorization",
    Adapter.MAILGUN: "",
    Adapter.SENDGRID: f"{_SENDGRID}Signature",
    Adapter.MAIL: "webhook-signature",
}
#: Senders that make the secret, or publish a key, themselves.
GIVEN = {
    Adapter.SES: "the ARN of the SNS topic, like arn:aws:sns:eu-west-1:123456789012:bounces",
    Adapter.MAILGUN: "the HTTP webhook signing key of the Mailgun account",
    Adapter.SENDGRID: "the verification key of SendGrid's signed event webhook",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified delivery: an id that the sender cannot change unsigned, and its content."""

    id: str
    #: The signed time; None where the sender signs none.
    at: datetime | None
    content: Any
    #: A message of SNS, which may ask to confirm a subscription.
    message: sns.Message | None = None


def header_of(adapter: Adapter) -> str:
    """Return the header in which a sender signs; empty where the signature is in the body."""
    return HEADERS[adapter] if adapter in HEADERS else FORMS[adapter].header


def check_secret(adapter: Adapter, secret: str) -> None:
    """Raise Invalid unless a secret can verify deliveries of a mail service."""
    wrong = ""
    if adapter is Adapter.SES and not sns.TOPIC.fullmatch(secret):
        wrong = f"Enter {GIVEN[adapter]}."
    elif adapter is Adapter.SENDGRID and _public_key(secret) is None:
        wrong = f"Enter {GIVEN[adapter]}: one line of base64 that begins with MFkw."
    elif adapter is Adapter.MAIL and not _is_standard(secret):
        wrong = "A secret of Standard Webhooks is whsec_ and base64. Leave it out to have one made."
    elif adapter in GIVEN and not secret:
        wrong = f"This sender makes the secret itself. Enter {GIVEN[adapter]}."
    if wrong:
        raise Invalid(wrong, errors=(FieldError("#/secret", wrong),))


def verify(
    adapter: Adapter,
    secrets: Sequence[str],
    header: Callable[[str], str],
    body: bytes,
    topics: sns.Topics,
    *,
    now: datetime,
) -> Delivery:
    """Return a delivery that one of the secrets vouches for; raise BadSignature.

    The age of a delivery is not limited here: these senders try again for hours, and most of
    them do not sign a new time for it.
    """
    if adapter is Adapter.SES:
        message = topics.verify(secrets, _json(body), now=now)
        return Delivery(_id(adapter, message.id), message.at, _json(message.text), message)
    if adapter is Adapter.POSTMARK:
        _check_password(secrets, header("Authorization"))
        return Delivery(_id(adapter, body), None, _json(body))
    if adapter is Adapter.MAILGUN:
        return _mailgun(secrets, _json(body))
    if adapter is Adapter.SENDGRID:
        written = header(f"{_SENDGRID}Timestamp")
        _check_sendgrid(secrets, header(HEADERS[adapter]), written.encode() + body)
        return Delivery(_id(adapter, body), _moment(written), _json(body))
    headers = signatures.SignatureHeaders(
        *(header(f"webhook-{part}") for part in ("id", "timestamp", "signature"))
    )
    signatures.verify(secrets, headers, body, now=now)
    return Delivery(_id(adapter, headers.id), None, _json(body))


def _check_password(secrets: Sequence[str], header: str) -> None:
    kind, _, given = header.partition(" ")
    try:
        plain = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise _refused(Adapter.POSTMARK) from None
    _, _, password = plain.partition(b":")
    matches = False
    for secret in secrets:
        matches |= hmac.compare_digest(secret.encode(), password)
    if kind.lower() != "basic" or len(header) > LONGEST_HEADER or not matches:
        raise _refused(Adapter.POSTMARK)


def _mailgun(secrets: Sequence[str], content: Any) -> Delivery:
    """Verify the time and the token of a body: Mailgun does not sign the event itself.

    The id is made of the token, so that a recorded one cannot carry another event.
    """
    signed = content.get("signature") if isinstance(content, dict) else None
    parts = signed if isinstance(signed, dict) else {}
    # Of an event of a subaccount, the account itself signs `parent-signature`.
    names = ("signature", "parent-signature")
    found = [parts[name].lower().encode() for name in names if isinstance(parts.get(name), str)]
    time, token = parts.get("timestamp"), parts.get("token")
    written = str(time) if isinstance(time, str | int) else ""
    if not isinstance(token, str) or not 16 <= len(token) <= 200 or not token.isascii():
        raise _refused(Adapter.MAILGUN)
    at, message = _moment(written, Adapter.MAILGUN), f"{written}{token}".encode()
    matches = False
    for secret in secrets:
        expected = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode()
        for given in found:
            matches |= hmac.compare_digest(expected, given)
    if not matches:
        raise _refused(Adapter.MAILGUN)
    return Delivery(_id(Adapter.MAILGUN, token), at, content)


def _check_sendgrid(secrets: Sequence[str], signature: str, message: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        raw = base64.b64decode(signature[:LONGEST_HEADER], validate=True)
    except (binascii.Error, ValueError):
        raise _refused(Adapter.SENDGRID) from None
    for secret in secrets:
        key = _public_key(secret)
        if key is None:
            continue
        try:
            key.verify(raw, message, ECDSA(SHA256()))
        except InvalidSignature:
            continue
        return
    raise _refused(Adapter.SENDGRID)


def _public_key(secret: str) -> Any:
    """Return the P-256 key in a SubjectPublicKeyInfo in base64; None for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(base64.b64decode(secret, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    is_known = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    return key if is_known else None


def _is_standard(secret: str) -> bool:
    if not secret:
        return True
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return False
    return secret.startswith("whsec_") and len(key) >= 16


def _moment(written: str, adapter: Adapter = Adapter.SENDGRID) -> datetime:
    # Ten digits last until the year 2286, and fit a datetime.
    if not (written.isascii() and written.isdigit() and len(written) <= 10):
        raise _refused(adapter)
    return datetime.fromtimestamp(int(written), UTC)


def _json(body: bytes | str) -> Any:
    """Return parsed JSON; None for anything else, which reports nothing."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _id(adapter: Adapter, unique: bytes | str) -> str:
    raw = unique if isinstance(unique, bytes) else unique.encode("utf-8", "replace")
    return f"{adapter}:{hashlib.sha256(raw).hexdigest()}"


_WHERE = {
    Adapter.POSTMARK: "Call the address as https://moderation:SECRET@…, with the secret as the "
    "password.",
    Adapter.MAILGUN: "Add the account's HTTP webhook signing key as the secret of this address.",
    Adapter.SENDGRID: "Switch on the signed event webhook, and add its verification key as the "
    "secret of this address.",
}


def _refused(adapter: Adapter) -> BadSignature:
    return BadSignature(f"The delivery is not signed with the secret here. {_WHERE[adapter]}")
