"""Delivery of moderators' verdicts to the platforms that wait for them.

The messages are in the outbox, in the commit of the decision. A verdict is sent at least once,
with the key that the platform knows; it is no webhook of the site and has no signature.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import literal_column, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.inner_networks import Networks
from moderation.storage.engine import begin_write
from moderation.storage.models.comments import Comment
from moderation.storage.models.foreign import ForeignComment
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.sites import Site

from .. import outbound
from ..outbound import Answer, Request
from ..outbox import CALLBACK
from ..retries import DELAYS, TRIES
from . import keys
from .akismet_comment import key_name

log = structlog.get_logger(__name__)

Send = Callable[[Request], Answer]

#: A worker that dies in the middle of a delivery loses it after this time.
LEASE = timedelta(minutes=2)
BATCH = 20
TIMEOUT = 10.0
#: Failures that are listed.
LISTED = 100
_GONE = 410


def sender(allowed: Networks) -> Send:
    """Return the function that sends verdicts, through the guard of outgoing requests."""
    return partial(outbound.send, allowed=allowed, timeout=TIMEOUT)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A message, copied so that no transaction stays open during its request."""

    id: UUID
    attempts: int
    site_id: int
    site_name: str
    url: str
    key_name: str
    comments: list[dict[str, str]]


def deliver_due(session: Session, send: Send, *, clock: Callable[[], datetime]) -> int:
    """Send due verdicts, each with a commit of its own, and return the number of attempts.

    Several workers may run at once: a message is claimed before it is sent.
    """
    begun = clock()
    tried = 0
    for message in _claim(session, begun):
        if clock() >= begun + LEASE / 2:
            break
        key = _key(session, message)
        session.rollback()
        if key is None:
            # Without a key the platform would refuse it.
            answer = Answer(0, error="NoKey")
        else:
            try:
                answer = send(_request(message, key))
            except Exception as failure:
                # One address must not stop the verdicts for the others.
                answer = Answer(0, error=type(failure).__name__)
        _record_result(session, message, answer, clock())
        tried += 1
    return tried


def _claim(session: Session, now: datetime) -> list[_Claimed]:
    due = (
        OutboxMessage.type == CALLBACK,
        OutboxMessage.state == "waiting",
        OutboxMessage.due_at <= now,
        or_(
            OutboxMessage.leased_until.is_(None),
            OutboxMessage.leased_until < now,
            OutboxMessage.leased_until > now + 2 * LEASE,
        ),
    )
    # Most polls find nothing: those must not block writers.
    anything = session.scalar(select(OutboxMessage.id).where(*due).limit(1))
    session.rollback()
    if anything is None:
        return []
    begin_write(session)
    rows = session.execute(
        select(OutboxMessage, ForeignComment, Comment.author_email, Site)
        .join(Site, Site.id == OutboxMessage.site_id)
        .outerjoin(ForeignComment, ForeignComment.comment_id == OutboxMessage.comment_id)
        .outerjoin(Comment, Comment.id == OutboxMessage.comment_id)
        .where(*due)
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(BATCH)
        .with_for_update(of=OutboxMessage, skip_locked=True)
    ).all()
    claimed = []
    for message, source, email, site in rows:
        if source is None or not source.callback:
            # Its author was erased since.
            message.state, message.finished_at = "dropped", now
            continue
        message.leased_until = now + LEASE
        comments = _comments(source, email or "", message.payload["result"])
        claimed.append(
            _Claimed(
                message.id,
                message.attempts,
                site.id,
                site.name,
                source.callback,
                source.key_name,
                comments,
            )
        )
    session.commit()
    return claimed


def _comments(source: ForeignComment, email: str, result: str) -> list[dict[str, str]]:
    """Return an entry for each question about the comment: the platform knows the last one."""
    known = {
        "result": result,
        "comment_post_ID": source.details.get("post_id", ""),
        "comment_parent": source.details.get("parent", ""),
        "comment_author_email": email,
    }
    return [{"guid": guid, **known} for guid in reversed(source.guids)]


def _key(session: Session, message: _Claimed) -> str | None:
    """Return the key that the platform used, or the newest one when that was revoked."""
    site = session.get_one(Site, message.site_id)
    valid = [each.key for each in keys.valid(session, site, keys.Service.AKISMET)]
    used = (key for key in valid if key_name(key) == message.key_name)
    return next(used, valid[0] if valid else None)


def _request(message: _Claimed, key: str) -> Request:
    body = {"key": key, "endpoint": "comment-check", "comments": message.comments}
    return Request(
        message.url,
        {
            "Content-Type": "application/json",
            "User-Agent": "moderation-akismet/1",
            # The plugin then does not report the change back to us.
            "X-Akismet-Webhook": "1",
        },
        json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
    )


def _record_result(session: Session, message: _Claimed, answer: Answer, now: datetime) -> None:
    attempts = message.attempts + 1
    values: dict[str, Any] = {"attempts": attempts, "leased_until": None, "last_error": ""}
    if 200 <= answer.status < 300:
        values |= {"state": "delivered", "finished_at": now}
        if not _is_applied(answer.body):
            # The comment is gone there, or its own moderators were faster.
            values["last_error"] = "received, not applied"
    else:
        values["last_error"] = (answer.error or f"HTTP {answer.status}")[:200]
        if answer.status == _GONE or attempts >= TRIES:
            values |= {"state": "failed", "finished_at": now}
        else:
            values["due_at"] = now + DELAYS[attempts - 1]
        log.warning(
            "akismet.verdict_not_delivered",
            message_id=str(message.id),
            site=message.site_name,
            attempt=attempts,
            error=values["last_error"],
            given_up="state" in values,
        )
    begin_write(session)
    # Not if another worker has finished it, or a newer verdict has replaced it.
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


def _is_applied(body: bytes) -> bool:
    """Return whether the platform changed a comment; an answer of another form counts as yes."""
    try:
        results = json.loads(body)["comments"].values()
        return any(each["status"] == "success" for each in results) or not results
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return True


# Failures


@dataclass(frozen=True, slots=True)
class FailedVerdict:
    """A verdict that was given up."""

    comment_id: UUID | None
    error: str
    failed_at: datetime | None


def failed(session: Session, site: Site) -> list[FailedVerdict]:
    """Return the verdicts that were given up, the newest failures first, at most LISTED."""
    rows = session.scalars(
        select(OutboxMessage)
        .where(*_failed_of(site))
        .order_by(OutboxMessage.finished_at.desc(), OutboxMessage.id.desc())
        .limit(LISTED)
    )
    return [FailedVerdict(row.comment_id, row.last_error, row.finished_at) for row in rows]


def retry_failed(session: Session, site: Site, *, now: datetime) -> int:
    """Send the failed verdicts of a site again, from the first try on; commits."""
    begin_write(session)
    done = session.execute(
        update(OutboxMessage)
        .where(*_failed_of(site))
        .values(state="waiting", attempts=0, due_at=now, leased_until=None, finished_at=None)
    )
    session.commit()
    return int(done.rowcount)  # type: ignore[attr-defined]


def _failed_of(site: Site) -> tuple[Any, ...]:
    return (
        OutboxMessage.site_id == site.id,
        OutboxMessage.type == CALLBACK,
        OutboxMessage.state == literal_column("'failed'"),
    )
