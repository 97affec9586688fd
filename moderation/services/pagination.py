"""Cursors of pages that newer rows do not shift."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from moderation.domain.errors import BadCursor, FieldError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of the last comment of a page; the next page begins behind it."""

    created_at: datetime
    id: UUID
    #: Its rank in an order by votes; None in an order by time, or without votes.
    rank: int | None = None

    def encode(self) -> str:
        # In whole numbers: a float loses the last microsecond now and then.
        microseconds = (self.created_at - _EPOCH) // timedelta(microseconds=1)
        packed = microseconds.to_bytes(8, "big", signed=True) + self.id.bytes
        if self.rank is not None:
            packed += self.rank.to_bytes(6, "big", signed=True)
        return base64.urlsafe_b64encode(packed).decode()

    @classmethod
    def decode(cls, cursor: str) -> "Cursor":
        try:
            packed = base64.urlsafe_b64decode(cursor.encode("ascii"))
            if len(packed) not in (24, 30):
                raise ValueError(cursor)
            microseconds = int.from_bytes(packed[:8], "big", signed=True)
            moment = _EPOCH + timedelta(microseconds=microseconds)
            rank = int.from_bytes(packed[24:], "big", signed=True) if packed[24:] else None
            if rank is not None and abs(rank) >= 2**31:
                raise ValueError(cursor)
            return cls(moment, UUID(bytes=packed[8:24]), rank)
        except (ValueError, binascii.Error, OverflowError):
            raise BadCursor(
                "This cursor is not valid. Start again without a cursor.",
                errors=(FieldError("cursor", "is not a cursor of this service"),),
            ) from None
