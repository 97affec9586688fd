"""Appeals of authors against decisions about their comments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id, UtcDateTime


class Appeal(Base):
    """An author's request to review one decision; a decision has at most one."""

    __tablename__ = "appeals"

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    #: The decision that is appealed; unique, so that two requests at once make one row.
    decision_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("decisions.id", ondelete="CASCADE"), unique=True
    )
    #: The author's words; removed with the comment's.
    text: Mapped[str] = mapped_column(Text)
    #: The language in which its author reads the outcome.
    language: Mapped[str] = mapped_column(String(8))
    #: See domain/appeals.
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moderator_id: Mapped[int | None] = mapped_column(
        ForeignKey("moderators.id", ondelete="SET NULL")
    )
    #: Kept when the moderator's account is gone.
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    #: Why, for the other moderators.
    note: Mapped[str] = mapped_column(Text, default="")
    #: To the author, beside the outcome.
    answer: Mapped[str] = mapped_column(Text, default="")
    #: The first decision's own moderator decided, since the site has no other.
    same_moderator: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: The decision that replaced the appealed one; None: it stands.
    new_decision_id: Mapped[UUID | None] = mapped_column(
        Id, ForeignKey("decisions.id", ondelete="SET NULL")
    )


_PENDING = text("state = 'pending'")
Index(
    "ix_appeals_pending",
    Appeal.created_at,
    Appeal.id,
    Appeal.site_id,
    sqlite_where=_PENDING,
    postgresql_where=_PENDING,
)
Index("ix_appeals_site", Appeal.site_id, Appeal.created_at, Appeal.id)
