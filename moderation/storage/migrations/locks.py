"""Locks that a migration takes before it begins, so that it never deadlocks with requests."""

from alembic import op


def lock_tables(*tables: str) -> None:
    """Lock tables in this order, for a migration that changes several of them.

    A submission locks its post, then the comments, then its site. A migration that held the
    second lock and waited for the first would deadlock at every attempt. SQLite has one lock
    for everything.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
