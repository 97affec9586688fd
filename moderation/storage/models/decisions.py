"""Decisions about comments, the audit trail, and claims."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.actors import MACHINE

from .base import Base, BigKey, Id, Json, UtcDateTime


class Decision(Base):
    """One change of status, with its causes. Rows are never changed or removed."""

    __tablename__ = "decisions"

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    #: The revision of the text that was judged.
    revision: Mapped[int] = mapped_column(Integer)
    #: The comment's version after this decision.
    comment_version: Mapped[int] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String(16))
    moderator_id: Mapped[int | None] = mapped_column(
        ForeignKey("moderators.id", ondelete="SET NULL")
    )
    #: The name to show, kept when the moderator's account is gone.
    actor_name: Mapped[str] = mapped_column(String(80), default="")
    outcome: Mapped[str] = mapped_column(String(16))
    previous_status: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    #: A moderator's reason code.
    reason: Mapped[str | None] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text, default="")
    #: Every finding: filter, code, score, threshold, spans, explanation, outcome.
    causes: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    scores: Mapped[dict[str, float]] = mapped_column(Json, default=dict)
    versions: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    policy: Mapped[str] = mapped_column(String(120), default="")
    undoes: Mapped[UUID | None] = mapped_column(Id, ForeignKey("decisions.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Shared by the decisions that were made, and can be undone, together.
    batch_id: Mapped[UUID | None] = mapped_column(Id)


_BY_PEOPLE = text("actor = 'moderator'")
_IN_BATCH = text("batch_id IS NOT NULL")
_HOLDS = text("status = 'held'")
Index(
    "ix_decisions_people",
    Decision.actor_name,
    Decision.created_at,
    Decision.id,
    sqlite_where=_BY_PEOPLE,
    postgresql_where=_BY_PEOPLE,
)
Index(
    "ix_decisions_held",
    Decision.created_at,
    Decision.id,
    sqlite_where=_HOLDS,
    postgresql_where=_HOLDS,
)
Index("ix_decisions_batch", Decision.batch_id, sqlite_where=_IN_BATCH, postgresql_where=_IN_BATCH)


class AuditEntry(Base):
    """One action in the audit trail, without any text of a comment."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="SET NULL"))
    actor: Mapped[str] = mapped_column(String(16))
    actor_name: Mapped[str] = mapped_column(String(80), default="")
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(120), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


NOT_MACHINE = text(f"actor_name <> '{MACHINE}'")

# In the order of the audit trail, so that a page needs no sorting.
_IN_ORDER = (AuditEntry.at, AuditEntry.id)
Index("ix_audit_entries_when", *_IN_ORDER)
Index("ix_audit_entries_about", AuditEntry.subject, *_IN_ORDER)
Index("ix_audit_entries_action", AuditEntry.action, *_IN_ORDER)
Index("ix_audit_entries_on", AuditEntry.site_id, *_IN_ORDER)
Index(
    "ix_audit_entries_by",
    AuditEntry.actor_name,
    *_IN_ORDER,
    sqlite_where=NOT_MACHINE,
    postgresql_where=NOT_MACHINE,
)


class Claim(Base):
    """A moderator's claim on a comment; after its end the comment is free."""

    __tablename__ = "claims"

    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    #: Changes when the claim changes hands, so that a heartbeat cannot revive a lost one.
    lease_id: Mapped[UUID] = mapped_column(Id, unique=True)
    #: `moderator:<id>` or `token:<name>`.
    holder: Mapped[str] = mapped_column(String(100), index=True)
    holder_name: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
