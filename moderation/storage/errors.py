"""Classification of database errors: busy, unavailable or other."""

from sqlalchemy.exc import DBAPIError, OperationalError

from moderation.domain.errors import Busy


def busy() -> Busy:
    """Return the error for a write lock that did not come in time."""
    return Busy("The service is busy. Nothing was stored; try again in a moment.")


def is_busy(error: DBAPIError) -> bool:
    """Return whether another writer held the lock for too long."""
    message = str(error.orig).lower()
    return any(
        sign in message
        for sign in (
            "database is locked",
            "database is busy",
            "lock timeout",
            "statement timeout",
            "deadlock detected",
        )
    )


#: SQLite's primary codes of a store that is unavailable for the moment: busy,
#: locked, no memory, read-only, input or output failed, full, cannot be opened, protocol.
_SQLITE_AWAY = frozenset({5, 6, 7, 8, 10, 13, 14, 15})


#: PostgreSQL's classes and codes of the same: connections, resources, an operator's or the
#: system's intervention, a standby, conflicts, and locks or statements that took too long.
_POSTGRES_AWAY = ("08", "53", "57", "58", "25006", "40", "55P03")


def is_unavailable(error: DBAPIError) -> bool:
    """Return whether the store may recover by itself."""
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        # The lowest byte is the primary code, the rest is its detail.
        return code & 0xFF in _SQLITE_AWAY
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return bool(state.startswith(_POSTGRES_AWAY))
    # psycopg has no state when the server cannot be reached or disconnects.
    return isinstance(error, OperationalError)
