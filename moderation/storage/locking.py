"""Locks that a migration takes before it begins, so that it and the requests never cross."""

from alembic import op


def lock_tables(*tables: str) -> None:
    """Take tables for a migration that changes several of them, in this order.

    A comment that is written locks its post, then the comments, then its site. A migration
    that held the second and waited for the first would wait for those who wait for it, give
    up, and find others in their place the next time. SQLite has one lock for everything.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
