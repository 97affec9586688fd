"""The ids of an imported file: kept, or replaced where another site of the store has them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.storage.models.authors import AuthorNote
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision

from .attached import ATTACHED
from .jsonl_file import Checked


@dataclass(frozen=True, slots=True)
class Ids:
    """Maps ids of a file to those of the store; a second import maps them to the same."""

    site_id: int
    #: False: every id is kept.
    are_new: bool

    def of(self, id: UUID) -> UUID:
        """Return the id in the store: a UUIDv7 of the same time, if it is a new one."""
        if not self.are_new:
            return id
        seed = self.site_id.to_bytes(8, "big") + id.bytes
        other = bytearray(hashlib.blake2b(seed, digest_size=10, person=b"moderation copy").digest())
        other[0] = 0x70 | other[0] & 0x0F
        other[2] = 0x80 | other[2] & 0x3F
        return UUID(bytes=id.bytes[:6] + bytes(other))

    def maybe(self, id: UUID | None) -> UUID | None:
        """Return the id in the store; None for None."""
        return None if id is None else self.of(id)


def chosen(session: Session, site_id: int, file: Checked) -> Ids:
    """Return new ids where another site has one of the file's, or where an import made them."""
    kept, new = Ids(site_id, False), Ids(site_id, True)
    for pairs in file.ids():
        comments = [id for id, comment in pairs if comment is None]
        made = [new.of(id) for id in comments]
        if made and session.scalar(
            select(Comment.id).where(Comment.site_id == site_id, Comment.id.in_(made)).limit(1)
        ):
            return new
        if any(_elsewhere(session, site_id, dict(pairs))):
            return new
    return kept


def _elsewhere(session: Session, site_id: int, owners: dict[UUID, UUID | None]) -> Iterator[bool]:
    """Yield whether ids are taken by other rows than the ones that the file is about."""
    ids = list(owners)
    yield bool(
        session.scalar(
            select(Comment.id).where(Comment.id.in_(ids), Comment.site_id != site_id).limit(1)
        )
    )
    yield bool(
        session.scalar(
            select(AuthorNote.id)
            .where(AuthorNote.id.in_(ids), AuthorNote.site_id != site_id)
            .limit(1)
        )
    )
    tables: list[Any] = [
        Decision.__table__,
        *(each.table for each in ATTACHED if "id" in each.columns),
    ]
    for table in tables:
        rows = session.execute(select(table.c.id, table.c.comment_id).where(table.c.id.in_(ids)))
        yield any(owners[id] != comment_id for id, comment_id in rows)
