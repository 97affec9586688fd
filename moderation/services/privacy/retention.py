"""Retention: what a site's settings keep no longer, removed in small commits.

The clean-up job applies it every hour under its lease, and `moderation privacy retention` on
demand. A setting of 0 keeps.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, update
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.actors import POLICY
from moderation.domain.appeals import AppealState
from moderation.domain.status import Listing, PostState, Status
from moderation.storage import full_text
from moderation.storage.engine import empty_journal
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry
from moderation.storage.models.posts import Post
from moderation.storage.models.reader_mail import ReaderAddress, ReaderFollow
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from ..signing import Signing
from ..sites import post_rules
from ..sites.preview import default_of
from . import report_retention
from .erasure import erase_comments
from .persons import Person

#: Rows of one commit, so that no request waits long.
BATCH = 200
#: Rows of each kind that one turn of the clean-up removes; the next turn continues.
MOST = 20_000
#: Posts that are looked at together.
POSTS = 500


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows of one kind that went, or would go."""

    name: str
    #: 0: kept.
    days: int
    number: int


#: Returns ids of rows that are too old, at most so many.
Find = Callable[[Session, Site, datetime, datetime, int | None], Sequence[Any]]
#: Removes rows in the caller's transaction.
Remove = Callable[[Session, Signing, Site, Sequence[Any], datetime], None]


def apply(
    session: Session, site: Site, settings: Settings, *, now: datetime, most: int | None = MOST
) -> list[Gone]:
    """Remove what the site keeps no longer, in small commits, and return what went."""
    gone, runtime = [], Signing(settings)
    texts = 0
    for name, days, find, remove in _rules(site, settings):
        number = 0
        while days and (most is None or number < most):
            before = now - timedelta(days=days)
            job = partial(_remove, session, runtime, site.id, find, remove, now, before)
            removed = transact(session, job)
            number += removed
            if not removed:
                break
        gone.append(Gone(name, days, number))
        texts += number if remove is _erase else 0
    if texts:
        transact(session, partial(full_text.purge, session))
        empty_journal(session)
    return gone


def count(session: Session, site: Site, settings: Settings, *, now: datetime) -> list[Gone]:
    """Return what `apply` would remove; changes nothing."""
    gone = []
    for name, days, find, _ in _rules(site, settings):
        before = now - timedelta(days=days)
        number = len(find(session, site, before, now, None)) if days else 0
        gone.append(Gone(name, days, number))
    session.rollback()
    return gone


def _remove(
    session: Session,
    runtime: Signing,
    site_id: int,
    find: Find,
    remove: Remove,
    now: datetime,
    before: datetime,
) -> int:
    site = session.get_one(Site, site_id)
    ids = find(session, site, before, now, BATCH)
    if ids:
        remove(session, runtime, site, ids, now)
    return len(ids)


def _rules(site: Site, settings: Settings) -> list[tuple[str, int, Find, Remove]]:
    def days(name: str) -> int:
        return int(site.settings.get(name, default_of(name)))

    address_days = days("address_days") or settings.address_retention_days
    return [
        ("addresses", address_days, _addresses, _forget_addresses),
        (
            "report_addresses",
            address_days,
            report_retention.addresses,
            report_retention.forget_addresses,
        ),
        (
            "report_texts",
            days("report_days"),
            report_retention.texts,
            report_retention.forget_texts,
        ),
        ("held", days("held_days"), _held, _erase),
        ("rejected", days("rejected_days"), _rejected, _erase),
        ("closed_emails", days("closed_email_days"), _closed_emails, _forget_emails),
        ("closed_follows", days("closed_email_days"), _closed_follows, _end_follows),
        ("audit", days("audit_days"), _old_entries, _delete_entries),
    ]


# Network addresses


def _addresses(
    session: Session, site: Site, before: datetime, _: datetime, most: int | None
) -> Sequence[UUID]:
    return session.scalars(
        select(Comment.id)
        .where(
            Comment.site_id == site.id,
            Comment.address_key.is_not(None),
            Comment.created_at < before,
        )
        .limit(most)
    ).all()


def _forget_addresses(
    session: Session, _: Signing, __: Site, ids: Sequence[UUID], ___: datetime
) -> None:
    session.execute(
        update(Comment).where(Comment.id.in_(ids)).values(address_key=None, block_key=None)
    )
    # The key of a guest without e-mail is made of name and address: remove it as well.
    session.execute(
        update(Comment)
        .where(Comment.id.in_(ids), Comment.email_key.is_(None), Comment.author_id.is_(None))
        .values(author_key=None)
    )


# Texts


def _old(site: Site, since: ColumnElement[Any], before: datetime) -> Select[UUID]:
    # The index has the time of creation, which is never later.
    return select(Comment.id).where(
        Comment.site_id == site.id, Comment.created_at < before, since < before
    )


def _held(
    session: Session, site: Site, before: datetime, _: datetime, most: int | None
) -> Sequence[UUID]:
    written = func.coalesce(Comment.edited_at, Comment.created_at, type_=Comment.created_at.type)
    statement = _old(site, written, before).where(Comment.status == Status.HELD.value)
    return session.scalars(statement.limit(most)).all()


def _rejected(
    session: Session, site: Site, before: datetime, _: datetime, most: int | None
) -> Sequence[UUID]:
    refused = func.coalesce(
        Comment.decided_at, Comment.edited_at, Comment.created_at, type_=Comment.created_at.type
    )
    # An appeal is decided first: a moderator must see the text, and its author has an answer.
    appealed = exists().where(
        Appeal.comment_id == Comment.id, Appeal.state == AppealState.PENDING.value
    )
    statement = _old(site, refused, before).where(
        Comment.status.in_((Status.REJECTED.value, Status.SPAM.value)), ~appealed
    )
    return session.scalars(statement.limit(most)).all()


def _erase(
    session: Session, runtime: Signing, site: Site, ids: Sequence[UUID], now: datetime
) -> None:
    erase_comments(session, runtime, Person(site.id, ()), ids, POLICY, now=now)


# E-mail addresses of closed threads


def _closed_emails(
    session: Session, site: Site, before: datetime, now: datetime, most: int | None
) -> Sequence[UUID]:
    found: list[UUID] = []
    for closed in _closed_posts(session, site, now):
        # Each of the two indexes of a thread has one kind of comments.
        for listed in (Comment.listing != Listing.HIDDEN, Comment.listing == Listing.HIDDEN):
            left = None if most is None else most - len(found)
            found += session.scalars(
                select(Comment.id)
                .where(
                    Comment.post_id.in_(closed),
                    listed,
                    Comment.created_at < before,
                    Comment.author_email.is_not(None),
                )
                .limit(left)
            )
        if most is not None and len(found) >= most:
            break
    return found


def _closed_posts(session: Session, site: Site, now: datetime) -> Iterator[list[int]]:
    """Yield the closed posts of a site, some at a time."""
    last = 0
    while True:
        posts = session.scalars(
            select(Post)
            .where(Post.site_id == site.id, Post.id > last)
            .order_by(Post.id)
            .limit(POSTS)
        ).all()
        yield [post.id for post in posts if _is_closed(site, post, now)]
        if len(posts) < POSTS:
            return
        last = posts[-1].id


def _is_closed(site: Site, post: Post, now: datetime) -> bool:
    state = post_rules.rules_of_post(site, post, post.external_id).state_at(now)
    return state in (PostState.CLOSED, PostState.REMOVED)


def _forget_emails(
    session: Session, _: Signing, __: Site, ids: Sequence[UUID], ___: datetime
) -> None:
    # The keyed hash stays: bans, trust and a later erasure need it.
    session.execute(update(Comment).where(Comment.id.in_(ids)).values(author_email=None))


def _closed_follows(
    session: Session, site: Site, before: datetime, now: datetime, most: int | None
) -> Sequence[int]:
    found: list[int] = []
    for closed in _closed_posts(session, site, now):
        left = None if most is None else most - len(found)
        old = ReaderFollow.created_at < before
        found += session.scalars(
            select(ReaderFollow.id).where(ReaderFollow.post_id.in_(closed), old).limit(left)
        )
        if most is not None and len(found) >= most:
            break
    return found


def _end_follows(
    session: Session, _: Signing, site: Site, ids: Sequence[int], __: datetime
) -> None:
    """End mail about closed threads, and forget the addresses that follow nothing else."""
    of_these = select(ReaderFollow.address_id).where(ReaderFollow.id.in_(ids)).distinct()
    addresses = session.scalars(of_these).all()
    session.execute(delete(ReaderFollow).where(ReaderFollow.id.in_(ids)))
    session.execute(
        delete(ReaderAddress).where(
            ReaderAddress.id.in_(addresses),
            # Its reader wants no mail: that is remembered by the keyed hash.
            ReaderAddress.email.is_not(None),
            ~exists().where(ReaderFollow.address_id == ReaderAddress.id),
        )
    )


# The audit trail


def _old_entries(
    session: Session, site: Site, before: datetime, _: datetime, most: int | None
) -> Sequence[int]:
    return session.scalars(
        select(AuditEntry.id)
        .where(AuditEntry.site_id == site.id, AuditEntry.at < before)
        .order_by(AuditEntry.at, AuditEntry.id)
        .limit(most)
    ).all()


def _delete_entries(
    session: Session, _: Signing, __: Site, ids: Sequence[int], ___: datetime
) -> None:
    session.execute(delete(AuditEntry).where(AuditEntry.id.in_(ids)))
