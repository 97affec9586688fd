"""Which schema a store has, and whether this release can work with it."""

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.errors import Busy, SchemaBehind, StoreUnusable

from .dialects import (
    begin_write,
    damage,
    engine_options,
    is_busy,
    is_read_only,
    lacks_schema,
    prepare,
)

_VERSION = text("SELECT version_num FROM alembic_version")


class Schema(StrEnum):
    """How a store's schema compares with the one that this release needs."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    #: Usable as well: migrations run while the previous release still serves.
    NEWER = "newer"


@cache
def revisions() -> tuple[str, ...]:
    """Return the revisions that this release knows, the oldest first."""
    folder = Path(__file__).parent / "migrations" / "versions"
    # A file's name begins with its revision; importing all of them takes a tenth of a second.
    return tuple(sorted(path.name.partition("_")[0] for path in folder.glob("[0-9]*.py")))


def schema_of(session: Session) -> Schema:
    """Compare the store's revision with the newest that this release knows."""
    try:
        found = session.scalar(_VERSION)
    except DBAPIError as error:
        session.rollback()
        if not lacks_schema(error):
            raise
        return Schema.EMPTY
    if found is None:
        return Schema.EMPTY
    *older, newest = revisions()
    if found == newest:
        return Schema.CURRENT
    return Schema.OLDER if found in older else Schema.NEWER


def require_schema(session: Session) -> None:
    """Raise SchemaBehind unless the store has the tables that this release needs."""
    found = schema_of(session)
    if found is Schema.EMPTY:
        raise SchemaBehind("The store has no tables yet. Run `moderation migrate` first.")
    if found is Schema.OLDER:
        raise SchemaBehind(
            "The store has the schema of an older release. Run `moderation migrate` first."
        )


def require_usable(
    settings: Settings, *, migrated: bool = True, engine: Callable[..., Engine] = create_engine
) -> None:
    """Raise SchemaBehind or StoreUnusable when no request could succeed on this store.

    A database server that is away or busy passes: it may be back in a moment, and until then
    every request is answered 503.
    """
    store = engine(settings.url, **engine_options(settings))
    prepare(store, settings)
    try:
        with Session(store) as session:
            if migrated:
                require_schema(session)
            # A read-only store is found out by asking to write, before anything is written.
            begin_write(session)
            if _is_standby(session):
                raise _read_only(settings)
    except Busy:
        # Another writer had its turn: the store is in use, and so it is usable.
        return
    except DBAPIError as error:
        told = damage(error)
        if told:
            raise StoreUnusable(
                f"{_where(settings)} {told}. Put a copy back with `moderation restore`, or check "
                f"{_variable(settings)}."
            ) from None
        if is_read_only(error):
            raise _read_only(settings) from None
        if settings.url.startswith("sqlite") and not is_busy(error):
            raise StoreUnusable(
                f"{_where(settings)} cannot be opened. Check {_variable(settings)}, and that the "
                "service's account may write there."
            ) from None
    finally:
        store.dispose()


def _is_standby(session: Session) -> bool:
    """Tell whether PostgreSQL lets a transaction begin and would refuse its first write."""
    if session.get_bind().dialect.name != "postgresql":
        return False
    return bool(session.scalar(text("SHOW transaction_read_only")) == "on")


def _read_only(settings: Settings) -> StoreUnusable:
    return StoreUnusable(
        f"{_where(settings)} is read-only. Give the service's account the right to write there, "
        f"or check {_variable(settings)}."
    )


def place(settings: Settings) -> str:
    """Name the store: its file, or the database without its address, which holds a password."""
    if settings.url.startswith("sqlite"):
        return settings.url.removeprefix("sqlite:///")
    return "the tables in the database"


def _where(settings: Settings) -> str:
    if settings.url.startswith("sqlite"):
        return f"The store {settings.url.removeprefix('sqlite:///')}"
    return "The database"


def _variable(settings: Settings) -> str:
    return "MODERATION_DATABASE_URL" if settings.database_url else "MODERATION_DATA_DIR"
