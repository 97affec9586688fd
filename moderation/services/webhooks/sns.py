"""Messages of Amazon SNS: their signature, and the confirmation of a subscription.

Format: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html and
https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html. A message
names the address of the certificate that verifies it. Only certificates of the SNS host in the
topic's own region are read, and only for a topic that the site has configured.
"""

import base64
import binascii
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from moderation.domain.bounded_cache import BoundedCache
from moderation.domain.errors import BadSignature, CertificateUnavailable
from moderation.domain.inner_networks import Networks

from .. import outbound

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

TOPIC = re.compile(
    r"arn:aws(?P<partition>|-cn|-us-gov):sns:(?P<region>[a-z]{2}(?:-[a-z]{1,12}){1,3}-\d):\d{12}"
    r":[A-Za-z0-9_-]{1,256}(?:\.fifo)?"
)
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")
#: Seconds of a request to SNS: its own delivery waits for the answer, for 15 seconds.
TIMEOUT = 5.0
MOST_BYTES = 16_384
#: Certificates that are kept: SNS changes them about once a year, in each region.
KEPT = 64
#: Requests for certificates within a minute: anyone can name certificates that do not exist.
MOST_READS = 6
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = (
    *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
)
CONFIRM = "SubscriptionConfirmation"
#: The signed fields of each type of message, in the order in which they are signed.
_SIGNED = {
    "Notification": _NOTIFICATION,
    CONFIRM: _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}

Send = Callable[..., outbound.Answer]


@dataclass(frozen=True, slots=True)
class Message:
    """A verified message; the token is empty where it confirms no subscription."""

    type: str
    id: str
    at: datetime
    topic: str
    text: str
    token: str


class Topics:
    """The requests to SNS of one process: certificates, which are kept, and confirmations."""

    def __init__(self, allowed: Networks, send: Send = outbound.send) -> None:
        self._allowed = allowed
        self._send = send
        self._kept: BoundedCache[str, _Certificate] = BoundedCache(KEPT, lambda _: 1)
        self._reads: deque[datetime] = deque(maxlen=MOST_READS)
        self._lock = threading.Lock()

    def verify(self, topics: Iterable[str], given: Any, *, now: datetime) -> Message:
        """Return a message of one of the topics; raise BadSignature for any other.

        Raises CertificateUnavailable where its certificate cannot be read just now.
        """
        fields = given if isinstance(given, dict) else {}
        signed = _SIGNED.get(str(fields.get("Type")))
        topic = fields.get("TopicArn")
        if signed is None or not isinstance(topic, str) or topic not in set(topics):
            raise _refused()
        parts = [(name, fields[name]) for name in signed if fields.get(name) is not None]
        optional = {"Subject"}
        if {*signed} - {name for name, _ in parts} - optional or not all(
            isinstance(value, str) for _, value in parts
        ):
            raise _refused()
        text = "".join(f"{name}\n{value}\n" for name, value in parts)
        key = self._key(_certificate_address(topic, fields.get("SigningCertURL")), now)
        _check(key, fields.get("SignatureVersion"), fields.get("Signature"), text)
        try:
            at = datetime.fromisoformat(fields["Timestamp"])
        except ValueError:
            raise _refused() from None
        if at.tzinfo is None:
            raise _refused()
        token = fields["Token"] if "Token" in signed else ""
        return Message(fields["Type"], fields["MessageId"], at, topic, fields["Message"], token)

    def confirm(self, message: Message) -> None:
        """Confirm the subscription of a verified message; raise CertificateUnavailable.

        The address is built here: nothing of the message's own one is followed.
        """
        asked = {"Action": "ConfirmSubscription", "TopicArn": message.topic, "Token": message.token}
        answer = self._get(f"{_host(message.topic)}/?{urlencode(asked)}")
        if answer.status != 200:
            raise CertificateUnavailable(
                "Amazon SNS did not confirm the subscription. Let it send the request again."
            )

    def _key(self, url: str, now: datetime) -> "RSAPublicKey":
        kept = self._kept.get(url)
        if kept is None:
            kept = self._read(url, now)
            self._kept.keep(url, kept)
        if not kept.begins <= now <= kept.ends:
            raise _refused()
        return kept.key

    def _read(self, url: str, now: datetime) -> "_Certificate":
        with self._lock:
            oldest = self._reads[0] if len(self._reads) == MOST_READS else None
            if oldest is not None and timedelta(0) <= now - oldest < timedelta(minutes=1):
                raise _unavailable()
            self._reads.append(now)
        answer = self._get(url)
        if answer.status in (403, 404):
            # SNS has no such certificate: trying again would not help.
            raise _refused()
        if answer.status != 200 or answer.is_cut:
            raise _unavailable()
        return _parsed(answer.body)

    def _get(self, url: str) -> outbound.Answer:
        request = outbound.Request(url, {"Accept": "*/*"}, method="GET")
        return self._send(request, allowed=self._allowed, timeout=TIMEOUT, most_bytes=MOST_BYTES)


@dataclass(frozen=True, slots=True)
class _Certificate:
    key: "RSAPublicKey"
    begins: datetime
    ends: datetime


def _host(topic: str) -> str:
    """Return the origin of SNS in the region of a topic."""
    found = TOPIC.fullmatch(topic)
    if found is None:
        raise _refused()
    end = ".cn" if found["partition"] == "-cn" else ""
    return f"https://sns.{found['region']}.amazonaws.com{end}"


def _certificate_address(topic: str, url: Any) -> str:
    """Return the address of a certificate; raise BadSignature unless SNS in that region has it."""
    host = _host(topic)
    if not isinstance(url, str) or not url.startswith(f"{host}/"):
        raise _refused()
    if not _CERTIFICATE.fullmatch(url.removeprefix(host)):
        raise _refused()
    return url


def _parsed(pem: bytes) -> _Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    try:
        read = x509.load_pem_x509_certificate(pem)
        key = read.public_key()
    except ValueError:
        raise _unavailable() from None
    if not isinstance(key, RSAPublicKey):
        raise _refused()
    return _Certificate(key, read.not_valid_before_utc, read.not_valid_after_utc)


def _check(key: "RSAPublicKey", version: Any, signature: Any, text: str) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    # A topic signs with SHA-1 unless it is configured otherwise.
    known = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303
    hash = known.get(version) if isinstance(version, str) else None
    if hash is None or not isinstance(signature, str):
        raise _refused()
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, text.encode(), PKCS1v15(), hash)
    # UnicodeError: half of a surrogate pair, which no signed text has.
    except (InvalidSignature, binascii.Error, UnicodeError, ValueError):
        raise _refused() from None


def _refused() -> BadSignature:
    return BadSignature(
        "This is not a signed message of a topic that this site has configured. Add the topic's "
        "ARN as the secret of this address, and leave raw message delivery off."
    )


def _unavailable() -> CertificateUnavailable:
    return CertificateUnavailable(
        "The certificate of Amazon SNS cannot be read just now. Send the message again."
    )
