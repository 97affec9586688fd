"""Answers by mail: from comments that became public to one mail for each reader.

The worker gives each comment to its readers, and what waits for a reader becomes a mail: at
once for the first three of an hour, then together when the hour is over. The texts are read when
the mail is sent, and only of comments that readers of the page see at that moment.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from moderation.domain.status import Listing, PostState, Status
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.reader_mail import (
    ReaderAddress,
    ReaderAnswer,
    ReaderFollow,
    ReaderMail,
    ShownAnswer,
)
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from ..signing import Signing
from . import messages, reader_messages
from .reader_mail import REPLIES, queue_reader_mail
from .reader_messages import Block, Envelope, Link, Quote, Text, title_of, words

#: Interval at which the worker looks for answers.
LOOK_EVERY = timedelta(seconds=5)
#: Mails of answers that a reader gets within an hour; further answers come together after it.
PER_HOUR = 3
HOUR = timedelta(hours=1)
BATCH = 200


# From comments to readers


def look(session: Session, *, now: datetime) -> int:
    """Give new comments to their readers and queue the mails that are due; return the mails."""
    shown = session.execute(
        select(ShownAnswer.comment_id, ShownAnswer.shown_at)
        .order_by(ShownAnswer.shown_at)
        .limit(BATCH)
    ).all()
    session.rollback()
    for comment_id, shown_at in shown:
        transact(session, partial(_give, session, comment_id, shown_at, now))
    return _queue_due(session, now)


def _give(session: Session, comment_id: UUID, shown_at: datetime, now: datetime) -> None:
    """Store a comment for each reader who follows its thread, or the comment that it answers."""
    comment = session.get(Comment, comment_id, populate_existing=True)
    if comment is not None and comment.listing == Listing.SHOWN:
        session.execute(_for_readers(session.get_bind().dialect.name, comment, shown_at, now))
    session.execute(delete(ShownAnswer).where(ShownAnswer.comment_id == comment_id))


def _for_readers(dialect: str, comment: Comment, shown_at: datetime, now: datetime) -> Any:
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(ReaderAnswer)
    own = aliased(ReaderFollow)
    readers = (
        select(
            ReaderFollow.address_id,
            literal(comment.id, ReaderAnswer.comment_id.type),
            func.count(ReaderFollow.comment_id) > 0,
            literal(now, ReaderAnswer.created_at.type),
        )
        .join(ReaderAddress, ReaderAddress.id == ReaderFollow.address_id)
        .where(
            ReaderFollow.post_id == comment.post_id,
            or_(
                ReaderFollow.comment_id.is_(None),
                ReaderFollow.comment_id == comment.parent_id
                if comment.parent_id
                else literal(False),
            ),
            # Comments that a reader has seen on the page are no news.
            ReaderFollow.created_at <= shown_at,
            ReaderAddress.email.is_not(None),
            ReaderAddress.email_key != (comment.email_key or ""),
            ~exists().where(
                own.address_id == ReaderFollow.address_id, own.author_key == comment.author_key
            )
            if comment.author_key
            else literal(True),
        )
        .group_by(ReaderFollow.address_id)
    )
    return insert.from_select(
        ["address_id", "comment_id", "to_reader", "created_at"], readers
    ).on_conflict_do_nothing()


def _queue_due(session: Session, now: datetime) -> int:
    recent = (
        select(func.count())
        .where(
            ReaderMail.address_id == ReaderAddress.id,
            ReaderMail.kind == REPLIES,
            ReaderMail.created_at > now - HOUR,
        )
        .scalar_subquery()
    )
    due = session.execute(
        select(
            ReaderAddress.id,
            ReaderAddress.site_id,
            ReaderAddress.email,
            ReaderAddress.email_key,
            ReaderAddress.language,
        )
        .where(
            ReaderAddress.confirmed_at.is_not(None),
            ReaderAddress.email.is_not(None),
            ReaderAddress.id.in_(
                select(ReaderAnswer.address_id).where(ReaderAnswer.mail_id.is_(None)).distinct()
            ),
            recent < PER_HOUR,
        )
        .limit(BATCH)
    ).all()
    session.rollback()
    mails = 0
    for id, site_id, email, email_key, language in due:
        address = email or ""
        queue = partial(_queue, session, id, site_id, address, email_key, language, now)
        mails += transact(session, queue)
    return mails


def _queue(
    session: Session,
    address_id: int,
    site_id: int,
    email: str,
    email_key: str,
    language: str,
    now: datetime,
) -> int:
    """Put what waits for a reader into one mail; return the number of mails."""
    mail_id = queue_reader_mail(
        session,
        site_id=site_id,
        kind=REPLIES,
        address=email,
        language=language,
        values={},
        key=f"replies:{new_id()}",
        now=now,
        address_id=address_id,
        email_key=email_key,
    )
    taken = session.execute(
        update(ReaderAnswer)
        .where(ReaderAnswer.address_id == address_id, ReaderAnswer.mail_id.is_(None))
        .values(mail_id=mail_id)
        .returning(ReaderAnswer.comment_id),
        execution_options={"synchronize_session": False},
    ).all()
    if not taken:
        # Another worker was faster.
        session.execute(delete(ReaderMail).where(ReaderMail.id == mail_id))
    return int(bool(taken))


# Contents


#: A comment, its post, and whether it answers the reader's own comment.
Found = tuple[Comment, Post, bool]


def answers_in(session: Session, mail: ReaderMail) -> list[Found]:
    """Return the comments of a mail that everyone can read now and its reader still follows."""
    rows = session.execute(
        select(Comment, Post, ReaderAnswer.to_reader)
        .join(ReaderAnswer, ReaderAnswer.comment_id == Comment.id)
        .join(Post, Post.id == Comment.post_id)
        .where(
            ReaderAnswer.mail_id == mail.id,
            Comment.status == Status.APPROVED.value,
            Comment.listing == Listing.SHOWN.value,
            Comment.redacted_at.is_(None),
            Post.state != PostState.REMOVED.value,
            Post.origin.is_(None),
            exists().where(
                ReaderFollow.address_id == ReaderAnswer.address_id,
                ReaderFollow.post_id == Comment.post_id,
                or_(
                    ReaderFollow.comment_id.is_(None), ReaderFollow.comment_id == Comment.parent_id
                ),
            ),
        )
        .order_by(Comment.created_at, Comment.id)
        .execution_options(populate_existing=True)
    )
    return [(comment, post, to_reader) for comment, post, to_reader in rows]


def digest(
    runtime: Signing, site: Site, envelope: Envelope, found: Sequence[Found]
) -> EmailMessage:
    """Build the mail with the answers to a reader."""
    language = envelope.language
    blocks: list[Block] = []
    for comment, post, to_reader in found[: messages.LISTED]:
        author, title = messages.quoted(comment.author_name), title_of(post.title, envelope.site)
        key = "answered" if to_reader else "wrote"
        blocks += [
            Text(words(language, key, author=author, title=title)),
            Quote(messages.quoted(comment.text)),
            Link(words(language, "read"), _address(runtime, site, post, comment.id)),
        ]
    if len(found) > messages.LISTED:
        more = str(len(found) - messages.LISTED)
        blocks.append(Text(words(language, "more", n=more)))
    return reader_messages.compose(envelope, _subject(envelope, found), blocks)


def _subject(envelope: Envelope, found: Sequence[Found]) -> str:
    language, (comment, post, _) = envelope.language, found[0]
    if len({each.id for _, each, _ in found}) > 1:
        return words(language, "replies_all", site=messages.quoted(envelope.site))
    title = title_of(post.title, envelope.site)
    if len(found) > 1:
        return words(language, "replies_many", title=title)
    author = messages.quoted(comment.author_name)
    return words(language, "replies_one", author=author, title=title)


def _address(runtime: Signing, site: Site, post: Post, comment_id: UUID) -> str:
    """Return the address of a comment: on the article's page, else on our own."""
    page = post.url
    if not page:
        path = f"{quote(site.name, safe='')}/{quote(post.external_id, safe='')}"
        page = f"{runtime.settings.public_url}/embed/{path}"
    return f"{page}#comment-{comment_id}"
