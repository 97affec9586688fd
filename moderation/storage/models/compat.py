"""Keys of foreign protocols, and the labelled examples that their clients send."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Json, UtcDateTime


class ServiceKey(Base):
    """A site's key for one foreign protocol; two are valid while one is being replaced."""

    __tablename__ = "service_keys"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("sites.id", ondelete="CASCADE"), index=True
    )
    #: perspective, akismet, openai or coral.
    service: Mapped[str] = mapped_column(String(16))
    #: Needed in clear: Akismet's callback sends it, and Coral's signatures are made with it.
    key: Mapped[str] = mapped_column(Text)
    #: Keys are looked up by this hash, so that the time of a look-up reveals nothing about them.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LabelledExample(Base):
    """A text and the scores that a client of a foreign protocol gave it."""

    __tablename__ = "labelled_examples"
    __table_args__ = (
        Index("ix_labelled_examples_site_id_id", "site_id", "id"),
        Index("ix_labelled_examples_text_digest", "text_digest"),
        Index("ix_labelled_examples_author_key", "author_key"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(BigKey, ForeignKey("sites.id", ondelete="CASCADE"))
    #: The protocol that it came by, as in `service_keys.service`.
    source: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    #: Finds the example when a comment with the same text is erased.
    text_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    #: Keyed hash of the author, as in `comments.author_key`; None: unknown.
    author_key: Mapped[str | None] = mapped_column(String(32))
    #: Attribute or verdict → score from 0 to 1.
    labels: Mapped[dict[str, Any]] = mapped_column(Json)
    #: Sent with it: ids, addresses and the author.
    context: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


def digest_of(text: str) -> bytes:
    """Return the hash by which a text is found."""
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).digest()
