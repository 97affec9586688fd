"""Sends the outbox to the sites: signed, at least once, with patience but not for ever."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from moderation.storage.dialects import begin_write
from moderation.storage.messages import OutboxMessage
from moderation.storage.sites import Site

from .signatures import sign
from .sites import secrets_of

log = structlog.get_logger(__name__)

#: Waits after the first, second, … failed try; after the last one the message has failed.
DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
TRIES = len(DELAYS) + 1
#: A worker that dies in the middle of a delivery loses it after this time.
LEASE = timedelta(minutes=2)
BATCH = 20
#: The receiver's address is gone for good.
GONE = 410
#: The longest wait that a receiver's Retry-After can ask for.
LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Request:
    """What goes over the wire."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 when nothing did, and `error` says why in a few words."""

    status: int
    retry_after: str = ""
    error: str = ""


Send = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: UUID
    #: Copied, so that no transaction stays open while the receiver takes its time.
    site_id: int
    site_name: str
    url: str
    type: str
    payload: dict[str, object]
    created_at: datetime
    attempts: int


def deliver_due(session: Session, send: Send, *, clock: Callable[[], datetime]) -> int:
    """Send what is due, each message in a commit of its own; tells how many were tried.

    Several workers may run at once: a message is claimed before it is sent, and a claim
    that is not settled in time is given to the next. A slow receiver uses up the time of
    those behind it: they are left to whoever claims them then.
    """
    begun = clock()
    claimed = _claim(session, begun)
    gone: set[int] = set()
    tried = 0
    for message in claimed:
        now = clock()
        if now >= begun + LEASE / 2 or message.site_id in gone:
            continue
        secrets = secrets_of(session, message.site_id)
        session.rollback()
        answer = send(_request(message, secrets, now))
        _settle(session, message, answer, clock())
        tried += 1
        if answer.status == GONE:
            gone.add(message.site_id)
    return tried


def _claim(session: Session, now: datetime) -> list[_Claimed]:
    due = (
        OutboxMessage.state == "waiting",
        OutboxMessage.due_at <= now,
        or_(
            OutboxMessage.leased_until.is_(None),
            OutboxMessage.leased_until < now,
            # Claimed by a clock that was ahead, and by a worker that died with it.
            OutboxMessage.leased_until > now + 2 * LEASE,
        ),
        Site.webhook_url.is_not(None),
        Site.webhook_disabled_at.is_(None),
    )
    joined = Site.id == OutboxMessage.site_id
    # Most looks find nothing: those must not stand in the way of writers.
    anything = session.scalar(select(OutboxMessage.id).join(Site, joined).where(*due).limit(1))
    session.rollback()
    if anything is None:
        return []
    begin_write(session)
    rows = session.execute(
        select(OutboxMessage, Site)
        .join(Site, joined)
        .where(*due)
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(BATCH)
        .with_for_update(of=OutboxMessage, skip_locked=True)
    ).all()
    claimed = []
    for message, site in rows:
        message.leased_until = now + LEASE
        claimed.append(
            _Claimed(
                message.id,
                site.id,
                site.name,
                site.webhook_url or "",
                message.type,
                message.payload,
                message.created_at,
                message.attempts,
            )
        )
    session.commit()
    return claimed


def _request(message: _Claimed, secrets: list[str], now: datetime) -> Request:
    body = json.dumps(
        {
            "type": message.type,
            "timestamp": message.created_at.isoformat(),
            "data": {"site": message.site_name, **message.payload},
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    timestamp = int(now.timestamp())
    id = f"msg_{message.id.hex}"
    return Request(
        message.url,
        {
            "Content-Type": "application/json",
            "User-Agent": "moderation-webhooks/1",
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(sign(s, id, timestamp, body) for s in secrets),
        },
        body,
    )


def _settle(session: Session, message: _Claimed, answer: Answer, now: datetime) -> None:
    attempts = message.attempts + 1
    values: dict[str, object] = {"attempts": attempts, "leased_until": None, "last_error": ""}
    begin_write(session)
    if 200 <= answer.status < 300:
        values |= {"state": "delivered", "finished_at": now}
    else:
        values["last_error"] = (answer.error or f"HTTP {answer.status}")[:200]
        if answer.status == GONE:
            session.execute(
                update(Site).where(Site.id == message.site_id).values(webhook_disabled_at=now)
            )
            values |= {"state": "failed", "finished_at": now}
        elif attempts >= TRIES:
            values |= {"state": "failed", "finished_at": now}
        else:
            values["due_at"] = now + max(DELAYS[attempts - 1], _asked_wait(answer.retry_after, now))
        log.warning(
            "webhook.not_delivered",
            message_id=str(message.id),
            site=message.site_name,
            attempt=attempts,
            error=values["last_error"],
            given_up="state" in values,
        )
    # Unless another worker has settled it since, because this one took longer than its claim.
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message.id,
            OutboxMessage.state == "waiting",
            OutboxMessage.attempts == message.attempts,
        )
        .values(**values)
    )
    session.commit()


def _asked_wait(retry_after: str, now: datetime) -> timedelta:
    """Read a Retry-After header, in seconds or as a date; zero when it says nothing."""
    wait = timedelta(0)
    if retry_after.isascii() and retry_after.isdigit():
        # Ten digits are longer than anybody waits, and few enough to be a number.
        wait = timedelta(seconds=min(int(retry_after[:10]), LONGEST_WAIT.total_seconds()))
    elif retry_after:
        try:
            wait = parsedate_to_datetime(retry_after) - now
        except (ValueError, TypeError, OverflowError):
            wait = timedelta(0)
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def over_http(request: Request) -> Answer:
    """Post a request; follows no redirect, since the signature was made for this address."""
    import httpx

    try:
        with (
            httpx.Client(timeout=15, follow_redirects=False, trust_env=False) as client,
            # The answer's body is not read: it could be endless.
            client.stream(
                "POST", request.url, headers=request.headers, content=request.body
            ) as response,
        ):
            return Answer(response.status_code, response.headers.get("retry-after", ""))
    # ValueError: an address that cannot be written in a request, like a label of 64 letters.
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        return Answer(0, error=type(error).__name__)
