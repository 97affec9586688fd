"""The comments that were imported from other systems."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, UtcDateTime


class ImportedComment(Base):
    """The comment that an entry of another system became.

    The row stays when the comment is removed here, so that a second import does not bring it back.
    It has no text, name or address.
    """

    __tablename__ = "imported_comments"
    __table_args__ = (UniqueConstraint("site_id", "source", "foreign_id", "written_at"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(BigKey, ForeignKey("sites.id", ondelete="CASCADE"))
    #: The format, such as `disqus`.
    source: Mapped[str] = mapped_column(String(16))
    #: The id there; a long one as its hash.
    foreign_id: Mapped[str] = mapped_column(String(80))
    #: When it was written there: some systems use an id again.
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: None: removed here.
    comment_id: Mapped[UUID | None] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="SET NULL"), index=True
    )
    #: Hash of what was imported, by which a newer export's changes are found.
    digest: Mapped[bytes] = mapped_column(LargeBinary(16))
    #: The comment's version then: another one was changed here, and is not changed by an import.
    version: Mapped[int] = mapped_column(Integer)
    #: Votes that the import brought; a newer export adds the difference.
    votes_up: Mapped[int] = mapped_column(Integer, default=0)
    votes_down: Mapped[int] = mapped_column(Integer, default=0)
    #: The filters have judged it, for the record.
    judged: Mapped[bool] = mapped_column(Boolean, default=False)


_UNJUDGED = text("NOT judged")
Index(
    "ix_imported_comments_unjudged",
    ImportedComment.site_id,
    ImportedComment.id,
    sqlite_where=_UNJUDGED,
    postgresql_where=_UNJUDGED,
)
