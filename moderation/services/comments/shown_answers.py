"""Comments that become public in threads that readers follow, for the worker that mails them.

One statement in the commit that shows the comment: it writes nothing in a thread without followers.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from moderation.storage.compiled_statements import CompiledStatement, DirectConnection
from moderation.storage.models.reader_mail import ReaderFollow, ShownAnswer

_T = ShownAnswer.__table__


def note(connection: Connection | DirectConnection, comment: dict[str, Any], now: datetime) -> None:
    """Queue a comment that is shown from now on, if readers follow its post."""
    _statement(connection.dialect.name).run(
        connection, {"answer": comment["id"], "shown": now, "post": comment["post_id"]}
    )


@lru_cache(maxsize=2)
def _statement(dialect: str) -> CompiledStatement:
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(_T)
    row = select(
        bindparam("answer", type_=_T.c.comment_id.type),
        bindparam("shown", type_=_T.c.shown_at.type),
    ).where(exists().where(ReaderFollow.post_id == bindparam("post")))
    return CompiledStatement(
        insert.from_select(["comment_id", "shown_at"], row).on_conflict_do_nothing()
    )
