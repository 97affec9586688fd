"""Runs the migrations on a connection of their own, one process at a time.

Foreign keys are off on SQLite while tables are rebuilt: batch mode drops the old table,
and with the cascades on that would delete the children. The check at the end proves that
nothing was left pointing nowhere.
"""

import time

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.pool import NullPool

from moderation.storage import Base
from moderation.storage.search import include_name

# Two nodes that start together must not migrate at once.
LOCK = 7_205_110_101


# Whoever wants a table that a migration waits for waits behind it: it gives up in less time than
# a request does, and `upgrade` tries again. In less than the second, too, after which the store
# looks for deadlocks, so that it is never a request that is ended for one.
PATIENCE = "500ms"


def _migrate(connection: Connection, *, apart: bool) -> None:
    """Run what is missing; `apart`, each migration is a transaction, and lets go of its tables."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=include_name,
        transaction_per_migration=apart,
    )
    with context.begin_transaction():
        context.run_migrations()


def _await_turn(connection: Connection) -> None:
    """Wait for another node that migrates; the end of the connection ends this one's turn."""
    # Asked for again and again: an index that is built beside the writers waits for every
    # statement that has begun, one that waits for its turn among them.
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
        connection.commit()
        time.sleep(0.2)


def run(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    sqlite = engine.dialect.name == "sqlite"
    if sqlite:

        @event.listens_for(engine, "connect")
        def _foreign_keys_off(connection, _record):
            connection.isolation_level = None
            connection.execute("PRAGMA busy_timeout=60000")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA foreign_keys=OFF")

        @event.listens_for(engine, "begin")
        def _begin(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.connect() as connection:
        if sqlite:
            with connection.begin():
                _migrate(connection, apart=False)
                broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
                if broken:
                    raise RuntimeError(
                        f"{len(broken)} rows would point nowhere: nothing was migrated"
                    )
        else:
            _await_turn(connection)
            connection.execute(text(f"SET lock_timeout = '{PATIENCE}'"))
            connection.commit()
            _migrate(connection, apart=True)
    engine.dispose()


run(current_app.extensions["moderation"].settings.url)
