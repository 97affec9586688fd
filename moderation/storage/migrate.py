"""Migration of a store to the schema of this release."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import OperationalError

from moderation.config import Settings
from moderation.domain.errors import Busy, StoreUnusable

from .engine import open_store
from .errors import is_busy
from .schema_version import Schema, schema_of

if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger(__name__)

#: Attempts to get the locks of a migration.
TRIES = 20
#: Seconds between two attempts, in which waiting requests are answered.
PAUSE = 3.0


def migrate(settings: Settings) -> Schema:
    """Run the missing migrations and return the schema from before.

    The schema of a newer release stays unchanged: this release works with it.
    """
    store = open_store(settings)
    try:
        with store.sessions() as session:
            before = schema_of(session)
    finally:
        store.close()
    if before is not Schema.NEWER:
        upgrade(settings)
    return before


def upgrade(
    settings: Settings,
    revision: str = "head",
    *,
    tries: int = TRIES,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Run the missing migrations; concurrent processes take turns.

    The previous release may keep serving: the lock on a busy table is requested repeatedly,
    each time for less time than a request waits. Raises Busy when no attempt succeeds; on
    PostgreSQL the migrations before the blocked one are done then.
    """
    from alembic import command
    from alembic.util import CommandError

    for attempts_left in reversed(range(tries)):
        try:
            command.upgrade(_config(settings), revision)
        except CommandError as error:
            raise StoreUnusable(str(error)) from None
        except OperationalError as error:
            if not is_busy(error):
                raise
            log.warning("migration.waits", tries_left=attempts_left)
        else:
            return
        if attempts_left:
            wait(PAUSE)
    raise Busy(
        "A table is locked by a long transaction. Nothing was left half done. "
        "End it (pg_stat_activity lists the long ones), or try again at a quieter time."
    )


def downgrade(settings: Settings, revision: str) -> None:
    """Undo migrations down to a revision; tests alone do so."""
    from alembic import command

    command.downgrade(_config(settings), revision)


def _config(settings: Settings) -> "Config":
    """Return Alembic's configuration; `migrations/env.py` reads the address from it."""
    from alembic.config import Config

    config = Config(attributes={"url": settings.url})
    # Alembic expands "%" in its options.
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    return config
