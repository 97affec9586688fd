"""Brings a store to the schema of this release."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError

from moderation.domain.errors import Busy

from .base import close_store, db
from .dialects import is_busy
from .schema import Schema, schema_of

log = structlog.get_logger(__name__)

#: How often a migration asks for its locks before it gives up.
TRIES = 20
#: Seconds between two tries, in which the requests that had to wait are answered.
PAUSE = 3.0


def migrate(app: Flask) -> Schema:
    """Run the migrations that are missing and return the schema that was there before.

    A newer release's schema stays as it is: this release works with it.
    """
    with app.app_context():
        before = schema_of(db.session())
        close_store()
    if before is not Schema.NEWER:
        upgrade(app)
    return before


def upgrade(
    app: Flask,
    revision: str = "head",
    *,
    tries: int = TRIES,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Run the migrations that are missing; two processes at once take turns.

    The previous release may go on serving: a table that it is busy with is asked for again
    and again, each time for less long than a request waits. Busy when that was in vain: on
    PostgreSQL the migrations before the one that waited are done then.
    """
    from flask_migrate import upgrade as alembic_upgrade

    for left in reversed(range(tries)):
        try:
            with app.app_context():
                alembic_upgrade(
                    directory=str(Path(__file__).parent / "migrations"), revision=revision
                )
        except OperationalError as error:
            if not is_busy(error):
                raise
            log.warning("migration.waits", tries_left=left)
        else:
            return
        if left:
            wait(PAUSE)
    raise Busy(
        "A table is in use by a transaction that does not end. Nothing was left half done. "
        "End it (pg_stat_activity lists the long ones), or try again when less is going on."
    )
