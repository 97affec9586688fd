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

from sqlalchemy import bindparam, case, func, or_, select, true
from sqlalchemy.orm import Session

from moderation.domain.judgement import Facts
from moderation.domain.status import PostState, Status
from moderation.storage.comments import Comment
from moderation.storage.people import Ban
from moderation.storage.review import AuthorStanding
from moderation.storage.sites import Site

#: Newest rows that are looked at per author, address and text.
LOOK_BACK = 200
_T = Comment.__table__
#: No comment has this id: nothing is left out.
_NOBODY = UUID(int=0)
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
    state: PostState | None,
    identity: Identity,
    key: int | None,
    *,
    now: datetime,
    count_bursts: bool,
    honeypot_filled: bool = False,
    form_seconds: float | None = None,
    staff: bool = False,
    editing: UUID | None = None,
    edited_after_decision: bool = False,
) -> Facts:
    """Count what the filters ask for.

    `state` is the post's, None while there is none; `editing` leaves the comment itself out.
    """
    row = (
        session.connection()
        .execute(
            _COUNTS,
            {
                "site": site.id,
                "text": key,
                "author": identity.author_key,
                "email": identity.email_key,
                "address": identity.address_key,
                "but": editing or _NOBODY,
                "now": now,
                "minute": now - timedelta(minutes=1),
                "ten": now - timedelta(minutes=10),
                "hour": now - timedelta(hours=1),
                "day": now - timedelta(days=1),
            },
        )
        .one()
    )
    return Facts(
        honeypot_filled=honeypot_filled,
        staff=staff,
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
        author_trusted=row[9] == "trusted",
        author_premoderated=row[9] == "premoderated",
        post_premoderated=bool(site.settings.get("premoderate")) or state is PostState.PREMODERATED,
        edited_after_decision=edited_after_decision,
    )


# One statement, put together once: building it for every comment took longer than running
# it. A key that is NULL equals nothing, so that two unknown authors are not one.


def _newest(key: Any, name: str, since: Any = None) -> Any:
    statement = select(_T.c.status, _T.c.created_at).where(
        _T.c.site_id == bindparam("site"), key == bindparam(name), _T.c.id != bindparam("but")
    )
    if since is not None:
        statement = statement.where(_T.c.created_at > since)
    return statement.order_by(_T.c.created_at.desc()).limit(LOOK_BACK).subquery()


def _among(condition: Any) -> Any:
    return func.count(case((condition, 1)))


def _counts() -> Any:
    texts = _newest(_T.c.text_key, "text", bindparam("day"))
    authors = _newest(_T.c.author_key, "author")
    addresses = _newest(_T.c.address_key, "address", bindparam("ten"))
    minute: Any = bindparam("minute")
    ten: Any = bindparam("ten")
    of_text = select(_among(texts.c.created_at > bindparam("hour")), func.count()).select_from(
        texts
    )
    of_author = select(
        _among(authors.c.status == Status.APPROVED.value),
        _among(authors.c.status.in_([Status.REJECTED.value, Status.SPAM.value])),
        _among(authors.c.created_at > minute),
        _among(authors.c.created_at > ten),
    ).select_from(authors)
    of_address = select(_among(addresses.c.created_at > minute), func.count()).select_from(
        addresses
    )
    ban = (
        select(Ban.reason)
        .where(
            Ban.site_id == bindparam("site"),
            or_(Ban.author_key == bindparam("author"), Ban.author_key == bindparam("email")),
            or_(Ban.until.is_(None), Ban.until > bindparam("now")),
        )
        .limit(1)
        .scalar_subquery()
    )
    standing = (
        select(AuthorStanding.standing)
        .where(
            AuthorStanding.site_id == bindparam("site"),
            AuthorStanding.author_key == bindparam("author"),
        )
        .scalar_subquery()
    )
    # Each is one row; joining them on nothing makes them the columns of one.
    text, author, address = (part.subquery() for part in (of_text, of_author, of_address))
    joined = text.join(author, true()).join(address, true())
    return select(*text.columns, *author.columns, *address.columns, ban, standing).select_from(
        joined
    )


_COUNTS = _counts()
