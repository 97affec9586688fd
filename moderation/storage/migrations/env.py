"""Runs the migrations on a connection of their own, one process at a time.

Foreign keys are off on SQLite while tables are rebuilt: batch mode drops the old table,
and with the cascades on that would delete the children. The check at the end proves that
no reference is broken.
"""

import time

from alembic import context
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.pool import NullPool

from moderation.domain.errors import StoreUnusable
from moderation.storage import Base
from moderation.storage.full_text import include_name

# Two nodes that start together must not migrate at once.
LOCK = 7_205_110_101


# Requests for a table queue behind a migration that waits for its lock: the migration times out
# before a request does, and `upgrade` tries again. It also times out before PostgreSQL's deadlock
# check after a second, which might otherwise end a request.
PATIENCE = "500ms"


def _migrate(connection: Connection, *, apart: bool) -> None:
    """Run the missing migrations; with `apart` each in a transaction of its own."""
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
    """Wait until no other node migrates; closing the connection releases the lock."""
    # Polled: an index that is built concurrently waits for every statement that has begun, and so
    # would wait for one that blocks on this lock.
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
        connection.commit()
        time.sleep(0.2)


def run(url: str) -> None:
    """Run the migrations on a database, with foreign keys off on SQLite."""
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
                    raise StoreUnusable(
                        f"{len(broken)} rows have broken references: nothing was migrated"
                    )
        else:
            _await_turn(connection)
            connection.execute(text(f"SET lock_timeout = '{PATIENCE}'"))
            connection.commit()
            _migrate(connection, apart=True)
    engine.dispose()


run(context.config.attributes["url"])
