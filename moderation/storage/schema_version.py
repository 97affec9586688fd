"""The schema version of a store, and its compatibility with this release."""

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from moderation.config import Settings, SettingsError
from moderation.domain.errors import Busy, SchemaBehind, StoreUnusable

from .engine import (
    begin_write,
    damage,
    engine_options,
    is_read_only,
    lacks_schema,
    prepare,
    refusal,
)
from .errors import is_busy

_VERSION = text("SELECT version_num FROM alembic_version")


class Schema(StrEnum):
    """A store's schema, compared with the one that this release needs."""

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
        revision = session.scalar(_VERSION)
    except DBAPIError as error:
        session.rollback()
        if not lacks_schema(error):
            raise
        return Schema.EMPTY
    if revision is None:
        return Schema.EMPTY
    *older, newest = revisions()
    if revision == newest:
        return Schema.CURRENT
    return Schema.OLDER if revision in older else Schema.NEWER


def require_schema(session: Session) -> None:
    """Raise SchemaBehind unless the store has the tables that this release needs."""
    schema = schema_of(session)
    if schema is Schema.EMPTY:
        raise SchemaBehind("The store has no tables yet. Run `moderation migrate` first.")
    if schema is Schema.OLDER:
        raise SchemaBehind(
            "The store has the schema of an older release. Run `moderation migrate` first."
        )


def require_usable(
    settings: Settings, *, migrated: bool = True, engine: Callable[..., Engine] = create_engine
) -> None:
    """Raise SchemaBehind or StoreUnusable when no request could succeed on this store.

    Raises SettingsError when the address of a database is wrong. An unavailable or busy server
    passes: it may recover, and until then every request is answered 503.
    """
    store = engine(settings.url, **engine_options(settings))
    prepare(store, settings)
    try:
        with Session(store) as session:
            if migrated:
                require_schema(session)
            # A read-only store is detected by the write lock, before any write.
            begin_write(session)
            if _is_standby(session):
                raise _read_only(settings)
    except Busy:
        # Another writer has the lock: the store is in use, and therefore usable.
        return
    except DBAPIError as error:
        wrong = refusal(error)
        if wrong and settings.database_url:
            raise SettingsError(f"MODERATION_DATABASE_URL {wrong}. Check the address.") from None
        damaged = damage(error)
        if damaged:
            raise StoreUnusable(
                f"{_where(settings)} {damaged}. Restore a copy with `moderation restore`, or check "
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
    """Return whether PostgreSQL is read-only, which only shows at the first write."""
    if session.get_bind().dialect.name != "postgresql":
        return False
    return bool(session.scalar(text("SHOW transaction_read_only")) == "on")


def _read_only(settings: Settings) -> StoreUnusable:
    return StoreUnusable(
        f"{_where(settings)} is read-only. Give the service's account the right to write there, "
        f"or check {_variable(settings)}."
    )


def place(settings: Settings) -> str:
    """Return a name for the store: its file, or no address, which would include a password."""
    if settings.url.startswith("sqlite"):
        return settings.url.removeprefix("sqlite:///")
    return "the tables in the database"


def _where(settings: Settings) -> str:
    if settings.url.startswith("sqlite"):
        return f"The store {settings.url.removeprefix('sqlite:///')}"
    return "The database"


def _variable(settings: Settings) -> str:
    return "MODERATION_DATABASE_URL" if settings.database_url else "MODERATION_DATA_DIR"
