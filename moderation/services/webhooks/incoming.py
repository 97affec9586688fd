"""Events of the main site: changed posts, submitted comments, banned and erased authors.

An event is applied once, however often it is sent, and an old one never overrides a newer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from moderation.domain import actors
from moderation.domain.errors import FieldError, UnknownEvent
from moderation.domain.posts import page_address
from moderation.domain.status import Actor, PostState
from moderation.domain.webhook_events import AUTHOR_BANNED, AUTHOR_ERASED
from moderation.storage.change_feed import bump_version
from moderation.storage.models.authors import Ban
from moderation.storage.models.requests import ReceivedEvent
from moderation.storage.models.sites import Site
from moderation.storage.posts import lock_post
from moderation.storage.transactions import transact
from moderation.storage.upsert import insert_ignoring

from .. import audit
from ..comments import moved_posts
from ..comments.idempotency import Receipt, RequestKey
from ..comments.posts import check_external_id
from ..comments.proof_of_work import WhenMissing
from ..comments.requests import Sender
from ..comments.submission import submit
from ..privacy import erasure, persons
from ..privacy import requests as privacy_requests
from ..privacy.persons import Person
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
#: The site has asked its reader already.
NO_GRACE = timedelta()
#: Answered with everything about the author: see `export_of`.
AUTHOR_EXPORTED = privacy_requests.EXPORTED
EVENTS = (*POST_EVENTS, COMMENT_SUBMITTED, AUTHOR_BANNED, AUTHOR_ERASED, AUTHOR_EXPORTED)


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
    if event.type == AUTHOR_ERASED:
        # A repetition finishes an erasure that was interrupted.
        pending = privacy_requests.pending_of(session, _person(runtime, site, event.data["author"]))
        if pending is not None:
            erasure.carry_out(session, runtime, pending.id, now=now)
    return outcome, None


def export_of(runtime: Signing, site: Site, event: SiteEvent) -> Person | None:
    """Return the person whose data answers an event; None for any other event.

    A repeated event is answered with the data again.
    """
    if event.type != AUTHOR_EXPORTED:
        return None
    return _person(runtime, site, event.data["author"])


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
    if event.type == AUTHOR_EXPORTED:
        by, person = actors.By(Actor.SITE, site.name), _person(runtime, site, event.data["author"])
        privacy_requests.put_export(session, runtime, site, person, by, now=now)
        return "applied"
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


def _person(runtime: Signing, site: Site, author: dict[str, Any]) -> Person:
    return persons.by_identity(runtime, site, email=author.get("email"), author_id=author.get("id"))


def _ban(session: Session, runtime: Signing, site: Site, event: SiteEvent, now: datetime) -> str:
    for key in _person(runtime, site, event.data["author"]).keys:
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
    """Store the erasure with the event; `apply` carries it out, and the worker if that fails."""
    person = _person(runtime, site, event.data["author"])
    by = actors.By(Actor.SITE, site.name)
    privacy_requests.put(session, site, person, by, now=now, grace=NO_GRACE, event_id=event.id)
    return "applied"
