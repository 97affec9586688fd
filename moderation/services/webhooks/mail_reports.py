"""Bounces and complaints that mail services report by HTTP: the addresses are stopped.

Only permanent failures and complaints count. A site can stop only addresses that it wrote to
itself; the answer is the same for any other. Sources of the formats:
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html,
https://postmarkapp.com/developer/webhooks/bounce-webhook and .../spam-complaint-webhook,
https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure, and
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from moderation.domain.errors import BadSignature, CertificateUnavailable, ModerationError
from moderation.domain.hosts import BadAddress
from moderation.domain.mailboxes import mailbox
from moderation.storage.models.reader_mail import ReaderAddress, ReaderMail
from moderation.storage.models.requests import ReceivedEvent
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact
from moderation.storage.upsert import insert_ignoring

from ..notifications.reader_delivery import stop_address
from ..signing import Signing
from . import hook_log, hook_secrets, mail_signatures, sns
from .hook_signatures import Adapter
from .hooks import OLDEST, Result, log_result
from .incoming import CLOCKS_APART
from .mail_signatures import Delivery

BOUNCED, COMPLAINED = "bounced", "complained"
#: Reports that are read of one delivery; SendGrid sends the most at once, far fewer.
MOST = 5000
SUBSCRIBED = "mail.subscribed"


@dataclass(frozen=True, slots=True)
class MailReport:
    """One address, as the sender wrote it, and why it gets no more mail."""

    address: str
    why: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery as received; `header` returns a header, empty when it is missing."""

    adapter: Adapter
    header: Callable[[str], str]
    body: bytes


#: Reads the content of a verified delivery in our own form; raises Invalid.
ReadOwn = Callable[[Any], MailReport | None]


def receive(
    session: Session,
    runtime: Signing,
    site: Site,
    sent: Sent,
    topics: sns.Topics,
    read_own: ReadOwn,
    *,
    now: datetime,
) -> Result:
    """Verify, apply and log a delivery; commits. The same one is applied once.

    Outcomes: `applied`, `repeated`, `outdated` for one signed long ago, and `ignored` for
    anything but a permanent failure or a complaint.
    """
    adapter, secrets = sent.adapter, hook_secrets.valid(session, site.id, sent.adapter)
    # A certificate may have to be read, which must not hold a connection.
    session.rollback()
    try:
        delivery = mail_signatures.verify(adapter, secrets, sent.header, sent.body, topics, now=now)
        if delivery.at is not None and delivery.at > now + CLOCKS_APART:
            raise BadSignature("The signed time is in the future. Check the sender's clock.")
    except (BadSignature, CertificateUnavailable) as error:
        if secrets:
            hook_log.write_refused(session, site, adapter, error.code, now=now)
        raise
    try:
        result = _result(session, runtime, site, adapter, delivery, topics, read_own, now)
    except ModerationError as error:
        session.rollback()
        log_result(session, site, adapter, Result("failed"), now, code=error.code)
        raise
    log_result(session, site, adapter, result, now)
    return result


def _result(
    session: Session,
    runtime: Signing,
    site: Site,
    adapter: Adapter,
    delivery: Delivery,
    topics: sns.Topics,
    read_own: ReadOwn,
    now: datetime,
) -> Result:
    is_old = delivery.at is not None and delivery.at < now - OLDEST
    if delivery.message is not None and delivery.message.type == sns.CONFIRM:
        if not is_old:
            topics.confirm(delivery.message)
        return Result("outdated" if is_old else "applied", SUBSCRIBED)
    if adapter is Adapter.MAIL:
        own = read_own(delivery.content)
        found = [own] if own else []
    else:
        found = list(_READERS[adapter](delivery))[:MOST]
    event = f"mail.{found[0].why}" if found else ""
    if not found or is_old:
        return Result("outdated" if is_old else "ignored", event)
    store = partial(_store, session, runtime, site, delivery.id, event, found, now)
    return Result(transact(session, store), event)


def _store(
    session: Session,
    runtime: Signing,
    site: Site,
    id: str,
    event: str,
    found: list[MailReport],
    now: datetime,
) -> str:
    fresh = insert_ignoring(
        session,
        ReceivedEvent.__table__,  # type: ignore[arg-type]
        site_id=site.id,
        webhook_id=id,
        type=event,
        received_at=now,
    )
    if not fresh:
        return "repeated"
    why: dict[str, str] = {}
    for report in found:
        key = _email_key(runtime, report.address)
        if key is not None:
            why.setdefault(key, report.why)
    for key in sorted(_written_to(session, site, list(why))):
        stop_address(session, key, why[key], now=now)
    return "applied"


def _email_key(runtime: Signing, written: str) -> str | None:
    """Return the keyed hash of an address; None for one that no mail was sent to."""
    try:
        return runtime.author_key("email", mailbox(written).casefold())
    except BadAddress:
        return None


def _written_to(session: Session, site: Site, keys: list[str]) -> set[str]:
    """Return those of some keyed addresses that the site has written to, or may write to."""
    known: set[str] = set()
    # Less than SQLite's bound on the variables of a statement.
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        found = union(
            *(
                select(table.email_key).where(table.site_id == site.id, table.email_key.in_(part))
                for table in (ReaderMail, ReaderAddress)
            )
        )
        known.update(key for key in session.scalars(found) if key is not None)
    return known


# What the services send. Fields that are missing or of another type report nothing.


def _fields(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _listed(given: Any) -> list[dict[str, Any]]:
    return [_fields(each) for each in given] if isinstance(given, list) else []


def _text(given: Any) -> str:
    return given if isinstance(given, str) else ""


def _ses(delivery: Delivery) -> Iterator[MailReport]:
    """Read a notification of SES, or an event of a configuration set, which names it otherwise."""
    message = _fields(delivery.content)
    kind = message.get("notificationType") or message.get("eventType")
    bounce, complaint = _fields(message.get("bounce")), _fields(message.get("complaint"))
    if kind == "Bounce" and bounce.get("bounceType") == "Permanent":
        for each in _listed(bounce.get("bouncedRecipients")):
            yield MailReport(_bare(_text(each.get("emailAddress"))), BOUNCED)
    if kind == "Complaint" and complaint.get("complaintFeedbackType") != "not-spam":
        for each in _listed(complaint.get("complainedRecipients")):
            yield MailReport(_bare(_text(each.get("emailAddress"))), COMPLAINED)


def _bare(written: str) -> str:
    """Return the address in `Ada <ada@example.org>`."""
    inner = written[written.rfind("<") + 1 :]
    return inner.removesuffix(">") if inner != written else written


def _postmark(delivery: Delivery) -> Iterator[MailReport]:
    message = _fields(delivery.content)
    kind, type = message.get("RecordType"), message.get("Type")
    if kind == "SpamComplaint" or (kind == "Bounce" and type == "SpamComplaint"):
        yield MailReport(_text(message.get("Email")), COMPLAINED)
    elif kind == "Bounce" and type in ("HardBounce", "BadEmailAddress"):
        yield MailReport(_text(message.get("Email")), BOUNCED)
    elif kind == "SubscriptionChange" and message.get("SuppressSending") is True:
        why = {"HardBounce": BOUNCED, "SpamComplaint": COMPLAINED}.get(
            _text(message.get("SuppressionReason"))
        )
        if why:
            yield MailReport(_text(message.get("Recipient")), why)


#: Permanent failures of Mailgun that do not mean that the address is gone: Mailgun gave up after
#: hours, the receiving service blocks the sender, or the reader unsubscribed.
_NOT_GONE = ("old", "espblock", "suppress-unsubscribe")


def _mailgun(delivery: Delivery) -> Iterator[MailReport]:
    event = _fields(_fields(delivery.content).get("event-data"))
    recipient, reason = _text(event.get("recipient")), event.get("reason")
    if event.get("event") == "complained" or reason == "suppress-complaint":
        yield MailReport(recipient, COMPLAINED)
    elif (
        event.get("event") == "failed"
        and event.get("severity") == "permanent"
        and reason not in _NOT_GONE
    ):
        yield MailReport(recipient, BOUNCED)


_DROPPED = {"Bounced Address": BOUNCED, "Spam Reporting Address": COMPLAINED}


def _sendgrid(delivery: Delivery) -> Iterator[MailReport]:
    for event in _listed(delivery.content):
        kind, why = event.get("event"), None
        if kind == "spamreport":
            why = COMPLAINED
        elif kind == "bounce" and event.get("type") != "blocked":
            why = BOUNCED
        elif kind == "dropped":
            why = _DROPPED.get(_text(event.get("reason")))
        if why:
            yield MailReport(_text(event.get("email")), why)


_READERS: dict[Adapter, Callable[[Delivery], Iterator[MailReport]]] = {
    Adapter.SES: _ses,
    Adapter.POSTMARK: _postmark,
    Adapter.MAILGUN: _mailgun,
    Adapter.SENDGRID: _sendgrid,
}
