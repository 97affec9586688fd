"""What is known before a text is judged, counted in queries that stay flat.

Every count looks at no more than a fixed number of the newest entries of an index, so a
store of ten million comments answers as fast as an empty one.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, func, or_, select, true, union_all
from sqlalchemy.engine import Connection

from moderation.domain.judgement import Facts
from moderation.domain.status import Status
from moderation.filters.nearness import bands, is_near, near_key
from moderation.storage.comments import NEAR_BANDS, Comment
from moderation.storage.people import Ban
from moderation.storage.prepared import Prepared, Turn, Unit
from moderation.storage.review import AuthorStanding
from moderation.storage.sites import LinkHost, Site

from .breaker import PostLike, per_minute
from .linked import HOSTS, linked_hosts

#: Newest entries that are looked at per author, address and text.
LOOK_BACK = 200
#: The same for each band of a similarity hash.
LOOK_BACK_NEAR = 50
_T = Comment.__table__
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


def text_columns(text: str) -> dict[str, int | None]:
    """What a comment's row keeps of its text, to find the same and nearly the same again."""
    near = near_key(text)
    found = (None,) * len(NEAR_BANDS) if near is None else bands(near)
    return {
        "text_key": text_key(text),
        "near_key": near,
        **dict(zip(NEAR_BANDS, found, strict=True)),
    }


def gather(
    unit: Unit,
    site: Site,
    post: PostLike | None,
    identity: Identity,
    text: str,
    keys: Mapping[str, int | None],
    *,
    now: datetime,
    premoderated: bool,
    honeypot_filled: bool = False,
    form_seconds: float | None = None,
    staff: bool = False,
    editing: UUID | None = None,
    edited_after_decision: bool = False,
) -> Facts:
    """Count what the filters ask for.

    `post` is None while there is none, `keys` are the text's columns, and `editing` leaves
    the comment itself out.
    """
    connection = unit.connection()
    # An edit adds no comment to a burst.
    new = editing is None
    hour, day = now - timedelta(hours=1), now - timedelta(days=1)
    known: dict[str, Any] = {
        "site": site.id,
        "text": keys["text_key"],
        "author": identity.author_key,
        "email": identity.email_key,
        "address": identity.address_key,
        "now": now,
        "minute": now - timedelta(minutes=1),
        "ten": now - timedelta(minutes=10),
        "hour": hour,
        "day": day,
    }
    if new:
        row = _COUNTS.rows(connection, known)[0]
    else:
        row = _COUNTS_BUT.rows(connection, known | {"but": editing})[0]
    near = _near(connection, site, keys, hour, day, editing)
    flooded = None if post is None else post.flooded_until
    return Facts(
        honeypot_filled=honeypot_filled,
        staff=staff,
        form_seconds=form_seconds,
        same_text_1h=row[0],
        same_text_24h=row[1],
        near_text_1h=near[0],
        near_text_24h=near[1],
        author_approved=row[2],
        author_rejected=row[3],
        author_1m=row[4] if new else 0,
        author_10m=row[5] if new else 0,
        address_1m=row[6] if new else 0,
        address_10m=row[7] if new else 0,
        post_1m=per_minute(post, now) if new and post is not None else 0,
        flooded_until=flooded if flooded is not None and flooded > now else None,
        ban=row[8],
        author_trusted=row[9] == "trusted",
        author_premoderated=row[9] == "premoderated",
        post_premoderated=premoderated,
        edited_after_decision=edited_after_decision,
        link_history=_link_history(connection, site, text),
    )


# Each statement is put together once: building it for every comment took longer than
# running it. A key that is NULL equals nothing, so that two unknown authors are not one.


def _newest(key: Any, name: str, since: Any, *, but: bool, columns: tuple[Any, ...] = ()) -> Any:
    statement = select(_T.c.created_at, *columns).where(
        _T.c.site_id == bindparam("site"), key == bindparam(name)
    )
    if but:
        statement = statement.where(_T.c.id != bindparam("but"))
    if since is not None:
        statement = statement.where(_T.c.created_at > since)
    return statement.order_by(_T.c.created_at.desc()).limit(LOOK_BACK).subquery()


def _among(condition: Any) -> Any:
    return func.count(case((condition, 1)))


def _counts(*, but: bool) -> Prepared:
    texts = _newest(_T.c.text_key, "text", bindparam("day"), but=but)
    authors = _newest(_T.c.author_key, "author", None, but=but, columns=(_T.c.status,))
    addresses = _newest(_T.c.address_key, "address", bindparam("ten"), but=but)
    minute: Any = bindparam("minute")
    ten: Any = bindparam("ten")
    refused = or_(authors.c.status == Status.REJECTED.value, authors.c.status == Status.SPAM.value)
    of_text = select(_among(texts.c.created_at > bindparam("hour")), func.count()).select_from(
        texts
    )
    of_author = select(
        _among(authors.c.status == Status.APPROVED.value),
        _among(refused),
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
    return Prepared(
        select(*text.columns, *author.columns, *address.columns, ban, standing).select_from(joined)
    )


_COUNTS = _counts(but=False)
_COUNTS_BUT = _counts(but=True)


def _alike(*, but: bool) -> Prepared:
    parts = []
    for band in NEAR_BANDS:
        statement = select(_T.c.near_key, _T.c.created_at).where(
            _T.c.site_id == bindparam("site"),
            _T.c[band] == bindparam(band),
            _T.c.near_key.is_not(None),
            _T.c.created_at > bindparam("day"),
        )
        if but:
            statement = statement.where(_T.c.id != bindparam("but"))
        newest = statement.order_by(_T.c.created_at.desc()).limit(LOOK_BACK_NEAR).subquery()
        parts.append(select(newest))
    every = union_all(*parts).subquery()
    return Prepared(select(every.c.near_key, every.c.created_at))


_ALIKE = _alike(but=False)
_ALIKE_BUT = _alike(but=True)


def _near(
    connection: Connection | Turn,
    site: Site,
    keys: Mapping[str, int | None],
    hour: datetime,
    day: datetime,
    editing: UUID | None,
) -> tuple[int, int]:
    """Count the nearly equal texts of the last hour and day; a text counts itself once."""
    key = keys["near_key"]
    if key is None:
        return 0, 0
    known = {**keys, "site": site.id, "day": day}
    if editing is None:
        rows = _ALIKE.rows(connection, known)
    else:
        rows = _ALIKE_BUT.rows(connection, known | {"but": editing})
    # A text is found once in every band that it shares.
    near = [at for other, at in set(rows) if is_near(key, other)]
    return sum(at > hour for at in near), len(near)


_HOSTS = Prepared(
    select(LinkHost.host, LinkHost.spam, LinkHost.fine).where(
        LinkHost.site_id == bindparam("site"),
        or_(*(LinkHost.host == bindparam(f"host_{n}") for n in range(HOSTS))),
    )
)


def _link_history(
    connection: Connection | Turn, site: Site, text: str
) -> Mapping[str, tuple[int, int]]:
    """What people decided about comments that link to the hosts of this text."""
    linked = linked_hosts(text)
    if not linked:
        return {}
    known = {f"host_{n}": host for n, host in enumerate(linked)}
    missing = {f"host_{n}": None for n in range(len(linked), HOSTS)}
    found = _HOSTS.rows(connection, {**known, **missing, "site": site.id})
    return {host: (spam, fine) for host, spam, fine in found}
