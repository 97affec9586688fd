"""The facts that the filters get about a comment, counted in queries of constant cost.

Every count looks at no more than a fixed number of the newest entries of an index, so a
store of ten million comments answers as fast as an empty one.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, func, or_, select, true, union_all
from sqlalchemy.engine import Connection

from moderation.domain.judgement import Facts
from moderation.domain.status import Status
from moderation.filters.text.near_duplicates import bands, is_near, near_key
from moderation.storage.compiled_statements import CompiledStatement, DirectConnection, Executor
from moderation.storage.models.authors import AuthorStanding, Ban
from moderation.storage.models.comments import NEAR_BANDS, Comment
from moderation.storage.models.sites import LinkHost, Site

from .flood_guard import per_minute
from .identity import Identity
from .link_history import HOSTS, linked_hosts
from .posts import PostLike

#: Newest entries that are counted per author, address and text.
LOOK_BACK = 200
#: The same for each band of a similarity hash.
LOOK_BACK_NEAR = 50
_T = Comment.__table__
_NOT_WORD = re.compile(r"[\W_]+")
#: Shorter texts are not compared: many people write "Thank you!".
_SHORT = 16


def text_key(text: str) -> int | None:
    """Hash a text without case, spacing and punctuation; None for a short one."""
    folded = _NOT_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())
    if len(folded) < _SHORT:
        return None
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8).digest(), signed=True)


def text_columns(text: str) -> dict[str, int | None]:
    """Return the columns by which equal and nearly equal texts are found."""
    near = near_key(text)
    bits = (None,) * len(NEAR_BANDS) if near is None else bands(near)
    return {
        "text_key": text_key(text),
        "near_key": near,
        **dict(zip(NEAR_BANDS, bits, strict=True)),
    }


def gather(
    unit: Executor,
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
    guest_held: bool = False,
    editing: UUID | None = None,
    edited_after_decision: bool = False,
) -> Facts:
    """Return the facts for the filters.

    `post` is None before its first comment, `keys` are the text's columns, and `editing`
    excludes the comment that is edited.
    """
    connection = unit.connection()
    # An edit adds no comment to a burst.
    new = editing is None
    hour, day = now - timedelta(hours=1), now - timedelta(days=1)
    parameters: dict[str, Any] = {
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
        row = _COUNTS.rows(connection, parameters)[0]
    else:
        row = _COUNTS_WITHOUT.rows(connection, parameters | {"but": editing})[0]
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
        author_1m=row[3] if new else 0,
        author_10m=row[4] if new else 0,
        address_1m=row[5] if new else 0,
        address_10m=row[6] if new else 0,
        post_1m=per_minute(post, now) if new and post is not None else 0,
        flooded_until=flooded if flooded is not None and flooded > now else None,
        ban=row[7],
        author_trusted=row[8] == "trusted",
        author_premoderated=row[8] == "premoderated",
        post_premoderated=premoderated,
        guest_held=guest_held,
        edited_after_decision=edited_after_decision,
        link_history=_link_history(connection, site, text),
    )


# Each statement is built once: building it for every comment took longer than running it.
# A key that is NULL equals nothing, so that two unknown authors are not taken for one.


def _newest(
    key: Any, name: str, since: Any, *, without: bool, columns: tuple[Any, ...] = ()
) -> Any:
    statement = select(_T.c.created_at, *columns).where(
        _T.c.site_id == bindparam("site"), key == bindparam(name)
    )
    if without:
        statement = statement.where(_T.c.id != bindparam("but"))
    if since is not None:
        statement = statement.where(_T.c.created_at > since)
    return statement.order_by(_T.c.created_at.desc()).limit(LOOK_BACK).subquery()


def _among(condition: Any) -> Any:
    return func.count(case((condition, 1)))


def _counts(*, without: bool) -> CompiledStatement:
    texts = _newest(_T.c.text_key, "text", bindparam("day"), without=without)
    authors = _newest(_T.c.author_key, "author", None, without=without, columns=(_T.c.status,))
    addresses = _newest(_T.c.address_key, "address", bindparam("ten"), without=without)
    minute: Any = bindparam("minute")
    ten: Any = bindparam("ten")
    of_text = select(_among(texts.c.created_at > bindparam("hour")), func.count()).select_from(
        texts
    )
    of_author = select(
        _among(authors.c.status == Status.APPROVED.value),
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
    # Each is one row; a cross join makes them the columns of one row.
    text, author, address = (part.subquery() for part in (of_text, of_author, of_address))
    joined = text.join(author, true()).join(address, true())
    return CompiledStatement(
        select(*text.columns, *author.columns, *address.columns, ban, standing).select_from(joined)
    )


_COUNTS = _counts(without=False)
_COUNTS_WITHOUT = _counts(without=True)


def _alike(*, without: bool) -> CompiledStatement:
    parts = []
    for band in NEAR_BANDS:
        statement = select(_T.c.near_key, _T.c.created_at).where(
            _T.c.site_id == bindparam("site"),
            _T.c[band] == bindparam(band),
            _T.c.near_key.is_not(None),
            _T.c.created_at > bindparam("day"),
        )
        if without:
            statement = statement.where(_T.c.id != bindparam("but"))
        newest = statement.order_by(_T.c.created_at.desc()).limit(LOOK_BACK_NEAR).subquery()
        parts.append(select(newest))
    combined = union_all(*parts).subquery()
    return CompiledStatement(select(combined.c.near_key, combined.c.created_at))


_ALIKE = _alike(without=False)
_ALIKE_WITHOUT = _alike(without=True)


def _near(
    connection: Connection | DirectConnection,
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
    parameters = {**keys, "site": site.id, "day": day}
    if editing is None:
        rows = _ALIKE.rows(connection, parameters)
    else:
        rows = _ALIKE_WITHOUT.rows(connection, parameters | {"but": editing})
    # A text is found once in every band that it shares.
    near = [at for other, at in set(rows) if is_near(key, other)]
    return sum(at > hour for at in near), len(near)


_HOSTS = CompiledStatement(
    select(LinkHost.host, LinkHost.spam, LinkHost.fine).where(
        LinkHost.site_id == bindparam("site"),
        or_(*(LinkHost.host == bindparam(f"host_{n}") for n in range(HOSTS))),
    )
)


def _link_history(
    connection: Connection | DirectConnection, site: Site, text: str
) -> Mapping[str, tuple[int, int]]:
    """Return the counts of moderators' decisions about comments that link to the text's hosts."""
    linked = linked_hosts(text)
    if not linked:
        return {}
    used = {f"host_{n}": host for n, host in enumerate(linked)}
    unused = {f"host_{n}": None for n in range(len(linked), HOSTS)}
    rows = _HOSTS.rows(connection, {**used, **unused, "site": site.id})
    return {host: (spam, fine) for host, spam, fine in rows}
