"""Webhooks of other systems: each is verified, applied once and in order, and logged."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.errors import BadSignature, Invalid, ModerationError, NotFound
from moderation.domain.status import PostState
from moderation.storage.models.hooks import HookPost
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact
from moderation.storage.upsert import insert_ignoring

from ..comments.idempotency import Receipt
from ..comments.posts import check_external_id
from ..signing import Signing
from . import hook_log, hook_secrets, incoming
from .hook_signatures import Adapter, verify
from .incoming import CLOCKS_APART, SiteEvent
from .post_notices import PostNotice

#: Events in our own form are applied for this long. Shorter than repeated ones are recognised,
#: so that a recorded delivery whose signature has no time is worth nothing.
OLDEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery as received; the header of the signature is empty when missing."""

    adapter: Adapter
    signature: str
    #: The sender's id of the delivery: shown, never trusted.
    delivery: str
    body: bytes


@dataclass(slots=True)
class Result:
    """The outcome of a delivery; a comment has a receipt as well."""

    outcome: str
    event: str = ""
    post: str | None = None
    receipt: Receipt | None = None


#: Reads a verified body as an event of the given id; None: it does not concern us.
Reader = Callable[[str, bytes], SiteEvent | PostNotice | None]


def receive(
    session: Session, runtime: Signing, site: Site, sent: Sent, read: Reader, *, now: datetime
) -> Result:
    """Verify, apply and log a delivery; commits. The same body is applied once.

    Outcomes: those of `incoming.apply`, and `ignored` for what changes no thread.
    """
    adapter, secrets = sent.adapter, hook_secrets.valid(session, site.id, sent.adapter)
    try:
        verify(adapter, secrets, sent.signature, sent.body, now=now)
    except BadSignature as error:
        if secrets:
            hook_log.write_refused(session, site, adapter, error.code, now=now)
        raise
    # A sender that tries again signs a new time, or sends another id: only the body is the same.
    id = f"{adapter}:{hashlib.sha256(sent.body).hexdigest()}"
    try:
        message = read(id, sent.body)
        result = _apply(session, runtime, site, adapter, id, message, now)
    except ModerationError as error:
        session.rollback()
        log_result(
            session, site, adapter, Result("failed"), now, delivery=sent.delivery, code=error.code
        )
        raise
    log_result(session, site, adapter, result, now, delivery=sent.delivery)
    return result


def log_result(
    session: Session,
    site: Site,
    adapter: Adapter,
    result: Result,
    now: datetime,
    *,
    delivery: str = "",
    code: str = "",
) -> None:
    """Write a verified delivery into the log; commits."""
    line = hook_log.Line(adapter, delivery, result.outcome, result.event, result.post, code)
    transact(session, lambda: hook_log.write(session, site, line, now=now))


def _apply(
    session: Session,
    runtime: Signing,
    site: Site,
    adapter: Adapter,
    id: str,
    message: SiteEvent | PostNotice | None,
    now: datetime,
) -> Result:
    if message is None:
        return Result("ignored")
    if message.at is not None and message.at > now + CLOCKS_APART:
        raise Invalid("The event is from the future. Check the sender's clock.")
    if isinstance(message, PostNotice):
        return _apply_notice(session, runtime, site, adapter, id, message, now)
    post = message.data.get("post")
    result = Result("outdated", message.type, check_external_id(post) if post else None)
    if message.at >= now - OLDEST:
        result.outcome, result.receipt = incoming.apply(session, runtime, site, message, now=now)
    return result


# Posts


@dataclass(slots=True)
class _Known:
    """The post of a sender's id: its id here now, its state, and whether the sender closed it."""

    path: str
    state: str
    withdrawn: bool


def _apply_notice(
    session: Session,
    runtime: Signing,
    site: Site,
    adapter: Adapter,
    id: str,
    notice: PostNotice,
    now: datetime,
) -> Result:
    known = _known(session, site, adapter, notice.foreign_id)
    path = _path(session, site, notice, known)
    if path is None:
        return Result("ignored", notice.event)
    former = _former(session, site, notice, known, path)
    before = known.state if known else _state(session, site, former or path)
    result = Result("ignored", notice.event, path)
    for event in _events(id, notice, known, former, path, now):
        result.outcome, _ = incoming.apply(session, runtime, site, event, now=now)
        if result.outcome == "outdated":
            return result
    if result.outcome == "applied":
        withdrawn = _is_withdrawn(notice.event, known, before)
        transact(
            session,
            lambda: _remember(session, site, adapter, notice.foreign_id, path, withdrawn),
        )
    return result


def _is_withdrawn(event: str, known: _Known | None, before: str | None) -> bool:
    """Return whether the post is closed because its sender took it back."""
    if event == "post.closed" and before != PostState.CLOSED:
        return True
    return event in ("post.closed", "post.updated") and known is not None and known.withdrawn


def _events(
    id: str,
    notice: PostNotice,
    known: _Known | None,
    former: str | None,
    path: str,
    now: datetime,
) -> list[SiteEvent]:
    """Return the events that a change amounts to: a move, the change itself, or both."""
    at = notice.at or now
    described = {"title": notice.title, "url": notice.url, "published_at": notice.published_at}
    events = []
    if former is not None:
        moved = {"post": former, "new_id": path, **described}
        events.append(SiteEvent(f"{id}:moved", "post.updated", at, moved))
    if former is None or notice.event != "post.updated":
        data = {"post": path, **described}
        if notice.event == "post.published" and known and known.withdrawn:
            # Only what the sender itself closed: a moderator may have closed the thread as well.
            data["state"] = PostState.OPEN.value if known.state == PostState.CLOSED else None
        events.append(SiteEvent(id, notice.event, at, data))
    return events


def _path(session: Session, site: Site, notice: PostNotice, known: _Known | None) -> str | None:
    """Return the id of the post after the change; None where no thread can be meant."""
    if notice.path is not None:
        path = check_external_id(notice.path)
        if notice.event in ("post.published", "post.updated"):
            return path
        # The end of a post must not create it.
        return known.path if known else _existing(session, site, path)
    if known is not None:
        return known.path
    return _by_slug(session, site, notice.slug)


def _former(
    session: Session, site: Site, notice: PostNotice, known: _Known | None, path: str
) -> str | None:
    """Return the id that the post had until now, if it was another."""
    if known is not None:
        return known.path if known.path != path else None
    if notice.old_path is None:
        return None
    old = check_external_id(notice.old_path)
    return _existing(session, site, old) if old != path else None


def _known(session: Session, site: Site, adapter: Adapter, foreign_id: str) -> _Known | None:
    row = session.execute(
        select(Post.external_id, Post.state, HookPost.withdrawn)
        .join(Post, Post.id == HookPost.post_id)
        .where(
            HookPost.site_id == site.id,
            HookPost.adapter == adapter,
            HookPost.foreign_id == foreign_id,
        )
    ).first()
    return _Known(*row) if row else None


def _state(session: Session, site: Site, path: str) -> str | None:
    return session.scalar(
        select(Post.state).where(Post.site_id == site.id, Post.external_id == path)
    )


def _existing(session: Session, site: Site, path: str) -> str | None:
    return path if _state(session, site, path) is not None else None


def _by_slug(session: Session, site: Site, slug: str) -> str | None:
    """Return the only post whose path ends with a slug; None where there is none or several."""
    if not slug:
        return None
    ends = [Post.external_id.endswith(f"/{slug}{end}", autoescape=True) for end in ("", "/")]
    found = session.scalars(
        select(Post.external_id).where(Post.site_id == site.id, ends[0] | ends[1]).limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def _remember(
    session: Session, site: Site, adapter: Adapter, foreign_id: str, path: str, withdrawn: bool
) -> None:
    """Store which post a sender's id means."""
    post_id = session.scalar(
        select(Post.id).where(Post.site_id == site.id, Post.external_id == path)
    )
    if post_id is None:
        # Another delivery has moved it on meanwhile, and has stored that.
        return
    key = {"site_id": site.id, "adapter": adapter.value, "foreign_id": foreign_id}
    values = {"post_id": post_id, "withdrawn": withdrawn}
    table = HookPost.__table__
    if not insert_ignoring(session, table, **key, **values):  # type: ignore[arg-type]
        session.execute(
            update(HookPost).where(*(table.c[name] == key[name] for name in key)).values(**values)
        )


def adapter_of(name: str) -> Adapter:
    """Return the adapter of an address, or raise NotFound."""
    try:
        return Adapter(name)
    except ValueError:
        known = ", ".join(Adapter)
        raise NotFound(f"There is no such kind of webhook. Choose one of: {known}.") from None
