"""Posts by the id that their site gave them."""

from datetime import datetime

from moderation.domain.status import PostState

from .dialects import insert_ignoring
from .prepared import Unit
from .sites import Post


def add_post(unit: Unit, site_id: int, external_id: str, *, announced: bool, now: datetime) -> None:
    """Insert an open post unless there is one of this id, as a twin may just have made it."""
    insert_ignoring(
        unit,
        Post.__table__,  # type: ignore[arg-type]
        site_id=site_id,
        external_id=external_id,
        state=PostState.OPEN.value,
        version=0,
        comment_count=0,
        minute=0,
        minute_count=0,
        minute_before=0,
        announced=announced,
        created_at=now,
    )
