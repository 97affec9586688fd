"""The one place that changes a comment's status.

`record` writes, in the caller's transaction, the comment, its Decision, the audit entry,
the message to the site, what becomes visible or invisible with it, and the post's version.
A comment of a foreign platform is never listed (see `foreign_verdicts`).
It ends the claim on the comment, since the claimed revision is no longer current.
`record_imported` and `change_imported` do the same for imports, without messages and audit
entries for each comment. No other module writes `comments.status`, and only `listing` writes
`comments.listing`: a test enforces it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import CommentNotFound
from moderation.domain.judgement import Verdict
from moderation.domain.status import STATUS_AFTER, Actor, Listing, Outcome, Status
from moderation.storage.change_feed import bump_version, bump_versions
from moderation.storage.compiled_statements import CompiledStatement, DirectConnection, Executor
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Claim, Decision
from moderation.storage.models.posts import Post

from ...domain import verdict_records
from ...policy.priority import priority_at
from .. import audit, counters, outbox
from . import (
    appeal_states,
    foreign_verdicts,
    link_history,
    reported,
    shown_answers,
    webhook_payload,
)
from .listing import _listing, _relist
from .posts import PostLike

# Statements on the tables, not the classes: no unit of work is needed here.
_T = Comment.__table__

INSERT_COMMENT = CompiledStatement(
    insert(Comment.__table__).inline(),  # type: ignore[arg-type]
    [column.key for column in _T.columns],
)
INSERT_DECISION = CompiledStatement(
    insert(Decision.__table__).inline(),  # type: ignore[arg-type]
    [column.key for column in Decision.__table__.columns],
)
_COUNT_REPLY = CompiledStatement(
    update(_T)  # type: ignore[arg-type]
    .where(_T.c.id == bindparam("parent"))
    .values(reply_count=_T.c.reply_count + 1)
)
#: Defaults of a new comment's columns.
NEW_COMMENT = {
    column.key: column.default.arg if column.default is not None else None for column in _T.columns
}


EVENT_OF = {
    Status.HELD: "comment.held",
    Status.APPROVED: "comment.approved",
    Status.REJECTED: "comment.rejected",
    Status.SPAM: "comment.rejected",
    Status.DELETED: "comment.deleted",
}
#: A moderator changed the text; the status did not change.
REDACTED = "comment.redacted"
#: Its author changed the text, which was judged again.
EDITED = "comment.edited"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The decision and the new state that `record` stored."""

    decision_id: UUID
    status: Status
    listing: Listing
    version: int


def record(
    unit: Executor,
    comment: dict[str, Any],
    post: PostLike,
    outcome: Outcome,
    by: By,
    *,
    now: datetime,
    verdict: Verdict | None = None,
    reason: str | None = None,
    note: str = "",
    undoes: Decision | None = None,
    changes: dict[str, Any] | None = None,
    batch_id: UUID | None = None,
) -> Recorded:
    """Change a comment's status, with its decision, audit entry and message, in one transaction.

    `comment` holds the row's columns; without a `version` it is new and inserted.
    `changes` are further columns of an edit or a decision. For Outcome.UNDO the status
    becomes the one before the decision `undoes`; for Outcome.REDACT it stays. The caller has
    begun to write, has read the comment and the post in this transaction, and commits.
    """
    new = "version" not in comment
    previous = None if new else Status(comment["status"])
    if outcome is Outcome.UNDO:
        if undoes is None or undoes.previous_status is None:
            raise AssertionError("undo needs a decision that changed something")
        status = Status(undoes.previous_status)
    elif outcome is Outcome.REDACT:
        status = Status(comment["status"])
    else:
        status = STATUS_AFTER[outcome]
    version = 1 if new else comment["version"] + 1
    decision_id = new_id()
    reason = None if reason is None else str(reason)
    changes = dict(changes or {})
    edited = bool(changes)
    if verdict:
        changes["verdict_id"] = decision_id
        changes["reasons"] = verdict_records.decisive_codes(verdict)
        score = changes["score"] = verdict_records.decisive_score(verdict)
        changes["priority_at"] = priority_at(comment["created_at"], score, post.comment_count)
    row = {"reasons": "", **comment, **changes, "status": status.value, "version": version}
    connection = unit.connection()
    foreign = post.origin is not None
    if new:
        listing = _insert(connection, row, foreign=foreign)
        visible, shown = listing is Listing.SHOWN, int(listing is Listing.SHOWN)
    else:
        if previous is None or not isinstance(unit, Session):
            raise AssertionError("a comment that is there is changed in a session")
        unit.execute(
            update(Comment)
            .where(Comment.id == row["id"])
            .values(**changes, status=status.value, version=version)
        )
        listing, moved, shown = Listing.HIDDEN, False, 0
        if not foreign:
            listing, moved, shown = _relist(unit, row)
        # A tombstone shows the reason of the removal, which changes with the status.
        tombstone_changed = listing is Listing.TOMBSTONE and status is not previous
        visible = moved or tombstone_changed or (edited and listing is Listing.SHOWN)
        if by.actor is Actor.MODERATOR and outcome is not Outcome.REDACT:
            link_history.record_decision(
                unit, row["site_id"], row["text"], outcome, previous, status
            )
        if outcome is not Outcome.REDACT:
            unit.execute(delete(Claim).where(Claim.comment_id == row["id"]))
        reported.answer(unit, row["id"], decision_id, outcome, status, by, now, undoes)
    if listing is Listing.SHOWN and previous is not Status.APPROVED:
        shown_answers.note(connection, row, now)
    if visible:
        bump_version(unit, post.id, shown=shown)
    INSERT_DECISION.run(
        connection,
        {
            "id": decision_id,
            "comment_id": row["id"],
            "revision": row["revision"],
            "comment_version": version,
            "actor": by.actor.value,
            "moderator_id": by.moderator_id,
            "actor_name": by.name,
            "outcome": outcome.value,
            "previous_status": previous.value if previous else None,
            "status": status.value,
            "reason": reason,
            "note": note,
            **findings(verdict),
            "policy": verdict.policy if verdict else "",
            "undoes": undoes.id if undoes else None,
            "batch_id": batch_id,
            "created_at": now,
        },
    )
    audit.write(
        unit,
        now,
        by.actor,
        by.name,
        f"comment.{outcome.value}",
        f"comment:{row['id']}",
        site_id=row["site_id"],
        detail={
            "decision": str(decision_id),
            "from": previous.value if previous else None,
            "to": status.value,
            "reason": reason,
        },
    )
    payload = webhook_payload.payload(
        row, post.external_id, status, decision_id, by.actor, reason, verdict
    )
    events = [REDACTED if outcome is Outcome.REDACT else EVENT_OF[status]]
    if not new and row["revision"] != comment["revision"]:
        # The new text first, then its status.
        events.insert(0, EDITED)
    if not foreign or foreign_verdicts.report(unit, row, outcome, by, now):
        for event in events:
            outbox.put(unit, row["site_id"], event, payload, now, comment_id=row["id"])
    if not new and isinstance(unit, Session) and outcome is not Outcome.REDACT:
        appeal_states.follow(unit, row, post.external_id, previous, decision_id, by, now, undoes)
    counters.count_decision(unit, by.actor, outcome, previous, row["reasons"])
    return Recorded(decision_id, status, listing, version)


def lock(session: Session, comment_id: UUID) -> tuple[Comment, Post]:
    """Read a comment and its post again and lock them, the post first as everywhere.

    A missing post was merged into another one with the comment: read the comment again.
    """
    fresh = {"populate_existing": True}
    post = None
    while post is None:
        post_id = session.scalar(select(Comment.post_id).where(Comment.id == comment_id))
        if post_id is None:
            raise CommentNotFound("There is no such comment, or it was removed. Reload the page.")
        post = session.scalar(
            select(Post).where(Post.id == post_id).with_for_update().execution_options(**fresh)
        )
    comment = session.scalar(
        select(Comment).where(Comment.id == comment_id).with_for_update().execution_options(**fresh)
    )
    if comment is None:
        raise CommentNotFound("There is no such comment, or it was removed. Reload the page.")
    return comment, post


def lock_posts(session: Session, chosen: Any) -> list[UUID]:
    """Lock the posts of the comments that a condition chooses, and return those comments' ids.

    The posts are locked in the order of their keys, so that no two such transactions wait for
    each other; comments that came or moved before the locks were there are among the ids.
    """
    locked: set[int] = set()
    while True:
        rows = session.execute(
            select(Comment.id, Comment.post_id).where(chosen).order_by(Comment.post_id, Comment.id)
        ).all()
        post_ids = {row.post_id for row in rows}
        if post_ids <= locked:
            return [row.id for row in rows]
        lock = select(Post.id).where(Post.id.in_(post_ids)).order_by(Post.id).with_for_update()
        locked = set(session.scalars(lock))


def comment_columns(comment: Comment) -> dict[str, Any]:
    """Return the row's columns, as `record` takes them."""
    return {column.key: getattr(comment, column.key) for column in Comment.__table__.columns}


# Imports


@dataclass(frozen=True, slots=True)
class ImportedStatus:
    """The status that an import gives a comment, and the decision to store for it."""

    decision_id: UUID
    status: Status
    outcome: Outcome
    by: By
    #: Begins with `IMPORT_POLICY`, by which the integrity check knows such decisions.
    policy: str
    at: datetime
    verdict: Verdict | None = None


IMPORT_POLICY = "import:"


def record_imported(
    session: Session, comments: Sequence[tuple[dict[str, Any], ImportedStatus]]
) -> None:
    """Store new comments with their decisions, parents before their answers, in one transaction.

    Their posts are locked by the caller and are none of a foreign platform. Readers see the
    approved ones; no message is sent, and the caller writes one audit entry for the import.
    """
    rows = {
        row["id"]: {**NEW_COMMENT, "reasons": "", **row, "status": given.status.value, "version": 1}
        for row, given in comments
    }
    outside, shown = Counter[UUID](), Counter[int]()
    for row in reversed(rows.values()):
        listing = _listing(Status(row["status"]), row["reply_count"])
        row["listing"] = listing.value
        shown[row["post_id"]] += listing is Listing.SHOWN
        if listing is not Listing.HIDDEN and row["parent_id"] is not None:
            if row["parent_id"] in rows:
                rows[row["parent_id"]]["reply_count"] += 1
            else:
                outside[row["parent_id"]] += 1
    connection = session.connection()
    INSERT_COMMENT.run_many(connection, list(rows.values()))
    INSERT_DECISION.run_many(connection, [_imported(rows[r["id"]], g, None) for r, g in comments])
    for parent_id, replies in outside.items():
        post_id = session.scalar(select(Comment.post_id).where(Comment.id == parent_id))
        _, _, change = _relist(session, {"id": parent_id}, replies=replies)
        if post_id is not None:
            shown[post_id] += change
    bump_versions(session, shown)


def change_imported(
    session: Session, comment: dict[str, Any], changes: dict[str, Any], given: ImportedStatus
) -> int:
    """Change a comment as a newer export has it, and return its new version.

    The caller has locked the post and the comment, and has checked that nothing changed here.
    """
    version: int = comment["version"] + 1
    previous = Status(comment["status"])
    session.execute(
        update(Comment)
        .where(Comment.id == comment["id"])
        .values(**changes, status=given.status.value, version=version)
    )
    _, _, shown = _relist(session, comment)
    session.execute(delete(Claim).where(Claim.comment_id == comment["id"]))
    bump_version(session, comment["post_id"], shown=shown)
    row = {**comment, **changes, "version": version}
    INSERT_DECISION.run(session.connection(), _imported(row, given, previous))
    return version


def _imported(
    row: dict[str, Any], given: ImportedStatus, previous: Status | None
) -> dict[str, Any]:
    verdict = given.verdict
    return {
        **dict.fromkeys(("moderator_id", "reason", "undoes", "batch_id")),
        "id": given.decision_id,
        "comment_id": row["id"],
        "revision": row["revision"],
        "comment_version": row["version"],
        "actor": given.by.actor.value,
        "actor_name": given.by.name,
        "outcome": given.outcome.value,
        "previous_status": previous.value if previous else None,
        "status": given.status.value,
        "note": "",
        **findings(verdict),
        "policy": given.policy,
        "created_at": given.at,
    }


def judged_columns(given: ImportedStatus, created_at: datetime) -> dict[str, Any]:
    """Return the columns of a comment that say how the filters judged it, and where it waits."""
    verdict = given.verdict
    score = verdict_records.decisive_score(verdict) if verdict else 0.0
    held = given.status is Status.HELD
    return {
        "verdict_id": given.decision_id if verdict else None,
        "reasons": verdict_records.decisive_codes(verdict) if verdict and held else "",
        "score": score if held else 0.0,
        "priority_at": priority_at(created_at, score, 0) if held else NEW_COMMENT["priority_at"],
    }


def findings(verdict: Verdict | None) -> dict[str, Any]:
    """Return the columns of a decision that hold what the filters found."""
    if verdict is None:
        return {"causes": [], "scores": {}, "versions": {}}
    return {
        "causes": [verdict_records.cause_record(c) for c in verdict.causes],
        "scores": {k: round(v, 4) for k, v in verdict.scores.items()},
        "versions": dict(verdict.versions),
    }


# Listing


def _insert(
    connection: Connection | DirectConnection, row: dict[str, Any], *, foreign: bool
) -> Listing:
    """Insert a new comment; the caller has checked that its parent, if any, is shown."""
    shown = row["status"] == Status.APPROVED and not foreign
    listing = Listing.SHOWN if shown else Listing.HIDDEN
    INSERT_COMMENT.run(connection, {**NEW_COMMENT, **row, "listing": listing.value})
    if listing is Listing.SHOWN and row["parent_id"]:
        _COUNT_REPLY.run(connection, {"parent": row["parent_id"]})
    return listing
