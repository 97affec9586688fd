"""Storing of an ordered spill, in small transactions that let readers and writers proceed.

Rows are prepared outside of the transactions. Each transaction reads what is there, adds what is
new, and changes what changed in the file and not here, so that an import can be killed at any
moment and run again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.judgement import Verdict
from moderation.domain.status import Actor, Outcome, PostState, Status
from moderation.domain.votes import vote_columns
from moderation.storage.change_feed import bump_version
from moderation.storage.compiled_statements import CompiledStatement
from moderation.storage.models.comments import Comment, Revision
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.models.transfer import ImportedComment as Mapping
from moderation.storage.posts import add_post
from moderation.storage.transactions import transact

from ..comments import erasure, ledger
from ..signing import Signing
from . import identity
from .rows import ForeignId, Row, rows_of
from .spill import Spill

#: Comments of one transaction, which takes a few hundredths of a second.
BATCH = 400

OUTCOMES = {
    Status.APPROVED: Outcome.APPROVE,
    Status.HELD: Outcome.HOLD,
    Status.REJECTED: Outcome.REJECT,
    Status.SPAM: Outcome.SPAM,
    Status.DELETED: Outcome.DELETE,
}
BY = By(Actor.SITE, "import")

_T: Any = Mapping.__table__
_INSERT = CompiledStatement(
    insert(_T).inline(), [column.key for column in _T.columns if column.key != "id"]
)

#: Judges a text before it is stored, or returns None where nothing needs to be judged.
Judge = Callable[["Row"], Verdict | None]


@dataclass(slots=True)
class Stored:
    """Counts of what was done."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    #: Changed or removed here since the last import, and left as they are.
    kept: int = 0
    posts: int = 0
    bans: int = 0
    by_status: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Return the number of entries that were looked at."""
        return self.added + self.changed + self.unchanged + self.kept

    def add(self, other: "Stored") -> None:
        """Add the counts of a batch."""
        self.added += other.added
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.kept += other.kept
        self.posts += other.posts
        for status, count in other.by_status.items():
            self.by_status[status] = self.by_status.get(status, 0) + count


#: Called in the transaction of each batch with all that is stored when it is committed; what it
#: writes is committed with the batch, and its error rolls the batch back.
Tally = Callable[[Stored], object]


def store(
    session: Session,
    runtime: Signing,
    site: Site,
    source: str,
    spill: Spill,
    *,
    now: datetime,
    judge: Judge | None = None,
    progress: Callable[[Stored], object] = lambda _: None,
    tally: Tally | None = None,
) -> Stored:
    """Store all comments of a spill; commits many times. `judge`: hold what it finds doubtful."""
    total = Stored()
    site_id, name = site.id, site.name
    rows = rows_of(runtime, source, spill, now)
    while batch := list(islice(rows, BATCH)):
        writer = _Batch(session, site_id, name, source, batch, now)
        if judge is not None:
            known = {key: each.digest for key, each in writer.known().items()}
            session.rollback()
            _judge([row for row in batch if known.get(row.id) != row.digest], judge)
        total.add(transact(session, partial(_write, writer, total, tally)))
        progress(total)
    return total


def _write(writer: "_Batch", total: Stored, tally: Tally | None) -> Stored:
    done = writer.write()
    if tally is not None:
        so_far = Stored()
        so_far.add(total)
        so_far.add(done)
        tally(so_far)
    return done


def _judge(rows: Sequence[Row], judge: Judge) -> None:
    for row in rows:
        row.verdict = judge(row)
        if row.verdict is not None and row.verdict.outcome is not Outcome.APPROVE:
            row.decided = Status.HELD


def _featured_at(row: Row) -> datetime | None:
    return row.written if row.is_featured and row.decided is Status.APPROVED else None


class _Batch:
    """One transaction; `write` may run again after a lost race."""

    def __init__(
        self,
        session: Session,
        site_id: int,
        site: str,
        source: str,
        rows: Sequence[Row],
        now: datetime,
    ) -> None:
        self._session = session
        self._site_id, self._site, self._source = site_id, site, source
        self._rows, self._now = rows, now
        self._policy = f"{ledger.IMPORT_POLICY}{source}"

    def write(self) -> Stored:
        """Store the rows in the caller's transaction."""
        done = Stored()
        known = self.known()
        # Ids of all comments of the batch, so that answers find their parents.
        ids: dict[ForeignId, UUID | None] = {}
        for key, mapping in known.items():
            ids[key] = mapping.comment_id
        new = [row for row in self._rows if row.id not in known]
        old = [row for row in self._rows if row.id in known]
        if new:
            self._add(new, ids, done)
        for row in old:
            self._update(row, known[row.id], done)
        return done

    def known(self) -> dict[ForeignId, Mapping]:
        """Return what was imported before, of these comments and of their parents."""
        keys = {row.key for row in self._rows}
        keys |= {row.parent[0] for row in self._rows if row.parent is not None}
        found = self._session.scalars(
            select(Mapping)
            .where(
                Mapping.site_id == self._site_id,
                Mapping.source == self._source,
                Mapping.foreign_id.in_(keys),
            )
            .execution_options(populate_existing=True)
        )
        return {(each.foreign_id, each.written_at): each for each in found}

    def _add(self, rows: Sequence[Row], ids: dict[ForeignId, UUID | None], done: Stored) -> None:
        session = self._session
        posts = self._posts(rows, done)
        taken = self._new_ids(rows, ids)
        parents = {id for row in rows if (id := self._parent(row, ids)) is not None}
        stored_parents = {
            id: (post_id, status)
            for id, post_id, status in session.execute(
                select(Comment.id, Comment.post_id, Comment.status).where(Comment.id.in_(parents))
            )
        }
        placed = dict[UUID, int]()
        comments, mappings = [], []
        for row in rows:
            id = ids[row.id]
            if id is None:
                raise AssertionError("a new comment has an id")
            if id in taken:
                # The comment is there, the row about its import is not: another store's copy.
                mappings.append(self._mapping(row, id, taken[id]))
                done.unchanged += 1
                continue
            parent_id = self._parent(row, ids)
            post_id = posts[row.post_id]
            if parent_id in stored_parents:
                # Its thread may have moved to another post since it was imported.
                post_id = stored_parents[parent_id][0]
            elif parent_id is not None and parent_id in placed:
                post_id = placed[parent_id]
            else:
                parent_id = None
            placed[id] = post_id
            given = self._status(row, id)
            comments.append((self._columns(row, id, post_id, parent_id, given), given))
            mappings.append(self._mapping(row, id, 1))
            done.added += 1
            done.by_status[row.decided.value] = done.by_status.get(row.decided.value, 0) + 1
        ledger.record_imported(session, comments)
        _INSERT.run_many(session.connection(), mappings)

    def _parent(self, row: Row, ids: dict[ForeignId, UUID | None]) -> UUID | None:
        return ids.get(row.parent) if row.parent is not None else row.parent_id

    def _new_ids(self, rows: Sequence[Row], ids: dict[ForeignId, UUID | None]) -> dict[UUID, int]:
        """Give each row its id; return the versions of comments that are there already."""
        waiting, taken = list(rows), dict[UUID, int]()
        attempt = 0
        while waiting:
            for row in waiting:
                own = row.own_id if attempt == 0 else None
                ids[row.id] = own or identity.comment_id(
                    self._site, self._source, row.key, row.written, attempt=attempt
                )
            asked = [ids[row.id] for row in waiting]
            there = {
                id: (site_id, version)
                for id, site_id, version in self._session.execute(
                    select(Comment.id, Comment.site_id, Comment.version).where(
                        Comment.id.in_(asked)
                    )
                )
            }
            taken |= {id: version for id, (site, version) in there.items() if site == self._site_id}
            # An id that another site of this store has is left to it.
            waiting = [
                row
                for row in waiting
                if (id := ids[row.id]) in there and there[id][0] != self._site_id
            ]
            attempt += 1
        return taken

    def _posts(self, rows: Sequence[Row], done: Stored) -> dict[str, int]:
        """Return the keys of the posts, created if missing, and locked in their order."""
        session = self._session
        wanted = {row.post_id: row for row in rows}
        statement = (
            select(Post)
            .where(Post.site_id == self._site_id, Post.external_id.in_(wanted))
            .order_by(Post.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found = {post.external_id: post for post in session.scalars(statement)}
        missing = [row for name, row in wanted.items() if name not in found]
        if missing:
            for row in missing:
                add_post(session, self._site_id, row.post_id, announced=False, now=row.post_created)
            found = {post.external_id: post for post in session.scalars(statement)}
        for row in missing:
            post = found[row.post_id]
            post.title, post.url = row.post_title or None, row.post_url or None
            if row.post_closed:
                post.state = PostState.CLOSED.value
        for name, post in found.items():
            row = wanted[name]
            if not post.announced:
                post.title = post.title or row.post_title or None
                post.url = post.url or row.post_url or None
        session.flush()
        done.posts += len(missing)
        return {name: int(post.id) for name, post in found.items()}

    def _status(self, row: Row, id: UUID) -> ledger.ImportedStatus:
        return ledger.ImportedStatus(
            identity.decision_id(id, row.digest, row.written),
            row.decided,
            OUTCOMES[row.decided],
            BY,
            self._policy,
            row.written,
            row.verdict,
        )

    def _columns(
        self,
        row: Row,
        id: UUID,
        post_id: int,
        parent_id: UUID | None,
        given: ledger.ImportedStatus,
    ) -> dict[str, Any]:
        return {
            **row.columns,
            "id": id,
            "site_id": self._site_id,
            "post_id": post_id,
            "parent_id": parent_id,
            **vote_columns(*row.votes),
            "featured_at": row.written
            if row.is_featured and row.decided is Status.APPROVED
            else None,
            # A person or the old system decided; what waits there waits here.
            "decided_at": None if row.decided is Status.HELD else row.written,
            **ledger.judged_columns(given, row.written),
        }

    def _mapping(self, row: Row, id: UUID, version: int) -> dict[str, Any]:
        return {
            "site_id": self._site_id,
            "source": self._source,
            "foreign_id": row.key,
            "written_at": row.written,
            "comment_id": id,
            "digest": row.digest,
            "version": version,
            "votes_up": row.votes[0],
            "votes_down": row.votes[1],
            "judged": row.verdict is not None or row.decided is Status.DELETED,
        }

    def _update(self, row: Row, mapping: Mapping, done: Stored) -> None:
        """Change a comment that changed there and not here."""
        session = self._session
        same_votes = (mapping.votes_up, mapping.votes_down) == row.votes
        if mapping.comment_id is None:
            done.kept += 1
            return
        if mapping.digest == row.digest and same_votes:
            done.unchanged += 1
            return
        comment, _ = ledger.lock(session, mapping.comment_id)
        if not same_votes:
            self._change_votes(comment, row, mapping)
        if mapping.digest == row.digest:
            done.changed += 1
            return
        if comment.version != mapping.version:
            done.kept += 1
            mapping.digest = row.digest
            session.flush()
            return
        columns = ledger.comment_columns(comment)
        given = self._status(row, mapping.comment_id)
        if row.decided is Status.DELETED:
            erasure.forget_examples(session, [comment.id])
            erasure.forget_traces(session, [comment.id])
        elif row.text != comment.text:
            session.add(
                Revision(
                    comment_id=comment.id,
                    revision=comment.revision,
                    text=comment.text,
                    html=comment.html,
                    replaced_at=row.columns["edited_at"] or self._now,
                )
            )
        changes = {
            **{name: value for name, value in row.columns.items() if name != "created_at"},
            "revision": comment.revision + (row.text != comment.text),
            **ledger.judged_columns(given, row.written),
            "featured_at": _featured_at(row),
            "decided_at": None if row.decided is Status.HELD else row.written,
        }
        mapping.version = ledger.change_imported(session, columns, changes, given)
        mapping.digest = row.digest
        mapping.judged = row.decided is Status.DELETED
        session.flush()
        done.changed += 1

    def _change_votes(self, comment: Comment, row: Row, mapping: Mapping) -> None:
        """Add the difference between the votes of two exports."""
        up = max(0, comment.votes_up + row.votes[0] - mapping.votes_up)
        down = max(0, comment.votes_down + row.votes[1] - mapping.votes_down)
        self._session.execute(
            update(Comment).where(Comment.id == comment.id).values(**vote_columns(up, down))
        )
        bump_version(self._session, comment.post_id)
        mapping.votes_up, mapping.votes_down = row.votes
        self._session.flush()
