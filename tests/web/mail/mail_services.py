"""Mail services as they call the address for bounces and complaints: each signs in its way."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from moderation.services.outbound import Answer
from moderation.services.webhooks import signatures

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-0123abcd.pem"
_SIGNED = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn")


class Sns:
    """Amazon SNS: signs messages, and answers requests for its certificate and confirmations."""

    def __init__(self, now):
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=90))
            .sign(self._key, SHA256())
        )
        self.pem = made.public_bytes(Encoding.PEM)
        self.asked = []
        self.status = 200

    def __call__(self, request, **_):
        self.asked.append((request.method, request.url))
        return Answer(self.status, body=self.pem if request.url.endswith(".pem") else b"<ok/>")

    def message(self, text, now, *, type="Notification", version="1", signed=None, **changes):
        """Return a message as bytes; `changes` are made before it is signed."""
        fields = {
            "Type": type,
            "MessageId": f"id of {hashlib.sha256(text.encode()).hexdigest()}",
            "TopicArn": TOPIC,
            "Message": text,
            "Timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE,
            "UnsubscribeURL": f"{HOST}/?Action=Unsubscribe",
        }
        if type != "Notification":
            fields |= {"Token": "a" * 64, "SubscribeURL": f"{HOST}/?Action=ConfirmSubscription"}
        fields |= changes
        text = "".join(f"{name}\n{fields[name]}\n" for name in (*_SIGNED, "Type") if name in fields)
        hash = SHA1() if version == "1" else SHA256()  # noqa: S303 (as SNS signs)
        raw = self._key.sign(text.encode(), padding.PKCS1v15(), hash)
        fields["Signature"] = base64.b64encode(raw).decode()
        return json.dumps(fields | (signed or {})).encode()


def ses_bounce(address, type="Permanent", **names):
    kind = names or {"notificationType": "Bounce"}
    return json.dumps(
        {
            **kind,
            "bounce": {
                "bounceType": type,
                "bounceSubType": "General",
                "bouncedRecipients": [{"emailAddress": address, "status": "5.1.1"}],
            },
            "mail": {"messageId": "0102", "destination": [address]},
        }
    )


def ses_complaint(address, kind="abuse"):
    return json.dumps(
        {
            "notificationType": "Complaint",
            "complaint": {
                "complainedRecipients": [{"emailAddress": address}],
                "complaintFeedbackType": kind,
            },
        }
    )


def postmark(secret, body):
    given = base64.b64encode(f"moderation:{secret}".encode()).decode()
    return json.dumps(body).encode(), {"Authorization": f"Basic {given}"}


def mailgun(key, event, now, token="0123456789" * 5):
    time = str(int(now.timestamp()))
    mac = hmac.new(key.encode(), f"{time}{token}".encode(), hashlib.sha256).hexdigest()
    signature = {"timestamp": time, "token": token, "signature": mac}
    return json.dumps({"signature": signature, "event-data": event}).encode(), {}


class SendGrid:
    """Twilio SendGrid, with a key pair of its own."""

    def __init__(self):
        self._key = ec.generate_private_key(ec.SECP256R1())
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.public = base64.b64encode(der).decode()

    def signed(self, events, now):
        body, time = json.dumps(events).encode(), str(int(now.timestamp()))
        raw = self._key.sign(time.encode() + body, ec.ECDSA(SHA256()))
        name = "X-Twilio-Email-Event-Webhook"
        return body, {
            f"{name}-Signature": base64.b64encode(raw).decode(),
            f"{name}-Timestamp": time,
        }


def standard(secret, type, address, now, id="msg_1", **data):
    body = json.dumps({"type": type, "data": {"address": address, **data}}).encode()
    time = int(now.timestamp())
    return body, {
        "webhook-id": id,
        "webhook-timestamp": str(time),
        "webhook-signature": signatures.sign(secret, id, time, body),
    }
