"""What the main site tells us: its posts changed, someone commented, an author must go.

An event is applied once, whatever is repeated, and an old one never undoes a newer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.errors import FieldError, Invalid, UnknownEvent
from moderation.domain.status import Actor, Outcome, PostState, Status
from moderation.storage.comments import Comment
from moderation.storage.decisions import AuditEntry
from moderation.storage.dialects import begin_write, insert_ignoring
from moderation.storage.messages import ReceivedEvent
from moderation.storage.people import Ban
from moderation.storage.posts import add_post
from moderation.storage.sites import Post, Site
from moderation.storage.versions import raise_version

from . import audit, authors, ledger
from .erasure import FORGOTTEN, UNKNOWN, forget_traces
from .post_rules import settle
from .receipts import Receipt, Repeatable
from .runtime import Runtime
from .submission import Sender, check_external_id, submit
from .work import WhenMissing

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
AUTHOR_BANNED = "author.banned"
AUTHOR_ERASED = "author.erased"
EVENTS = (*POST_EVENTS, COMMENT_SUBMITTED, AUTHOR_BANNED, AUTHOR_ERASED)


@dataclass(frozen=True, slots=True)
class SiteEvent:
    """A verified and validated event; `data` has the fields that its type asks for."""

    id: str
    type: str
    at: datetime
    data: dict[str, Any]


def check_type(type: str) -> None:
    if type not in EVENTS:
        raise UnknownEvent(
            f"There is no event of this type. Known are: {', '.join(EVENTS)}.",
            errors=(FieldError("#/type", f"one of {', '.join(EVENTS)}"),),
        )


def apply(
    session: Session, runtime: Runtime, site: Site, event: SiteEvent, *, now: datetime
) -> tuple[str, Receipt | None]:
    """Apply an event; commits. Tells `applied`, `repeated` or `outdated`.

    Only `comment.submitted` has a receipt: the answer that the public POST would give.
    """
    if event.type == COMMENT_SUBMITTED:
        known = session.get(ReceivedEvent, (site.id, event.id))
        if known is not None and known.comment_id is None:
            return "repeated", None
        receipt = submit(
            session,
            runtime,
            site,
            check_external_id(event.data["post"]),
            event.data["submission"],
            Sender(from_site=True, without_work=WhenMissing.WAIVE),
            now=now,
            repeatable=Repeatable(webhook_id=event.id),
        )
        return "applied", receipt
    begin_write(session)
    fresh = insert_ignoring(
        session,
        ReceivedEvent.__table__,  # type: ignore[arg-type]
        site_id=site.id,
        webhook_id=event.id,
        type=event.type,
        received_at=now,
    )
    if not fresh:
        session.rollback()
        return "repeated", None
    if event.type in POST_EVENTS:
        outcome = _apply_to_post(session, site, event, now)
    elif event.type == AUTHOR_BANNED:
        outcome = _ban(session, runtime, site, event, now)
    else:
        outcome = _erase(session, runtime, site, event, now)
    session.commit()
    return outcome, None


# Posts


def _apply_to_post(session: Session, site: Site, event: SiteEvent, now: datetime) -> str:
    post = _post(session, site, check_external_id(event.data["post"]), now)
    if post.event_at is not None and event.at < post.event_at:
        return "outdated"
    # A sender whose clock is ahead must not shut out everything that comes after.
    newest = min(event.at, now + CLOCKS_APART)
    new_id = event.data.get("new_id")
    if event.type == "post.updated" and new_id and new_id != post.external_id:
        post = _move(session, site, post, check_external_id(new_id), now)
        # The post that it joins may have had newer news already.
        newest = max(newest, post.event_at or newest)
    post.event_at = newest
    post.announced = True
    for name in ("title", "url"):
        if event.data.get(name) is not None:
            setattr(post, name, event.data[name])
    if event.data.get("published_at") is not None:
        post.published_at = event.data["published_at"]
    changes = dict(event.data.get("rules") or {})
    state = _state_after(event, PostState(post.state))
    if state is not None:
        # Who says a state says it of the post itself, whatever its section is.
        changes = {"state": state.value, **changes}
    settle(post, changes, now=now)
    session.flush()
    raise_version(session, post.id)
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
    """What the event says of the post's state; None: nothing."""
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


def _post(session: Session, site: Site, external_id: str, now: datetime) -> Post:
    """The post by the site's id, made if need be, locked until the commit."""
    add_post(session, site.id, external_id, announced=True, now=now)
    return session.scalars(
        select(Post)
        .where(Post.site_id == site.id, Post.external_id == external_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _move(session: Session, site: Site, post: Post, new_id: str, now: datetime) -> Post:
    """Give a post its new id; where that id has comments already, both become one thread."""
    target = session.scalar(
        select(Post)
        .where(Post.site_id == site.id, Post.external_id == new_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if target is None:
        post.external_id = new_id
        return post
    session.execute(update(Comment).where(Comment.post_id == post.id).values(post_id=target.id))
    target.comment_count += post.comment_count
    target.title = target.title or post.title
    target.url = target.url or post.url
    # Whoever kept a page of either must not take it for the new thread's.
    target.version = max(target.version, post.version)
    session.execute(delete(Post).where(Post.id == post.id))
    session.expunge(post)
    return target


# Authors


def _keys(runtime: Runtime, author: dict[str, Any]) -> list[str]:
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


def _ban(session: Session, runtime: Runtime, site: Site, event: SiteEvent, now: datetime) -> str:
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
    return "applied"


def _erase(session: Session, runtime: Runtime, site: Site, event: SiteEvent, now: datetime) -> str:
    keys = _keys(runtime, event.data["author"])
    ids = session.scalars(
        select(Comment.id)
        .where(
            Comment.site_id == site.id,
            or_(Comment.author_key.in_(keys), Comment.email_key.in_(keys)),
        )
        .order_by(Comment.post_id, Comment.id)
    ).all()
    for comment_id in ids:
        comment, post = ledger.lock(session, comment_id)
        if comment.status != Status.DELETED:
            ledger.record(
                session,
                ledger.columns(comment),
                post,
                Outcome.DELETE,
                ledger.By(Actor.SITE, site.name),
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
    subjects = [f"author:{key}" for key in keys]
    # Another site's audit trail is not this site's to change.
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
    return "applied"
