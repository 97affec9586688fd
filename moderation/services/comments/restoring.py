"""The part of the ledger that restores comments with the decisions of another store.

It writes what `ledger.record` would have written there: comments with every decision about them,
an audit entry for each, their listing and the counts of their posts. No message is sent: that store
has sent it. A file does not decide what readers see: the listing follows from the
status, and HTML is rendered here or sanitised again.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.status import Listing
from moderation.storage.change_feed import bump_version, bump_versions
from moderation.storage.compiled_statements import CompiledStatement
from moderation.storage.models.comments import Comment, Revision
from moderation.storage.models.decisions import AuditEntry, Claim, Decision

from . import ledger, listing

Row = dict[str, Any]

#: The action of the audit entry of a restored decision, which no message to the site follows.
RESTORED = "comment.restored"

_INSERT_REVISION = CompiledStatement(
    insert(Revision.__table__).inline(),  # type: ignore[arg-type]
    [column.key for column in Revision.__table__.columns],
)
_INSERT_AUDIT = CompiledStatement(
    insert(AuditEntry.__table__).inline(),  # type: ignore[arg-type]
    [column.key for column in AuditEntry.__table__.columns if column.key != "id"],
)


def insert_comments(session: Session, rows: Sequence[Row]) -> None:
    """Insert comments that are not in the store, every parent before its replies.

    `rows` have all columns but those of the listing. The caller has locked the posts.
    """
    if not rows:
        return
    placed = listing.place(session, rows)
    connection = session.connection()
    ledger.INSERT_COMMENT.run_many(connection, [{**ledger.NEW_COMMENT, **row} for row in placed])
    shown = Counter(row["post_id"] for row in placed if row["listing"] == Listing.SHOWN)
    visible = {row["post_id"] for row in placed if row["listing"] != Listing.HIDDEN}
    bump_versions(session, {post_id: shown[post_id] for post_id in visible})


def replace_comment(session: Session, comment: Comment, changes: Row) -> None:
    """Bring a comment to the state that it had in the other store."""
    changed = {**ledger.comment_columns(comment), **changes}
    session.execute(update(Comment).where(Comment.id == comment.id).values(**changes))
    _, _, shown = listing._relist(session, changed)
    session.execute(delete(Claim).where(Claim.comment_id == comment.id))
    session.execute(delete(Revision).where(Revision.comment_id == comment.id))
    bump_version(session, changed["post_id"], shown=shown)


def insert_history(
    session: Session, revisions: Sequence[Row], decisions: Sequence[Row], by: By, now: datetime
) -> None:
    """Insert earlier texts and decisions; `decisions` have a `site_id` for the audit trail."""
    connection = session.connection()
    _INSERT_REVISION.run_many(connection, revisions)
    ledger.INSERT_DECISION.run_many(connection, decisions)
    _INSERT_AUDIT.run_many(connection, [_audit_row(row, by, now) for row in decisions])


def _audit_row(decision: Row, by: By, now: datetime) -> Row:
    return {
        "at": now,
        "site_id": decision["site_id"],
        "actor": by.actor.value,
        "actor_name": by.name,
        "action": RESTORED,
        "subject": f"comment:{decision['comment_id']}",
        "detail": {
            "decision": str(decision["id"]),
            "outcome": decision["outcome"],
            "from": decision["previous_status"],
            "to": decision["status"],
            "reason": decision["reason"],
            "by": decision["actor_name"],
            "at": decision["created_at"].isoformat(),
        },
    }


def known_decisions(session: Session, ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Return the decisions about these comments."""
    found: dict[UUID, set[UUID]] = {}
    statement = select(Decision.comment_id, Decision.id).where(Decision.comment_id.in_(list(ids)))
    for comment_id, id in session.execute(statement):
        found.setdefault(comment_id, set()).add(id)
    return found
