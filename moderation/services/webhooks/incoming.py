"""Events of the main site: changed posts, submitted comments, banned and erased authors.

An event is applied once, however often it is sent, and an old one never overrides a newer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import and_, delete, or_, update
from sqlalchemy.orm import Session

from moderation.domain import actors
from moderation.domain.errors import FieldError, Invalid, UnknownEvent
from moderation.domain.posts import page_address
from moderation.domain.status import Actor, Outcome, PostState, Status
from moderation.domain.webhook_events import AUTHOR_BANNED, AUTHOR_ERASED
from moderation.storage.change_feed import bump_version
from moderation.storage.engine import empty_journal
from moderation.storage.models.authors import Ban
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry
from moderation.storage.models.requests import ReceivedEvent
from moderation.storage.models.sites import Site
from moderation.storage.posts import lock_post
from moderation.storage.transactions import transact
from moderation.storage.upsert import insert_ignoring

from .. import audit, outbox
from ..comments import avatars, ledger, moved_posts
from ..comments.erasure import (
    FORGOTTEN,
    UNKNOWN,
    forget_author_examples,
    forget_examples,
    forget_traces,
)
from ..comments.idempotency import Receipt, RequestKey
from ..comments.posts import check_external_id
from ..comments.proof_of_work import WhenMissing
from ..comments.requests import Sender
from ..comments.submission import submit
from ..review import authors, post_moves
from ..signing import Signing
from ..sites.post_rules import write_rules

#: How far a sender's clock may be ahead of ours.
CLOCKS_APART = timedelta(minutes=5)

POST_EVENTS = (
    "post.published",
    "post.updated",
    "post.closed",
    "post.reopened",
    "post.deleted",
)
COMMENT_SUBMITTED = "comment.submitted"
#: Comments that the message about an erasure lists; all are counted.
LISTED = 1000
EVENTS = (*POST_EVENTS, COMMENT_SUBMITTED, AUTHOR_BANNED, AUTHOR_ERASED)


@dataclass(frozen=True, slots=True)
class SiteEvent:
    """A verified and validated event; `data` has the fields of its type."""

    id: str
    type: str
    at: datetime
    data: dict[str, Any]


def check_type(type: str) -> None:
    """Raise UnknownEvent unless the service handles events of this type."""
    if type not in EVENTS:
        raise UnknownEvent(
            f"There is no event of this type. Send one of: {', '.join(EVENTS)}.",
            errors=(FieldError("#/type", f"one of {', '.join(EVENTS)}"),),
        )


def apply(
    session: Session, runtime: Signing, site: Site, event: SiteEvent, *, now: datetime
) -> tuple[str, Receipt | None]:
    """Apply an event and return `applied`, `repeated` or `outdated`; commits.

    Only `comment.submitted` has a receipt: the answer that the public POST would give.
    """
    if event.type == COMMENT_SUBMITTED:
        received = session.get(ReceivedEvent, (site.id, event.id))
        if received is not None and received.comment_id is None:
            return "repeated", None
        post = check_external_id(event.data["post"])
        receipt = submit(
            session,
            runtime,
            site,
            moved_posts.new_ids(session, site.id, [post]).get(post, post),
            event.data["submission"],
            Sender(from_site=True, without_work=WhenMissing.WAIVE),
            now=now,
            repeatable=RequestKey(webhook_id=event.id),
        )
        return "applied", receipt
    outcome = transact(session, partial(_apply, session, runtime, site, event, now))
    if event.type == AUTHOR_ERASED and outcome == "applied":
        empty_journal(session)
    return outcome, None


def _apply(session: Session, runtime: Signing, site: Site, event: SiteEvent, now: datetime) -> str:
    fresh = insert_ignoring(
        session,
        ReceivedEvent.__table__,  # type: ignore[arg-type]
        site_id=site.id,
        webhook_id=event.id,
        type=event.type,
        received_at=now,
    )
    if not fresh:
        return "repeated"
    if event.type in POST_EVENTS:
        return _apply_to_post(session, site, event, now)
    if event.type == AUTHOR_BANNED:
        return _ban(session, runtime, site, event, now)
    return _erase(session, runtime, site, event, now)


# Posts


def _apply_to_post(session: Session, site: Site, event: SiteEvent, now: datetime) -> str:
    id = check_external_id(event.data["post"])
    new_id = event.data.get("new_id") if event.type == "post.updated" else None
    others = [other for other in [check_external_id(new_id or id)] if other != id]
    posts = lock_post(session, site.id, id, *others, announced=True, now=now)
    post = posts[id]
    if post.event_at is not None and event.at < post.event_at:
        return "outdated"
    # A sender whose clock is ahead must not block all later events.
    newest = min(event.at, now + CLOCKS_APART)
    for new_id in others:
        by = actors.By(Actor.SITE, site.name)
        post = post_moves.move(session, post, new_id, posts.get(new_id), by, now=now)
        # The target post may have had a newer event.
        newest = max(newest, post.event_at or newest)
    post.event_at = newest
    post.announced = True
    if event.data.get("title") is not None:
        post.title = event.data["title"]
    if event.data.get("url") is not None:
        post.url = page_address(event.data["url"])
    if event.data.get("published_at") is not None:
        post.published_at = event.data["published_at"]
    changes = dict(event.data.get("rules") or {})
    state = _state_after(event, PostState(post.state))
    if state is not None:
        # A state in an event applies to the post itself, independent of its section.
        changes = {"state": state.value, **changes}
    write_rules(post, changes, now=now)
    session.flush()
    bump_version(session, post.id)
    audit.write(
        session,
        now,
        Actor.SITE,
        site.name,
        event.type,
        f"post:{post.id}",
        site_id=site.id,
        detail=changes,
    )
    return "applied"


def _state_after(event: SiteEvent, state: PostState) -> PostState | None:
    """Return the post's state after the event; None: unchanged."""
    match event.type:
        case "post.closed":
            return PostState.CLOSED
        case "post.reopened":
            return PostState.OPEN
        case "post.deleted":
            return PostState.REMOVED
        case "post.published":
            chosen = event.data.get("state")
            if chosen:
                return PostState(chosen)
            return PostState.OPEN if state is PostState.REMOVED else None
        case _:
            return None


# Authors


def _keys(runtime: Signing, author: dict[str, Any]) -> list[str]:
    keys = []
    if author.get("id"):
        keys.append(runtime.author_key("id", author["id"]))
    if author.get("email"):
        keys.append(runtime.author_key("email", author["email"].casefold()))
    if not keys:
        raise Invalid(
            "Name the author by id or by email.",
            errors=(FieldError("#/data/author", "needs id or email"),),
        )
    return keys


def _ban(session: Session, runtime: Signing, site: Site, event: SiteEvent, now: datetime) -> str:
    for key in _keys(runtime, event.data["author"]):
        session.execute(delete(Ban).where(Ban.site_id == site.id, Ban.author_key == key))
        session.add(
            Ban(
                site_id=site.id,
                author_key=key,
                reason=event.data.get("reason") or "",
                until=event.data.get("until"),
                created_at=now,
            )
        )
        audit.write(
            session, now, Actor.SITE, site.name, event.type, f"author:{key}", site_id=site.id
        )
        session.flush()
        authors.announce_ban(
            session,
            site.id,
            key,
            actors.By(Actor.SITE, site.name),
            now=now,
            reason=event.data.get("reason") or "",
            until=event.data.get("until"),
            author_id=event.data["author"].get("id"),
        )
    return "applied"


def _erase(session: Session, runtime: Signing, site: Site, event: SiteEvent, now: datetime) -> str:
    keys = _keys(runtime, event.data["author"])
    is_by_author = and_(
        Comment.site_id == site.id,
        or_(Comment.author_key.in_(keys), Comment.email_key.in_(keys)),
    )
    ids = ledger.lock_posts(session, is_by_author)
    forget_examples(session, ids)
    forget_author_examples(session, site.id, keys)
    for comment_id in ids:
        comment, post = ledger.lock(session, comment_id)
        if comment.status != Status.DELETED:
            ledger.record(
                session,
                ledger.comment_columns(comment),
                post,
                Outcome.DELETE,
                actors.By(Actor.SITE, site.name),
                now=now,
                changes={**FORGOTTEN, **UNKNOWN},
            )
        else:
            session.execute(
                update(Comment).where(Comment.id == comment_id).values(**FORGOTTEN, **UNKNOWN)
            )
    forget_traces(session, ids)
    session.execute(delete(Ban).where(Ban.site_id == site.id, Ban.author_key.in_(keys)))
    authors.forget(session, site, keys)
    authors.forget_bans(session, site.id, keys)
    avatars.forget(session, site, keys)
    subjects = [f"author:{key}" for key in keys]
    # Entries of other sites stay unchanged.
    session.execute(
        update(AuditEntry)
        .where(AuditEntry.site_id == site.id, AuditEntry.subject.in_(subjects))
        .values(subject="author:erased")
    )
    audit.write(
        session,
        now,
        Actor.SITE,
        site.name,
        event.type,
        f"site:{site.name}",
        site_id=site.id,
        detail={"comments": len(ids)},
    )
    # Without anything by which the author could be recognised; each comment has an event, too.
    erased = {"event": event.id, "count": len(ids), "comments": [str(id) for id in ids[:LISTED]]}
    outbox.put(session, site.id, AUTHOR_ERASED, erased, now)
    return "applied"
