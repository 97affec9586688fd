"""Copies of a whole store: made while it is in use, checked, and restored.

An SQLite store becomes one SQLite file, a PostgreSQL database a `pg_dump` archive in custom
format. Both hold every text and address: only their owner may read them. The secret key is
in neither.
"""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from moderation.domain.errors import AlreadyExists, Invalid, ModerationError

_SQLITE = b"SQLite format 3\0"
_ARCHIVE = b"PGDMP"
#: libpq's variables by the part of the address that they hold: passwords are no arguments,
#: since every user of a machine can list those.
_LIBPQ = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
}


class CopyFailed(ModerationError):
    """A copy could not be made or restored; the message names the next step."""

    code = "copy_failed"


class NotACopy(Invalid):
    """The file is not a complete copy of a store."""

    code = "not_a_copy"


def back_up(url: str, target: Path) -> int:
    """Write a copy of the store at `url`, as of one moment, and return its size in bytes.

    Takes no lock that a writer would wait for. The file gets its name when it is complete, and
    replaces an earlier one of that name.
    """
    with _beside(target) as half:
        if _is_sqlite(url):
            _copy(_existing(_path(url)), half)
            # One file without a log beside it.
            with closing(sqlite3.connect(half)) as copy:
                copy.execute("PRAGMA journal_mode=DELETE")
        else:
            _run_client(url, "pg_dump", "--format=custom", "--no-owner", f"--file={half}")
        _appear(half, target)
    return target.stat().st_size


def restore(url: str, source: Path, *, force: bool = False) -> None:
    """Restore the store at `url` to the state of the copy.

    The copy is checked first. Raises AlreadyExists unless the store is empty or `force` is
    set. The store is replaced in one step: an interrupted run leaves the old store or the new
    one. An SQLite store must not be in use.
    """
    check_copy(source)
    if _is_sqlite(url) != _starts_with(source, _SQLITE):
        raise NotACopy(
            f"{source} is a copy of another kind of database. Restore it into one of that kind."
        )
    if _is_sqlite(url):
        _restore_file(_path(url), source, force=force)
    else:
        _restore_database(url, source, force=force)


def check_copy(source: Path) -> None:
    """Raise NotACopy unless the file can be read from end to end and holds a store."""
    if _starts_with(source, _SQLITE):
        try:
            with closing(open_copy(source)) as copy:
                sound = copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                loose = copy.execute("PRAGMA foreign_key_check").fetchone()
                copy.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.DatabaseError as error:
            raise NotACopy(
                f"{source} is not a complete copy of a store: {error}. Take an earlier one."
            ) from None
        if not sound or loose:
            raise NotACopy(f"{source} is damaged: take an earlier copy.")
    elif is_archive(source):
        content = _client("pg_restore", f"--file={os.devnull}", str(source))
        listed = _client("pg_restore", "--list", str(source))
        if content.returncode or b"alembic_version" not in listed.stdout:
            raise NotACopy(f"{source} is damaged or holds no store: take an earlier copy.")
    else:
        raise NotACopy(
            f"{source} is neither an SQLite file nor an archive of pg_dump. Check its name."
        )


def is_archive(source: Path) -> bool:
    """Return whether a copy is one of a PostgreSQL database."""
    return _starts_with(source, _ARCHIVE)


def open_copy(source: Path) -> sqlite3.Connection:
    """Open a copy for reading, without creating files beside it."""
    # A log beside the file belongs to it; without one no process is writing.
    immutable = "" if Path(f"{source}-wal").exists() else "&immutable=1"
    return sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro{immutable}", uri=True)


# SQLite


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as store,
        closing(sqlite3.connect(target)) as copy,
    ):
        # All pages in one step: in several, each commit meanwhile would begin it anew.
        # In WAL mode that keeps no writer waiting.
        store.backup(copy, pages=-1)


def _restore_file(path: Path, source: Path, *, force: bool) -> None:
    if path.exists() and path.stat().st_size and not force:
        raise AlreadyExists(f"{path} exists. Move it away, or replace it with --force.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path) as half:
        _copy(source, half)
        with _alone(path):
            _appear(half, path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the only connection to the store, and leave no log of the old file."""
    with ExitStack() as stack:
        if path.exists():
            old = stack.enter_context(
                closing(sqlite3.connect(path, timeout=1, isolation_level=None))
            )
            try:
                # Leaving WAL mode empties and removes the log, and needs to be alone.
                old.execute("PRAGMA locking_mode=EXCLUSIVE")
                old.execute("PRAGMA journal_mode=DELETE")
                old.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if "locked" in str(error):
                    raise CopyFailed(
                        f"{path} is in use. Stop the service and the worker, then try again."
                    ) from None
                raise CopyFailed(f"{path} cannot be replaced: {error}.") from None
            except sqlite3.DatabaseError:
                # Too damaged to be opened, which may be why it is replaced: nothing to save.
                stack.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        yield


def _existing(path: Path) -> Path:
    if not path.exists():
        raise CopyFailed(f"There is no store at {path}. Check MODERATION_DATA_DIR.")
    return path


# PostgreSQL


def _restore_database(url: str, source: Path, *, force: bool) -> None:
    import psycopg

    try:
        with psycopg.connect(_plain(url), connect_timeout=5) as connection:
            row = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
    except psycopg.Error:
        raise CopyFailed(
            "The database cannot be reached. Create it with createdb, or check "
            "MODERATION_DATABASE_URL."
        ) from None
    if row and row[0] and not force:
        raise AlreadyExists("The database holds a store. Take an empty one, or use --force.")
    # Without its creation of the schema `public`, which every database has.
    clean = ("--clean", "--if-exists") if force else ()
    _run_client(
        url,
        "pg_restore",
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        *clean,
        f"--dbname={conninfo_to_dict(_plain(url)).get('dbname') or 'postgres'}",
        str(source),
    )


def _run_client(url: str, program: str, *arguments: str) -> None:
    parts = conninfo_to_dict(_plain(url))
    environment = {_LIBPQ[k]: str(v) for k, v in parts.items() if k in _LIBPQ and v is not None}
    process = _client(program, *arguments, environment=environment)
    if process.returncode:
        # Only the first line: later lines quote statements, which contain comments.
        reported = process.stderr.decode(errors="replace").partition("\n")[0]
        raise CopyFailed(f"{program} failed: {reported}")


def _client(
    program: str, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    executable = shutil.which(program)
    if executable is None:
        raise CopyFailed(
            f"{program} is not installed. Install PostgreSQL's client programs, in a "
            "version that is not older than the server's."
        )
    return subprocess.run(  # noqa: S603 (a fixed program with our own arguments)
        [executable, *arguments],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


# Files


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Yield a private file in the folder of `target`, removed at the end unless it was renamed."""
    try:
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise CopyFailed(
            f"{target} cannot be written: {error.strerror}. Check the folder."
        ) from None
    os.close(number)
    half = Path(name)
    try:
        yield half
    except (OSError, sqlite3.Error) as error:
        raise CopyFailed(f"{target} cannot be written: {error}. Check the folder.") from None
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{half}{suffix}").unlink(missing_ok=True)


def _appear(half: Path, target: Path) -> None:
    """Move a file to its name durably: a power cut leaves the old file or the new one."""
    half.chmod(0o600)
    _sync(half)
    half.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _starts_with(source: Path, start: bytes) -> bool:
    try:
        with source.open("rb") as file:
            return file.read(len(start)) == start
    except OSError as error:
        raise NotACopy(
            f"{source} cannot be read: {error.strerror}. Check its name and permissions."
        ) from None


def _is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
