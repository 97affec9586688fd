"""Reports of comments by readers, and the published comments that wait because of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, UtcDateTime


class CommentReport(Base):
    """One reader's report of one comment. Its texts, name and address are removed in time."""

    __tablename__ = "comment_reports"
    # One report by a reader about a comment, under any concurrency.
    __table_args__ = (UniqueConstraint("comment_id", "reporter"),)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    comment_id: Mapped[UUID] = mapped_column(Id, ForeignKey("comments.id", ondelete="CASCADE"))
    site_id: Mapped[int] = mapped_column(BigKey, ForeignKey("sites.id", ondelete="CASCADE"))
    #: Keyed hash of the reporter: a signed-in reader's as in `comments.author_key`, or a guest's
    #: address. A guest's is replaced by a random one after the retention time of addresses.
    reporter: Mapped[str] = mapped_column(String(32))
    signed_in: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: Keyed hash of a guest's /24 or /56; removed after the retention time of addresses.
    block_key: Mapped[str | None] = mapped_column(String(32))
    #: A code of the site's list of reasons.
    reason: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: Why the comment is illegal, in a legal notice.
    explanation: Mapped[str] = mapped_column(Text, default="", server_default="")
    good_faith: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: The name of a signed-in reader, or the one given in a legal notice.
    name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    #: Where the outcome is sent to.
    email: Mapped[str | None] = mapped_column(String(254))
    #: The language in which the reporter read.
    language: Mapped[str] = mapped_column(String(8), default="en", server_default="en")
    #: What it counts among the reports of its comment: see policy/reports.
    weight: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    #: The revision that was reported.
    revision: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Answered: by a decision that was made after it, or by one that stood already.
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: `kept`, `removed` or `gone`.
    outcome: Mapped[str | None] = mapped_column(String(16))
    decision_id: Mapped[UUID | None] = mapped_column(Id)
    #: When the outcome is sent to `email`; None: it is not, or was.
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the texts, the name and the address were removed.
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_DUE = text("due_at IS NOT NULL")
_ADDRESSED = text("block_key IS NOT NULL")
_WHOLE = text("erased_at IS NULL")
Index(
    "ix_comment_reports_by", CommentReport.site_id, CommentReport.reporter, CommentReport.created_at
)
Index("ix_comment_reports_decision", CommentReport.decision_id)
Index("ix_comment_reports_due", CommentReport.due_at, sqlite_where=_DUE, postgresql_where=_DUE)
Index(
    "ix_comment_reports_addressed",
    CommentReport.created_at,
    sqlite_where=_ADDRESSED,
    postgresql_where=_ADDRESSED,
)
Index(
    "ix_comment_reports_whole",
    CommentReport.site_id,
    CommentReport.created_at,
    sqlite_where=_WHOLE,
    postgresql_where=_WHOLE,
)


class ReportedComment(Base):
    """A comment with reports that no person has answered: a row of the queue Reported."""

    __tablename__ = "reported_comments"

    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    site_id: Mapped[int] = mapped_column(BigKey, ForeignKey("sites.id", ondelete="CASCADE"))
    reporters: Mapped[int] = mapped_column(Integer)
    weight: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Its place in the order by priority: see policy/priority.
    priority_at: Mapped[datetime] = mapped_column(UtcDateTime)


Index("ix_reported_comments_priority", ReportedComment.priority_at, ReportedComment.comment_id)
Index("ix_reported_comments_first", ReportedComment.first_at, ReportedComment.comment_id)
Index("ix_reported_comments_site_id", ReportedComment.site_id)
