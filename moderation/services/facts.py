"""What is known before a text is judged, counted in one query that stays flat.

Every count looks at no more than a fixed number of the newest rows, so a store of ten
million comments answers as fast as an empty one.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, false, func, or_, select
from sqlalchemy.orm import Session

from moderation.domain.judgement import Facts
from moderation.domain.status import PostState, Status
from moderation.storage.comments import Comment
from moderation.storage.people import Ban
from moderation.storage.sites import Post, Site

#: Newest rows that are looked at per author, address and text.
LOOK_BACK = 200
_NOT_WORD = re.compile(r"[\W_]+")
#: Under this many letters the same text says nothing: everybody writes "Thank you!".
_SHORT = 16


@dataclass(frozen=True, slots=True)
class Identity:
    """By what an author and their connection can be recognised; None where unknown."""

    author_key: str | None
    email_key: str | None
    address_key: str | None
    block_key: str | None


def text_key(text: str) -> int | None:
    """Hash what remains of a text when case, spacing and punctuation are gone."""
    folded = _NOT_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())
    if len(folded) < _SHORT:
        return None
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8).digest(), signed=True)


def gather(
    session: Session,
    site: Site,
    post: Post | None,
    identity: Identity,
    key: int | None,
    *,
    now: datetime,
    count_bursts: bool,
    honeypot_filled: bool = False,
    form_seconds: float | None = None,
    editing: UUID | None = None,
    edited_after_decision: bool = False,
) -> Facts:
    """Count what the filters ask for; `editing` leaves the comment itself out."""
    minute, ten = now - timedelta(minutes=1), now - timedelta(minutes=10)
    hour, day = now - timedelta(hours=1), now - timedelta(days=1)
    texts = _newest(site, _same(Comment.text_key, key), since=day, but=editing)
    authors = _newest(site, _same(Comment.author_key, identity.author_key), but=editing)
    addresses = _newest(
        site, _same(Comment.address_key, identity.address_key), since=ten, but=editing
    )
    row = session.execute(
        select(
            _count(texts, texts.c.created_at > hour),
            _count(texts),
            _count(authors, authors.c.status == Status.APPROVED),
            _count(authors, authors.c.status.in_([Status.REJECTED, Status.SPAM])),
            _count(authors, authors.c.created_at > minute),
            _count(authors, authors.c.created_at > ten),
            _count(addresses, addresses.c.created_at > minute),
            _count(addresses),
            _ban(site, identity, now),
        )
    ).one()
    return Facts(
        honeypot_filled=honeypot_filled,
        form_seconds=form_seconds,
        same_text_1h=row[0],
        same_text_24h=row[1],
        author_approved=row[2],
        author_rejected=row[3],
        author_1m=row[4] if count_bursts else 0,
        author_10m=row[5] if count_bursts else 0,
        address_1m=row[6] if count_bursts else 0,
        address_10m=row[7] if count_bursts else 0,
        ban=row[8],
        post_premoderated=bool(site.settings.get("premoderate"))
        or (post is not None and post.state == PostState.PREMODERATED),
        edited_after_decision=edited_after_decision,
    )


def _same(column: Any, key: str | int | None) -> Any:
    """Rows with this key. An unknown key is like no other, not even another unknown one."""
    return false() if key is None else column == key


def _newest(
    site: Site, condition: Any, *, since: datetime | None = None, but: UUID | None = None
) -> Any:
    statement = select(Comment.status, Comment.created_at).where(
        Comment.site_id == site.id, condition
    )
    if since is not None:
        statement = statement.where(Comment.created_at > since)
    if but is not None:
        statement = statement.where(Comment.id != but)
    return statement.order_by(Comment.created_at.desc()).limit(LOOK_BACK).subquery()


def _count(rows: Any, condition: Any = None) -> Any:
    what = func.count() if condition is None else func.count(case((condition, 1)))
    return select(what).select_from(rows).scalar_subquery()


def _ban(site: Site, identity: Identity, now: datetime) -> Any:
    keys = [key for key in (identity.author_key, identity.email_key) if key is not None]
    return (
        select(Ban.reason)
        .where(
            Ban.site_id == site.id,
            Ban.author_key.in_(keys),
            or_(Ban.until.is_(None), Ban.until > now),
        )
        .limit(1)
        .scalar_subquery()
    )
