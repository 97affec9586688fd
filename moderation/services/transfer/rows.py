"""Comments of an ordered spill as rows that are ready to be stored."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from moderation.domain.judgement import Verdict
from moderation.domain.status import Status

from ..comments import facts
from ..signing import Signing
from . import identity
from .prepared import NAMELESS, moment_of
from .records import ImportedAuthor
from .spill import Spill

#: Featured comments of one post, as moderators may have.
MOST_FEATURED = 3
#: Comments of this age are compared with new ones, to find repeated texts.
_COMPARED = timedelta(days=2)
_ROWS = (
    "SELECT c.n, c.key, c.written, c.status, c.text, c.html, c.edited, c.featured, c.up, c.down,"
    " c.parent_id, p.key, p.written, c.page, pages.post_id, pages.url, pages.title,"
    " pages.is_closed, coalesce(pages.created, c.written), c.author,"
    " coalesce(nullif(c.name, ''), a.name, ''), coalesce(nullif(c.email, ''), a.email, ''),"
    " coalesce(nullif(c.website, ''), a.website, ''), max(c.is_staff, coalesce(a.is_staff, 0)),"
    " c.own_id"
    " FROM comments c JOIN pages ON pages.page = c.page"
    " LEFT JOIN comments p ON p.n = c.parent"
    " LEFT JOIN authors a ON a.key = c.author AND c.author <> ''"
    " ORDER BY c.page, c.depth, c.n"
)


@dataclass(slots=True)
class Row:
    """A comment of the spill, ready to be stored."""

    key: str
    written: datetime
    parent: "ForeignId | None"
    #: Our id of a parent that an earlier import stored.
    parent_id: UUID | None
    post_id: str
    post_url: str
    post_title: str
    post_closed: bool
    post_created: datetime
    #: The status that it gets here.
    decided: Status
    author: ImportedAuthor
    digest: bytes
    votes: tuple[int, int]
    is_featured: bool
    own_id: UUID | None
    #: Columns of the comment except its ids, status and votes.
    columns: dict[str, Any]
    verdict: Verdict | None = None

    @property
    def id(self) -> "ForeignId":
        """Return the key that distinguishes it from all others of its source."""
        return self.key, self.written

    @property
    def text(self) -> str:
        """Return its text, empty for a deleted one."""
        return str(self.columns["text"])


#: The id of a comment there, and when it was written.
ForeignId = tuple[str, datetime]


def rows_of(runtime: Signing, source: str, spill: Spill, now: datetime) -> Iterator[Row]:
    """Yield the comments of a spill, page after page, parents before their answers."""
    page, featured = None, 0
    keys: dict[tuple[str, str], identity.Keys] = {}
    for values in spill.each(_ROWS):
        row = _row(runtime, source, values, keys)
        if now - row.written < _COMPARED and row.text:
            # Only new comments are compared with these.
            row.columns |= facts.text_columns(row.text)
        if values[13] != page:
            page, featured = values[13], 0
        row.is_featured = row.is_featured and row.decided is Status.APPROVED
        featured += row.is_featured
        row.is_featured = row.is_featured and featured <= MOST_FEATURED
        yield row


def _row(
    runtime: Signing,
    source: str,
    values: tuple[Any, ...],
    known: dict[tuple[str, str], identity.Keys],
) -> Row:
    (_, key, written, status, text, html, edited, featured, up, down) = values[:10]
    (parent_id, parent_key, parent_written, _, post_id, url, title, closed, created) = values[10:19]
    author = ImportedAuthor(values[19], values[20], values[21], values[22], bool(values[23]))
    own_id = values[24]
    at = moment_of(written)
    is_deleted = status == Status.DELETED.value
    if at is None:
        raise AssertionError("every comment has a time")
    found = known.get((author.key, author.email))
    if found is None:
        if len(known) > 10_000:
            known.clear()
        found = known[(author.key, author.email)] = identity.keys_of(runtime, source, author)
    content = (status, text, author.name, author.website, str(edited), str(featured))
    digest = hashlib.blake2b("\0".join(content).encode("utf-8"), digest_size=16).digest()
    columns: dict[str, Any] = {
        "author_name": "" if is_deleted else author.name or NAMELESS,
        "author_email": None,
        "author_website": None if is_deleted else author.website or None,
        "author_id": None,
        "staff": author.is_staff and not is_deleted,
        "author_key": None if is_deleted else found.author_key,
        "email_key": None if is_deleted else found.email_key,
        "address_key": None,
        "block_key": None,
        "text": text,
        "html": html,
        "revision": 1,
        "created_at": at,
        "edited_at": moment_of(edited),
    }
    parent_at = moment_of(parent_written)
    return Row(
        key,
        at,
        (parent_key, parent_at) if parent_at is not None else None,
        UUID(parent_id) if parent_id else None,
        post_id,
        url,
        title,
        bool(closed),
        moment_of(created) or at,
        Status(status),
        author,
        digest,
        (0, 0) if is_deleted else (up, down),
        bool(featured),
        UUID(own_id) if own_id else None,
        columns,
    )
