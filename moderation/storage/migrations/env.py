"""Runs the migrations on a connection of their own, one process at a time.

Foreign keys are off on SQLite while tables are rebuilt: batch mode drops the old table,
and with the cascades on that would delete the children. The check at the end proves that
nothing was left pointing nowhere.
"""

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, event, text
from sqlalchemy.pool import NullPool

from moderation.storage import Base
from moderation.storage.search import include_name

# Two nodes that start together must not migrate at once.
LOCK = 7_205_110_101


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

    with engine.connect() as connection, connection.begin():
        if not sqlite:
            # Another node that migrates is waited for.
            connection.execute(text("SET LOCAL lock_timeout = '10min'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            # Whoever wants a table that a migration waits for waits behind it: it gives up in
            # less time than a request does, and `upgrade` tries again.
            connection.execute(text("SET LOCAL lock_timeout = '2s'"))
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            include_name=include_name,
        )
        with context.begin_transaction():
            context.run_migrations()
        if sqlite:
            broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
            if broken:
                raise RuntimeError(f"{len(broken)} rows would point nowhere: nothing was migrated")
    engine.dispose()


run(current_app.extensions["moderation"].settings.url)
