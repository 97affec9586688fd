"""The rows that belong to a comment, such as votes, reports and appeals, as lines and back."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, exists, select
from sqlalchemy.orm import Session, aliased

from moderation.storage.models.appeals import Appeal
from moderation.storage.models.base import Base
from moderation.storage.models.posts import Post, PostRedirect
from moderation.storage.models.reports import CommentReport
from moderation.storage.models.transfer import ImportedComment
from moderation.storage.models.votes import Vote

Line = dict[str, Any]

VOTE, REPORT, APPEAL, ORIGIN = "vote", "report", "appeal", "origin"


@dataclass(frozen=True, slots=True)
class Attached:
    """One type of such lines, its table, and the columns of its keys beside the comment's."""

    type: str
    table_name: str
    columns: Mapping[str, str]
    #: The columns that order the lines of one comment; with the comment they are unique.
    order: tuple[str, ...]
    #: Columns without a line, as an import writes them.
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        return Base.metadata.tables[self.table_name]


def _same(*names: str, **others: str) -> Mapping[str, str]:
    return MappingProxyType({**{name: name for name in names}, **others})


ATTACHED = (
    Attached(VOTE, Vote.__tablename__, _same("voter", "value", "created_at"), ("voter",)),
    Attached(
        REPORT,
        CommentReport.__tablename__,
        _same(
            *("id", "reporter", "signed_in", "reason", "text", "explanation", "good_faith"),
            *("name", "email", "language", "weight", "revision", "created_at", "decided_at"),
            *("outcome", "erased_at"),
            decision="decision_id",
        ),
        ("id",),
        # The hash of an address is kept for a while only; no mail is sent from a copy.
        MappingProxyType({"block_key": None, "due_at": None}),
    ),
    Attached(
        APPEAL,
        Appeal.__tablename__,
        _same(
            *("id", "text", "language", "state", "created_at", "decided_at", "decided_by"),
            *("note", "answer", "same_moderator"),
            decision="decision_id",
            new_decision="new_decision_id",
        ),
        ("id",),
        MappingProxyType({"moderator_id": None}),
    ),
    # By it a newer export of the other system finds what it has brought before.
    Attached(
        ORIGIN,
        ImportedComment.__tablename__,
        _same(
            *("source", "foreign_id", "written_at", "digest", "version", "votes_up", "votes_down"),
            "judged",
        ),
        ("source", "foreign_id", "written_at"),
    ),
)
TYPES: Mapping[str, Attached] = MappingProxyType({each.type: each for each in ATTACHED})


def lines_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Line]]:
    """Return the lines that belong to each of these comments."""
    found: dict[UUID, list[Line]] = defaultdict(list)
    for each in ATTACHED:
        table = each.table
        rows = session.execute(
            select(table)
            .where(table.c.comment_id.in_(ids))
            .order_by(table.c.comment_id, *(table.c[name] for name in each.order))
        )
        for row in rows.mappings():
            values = {key: _written(row[column]) for key, column in each.columns.items()}
            found[row["comment_id"]].append(
                {"type": each.type, "comment": row["comment_id"], **values}
            )
    return found


def _written(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def counted(lines: Sequence[Line]) -> tuple[int, int]:
    """Return the numbers of the votes for and against among these lines."""
    values = [line["value"] for line in lines if line["type"] == VOTE]
    return sum(value > 0 for value in values), sum(value < 0 for value in values)


def totals(comment: Any) -> tuple[int, int]:
    """Return a comment's votes for and against it."""
    return comment.votes_up, comment.votes_down


def redirect_lines(
    session: Session, site_id: int, conditions: Sequence[ColumnElement[bool]]
) -> Iterator[Line]:
    """Yield the earlier ids of posts, in the order of their code points."""
    other = aliased(Post)
    is_used = exists().where(
        other.site_id == site_id, other.external_id == PostRedirect.external_id
    )
    rows = session.execute(
        select(PostRedirect.external_id, Post.external_id, PostRedirect.created_at)
        .join(Post, Post.id == PostRedirect.post_id)
        .where(PostRedirect.site_id == site_id, ~is_used, *conditions)
    ).all()
    for id, post, at in sorted(rows, key=lambda row: str(row[0])):
        yield {"type": "redirect", "id": id, "post": post, "created_at": at}
