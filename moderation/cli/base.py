"""Shared by the commands that use the store: they open it, and report errors as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from moderation.domain.errors import ModerationError

from . import terminal

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.orm import Session

    from moderation.domain.inner_networks import Networks
    from moderation.storage.models.sites import Site


class BadSetting(terminal.Refused):
    """A setting is missing or wrong; the exit code is that of a usage error."""

    exit_code = 2


@contextmanager
def report_settings_errors() -> Iterator[None]:
    """Report a missing or wrong setting, or a store that does not fit it, as a sentence."""
    from moderation.config import SettingsError

    try:
        yield
    except SettingsError as error:
        raise BadSetting(str(error)) from None
    except ModerationError as error:
        raise terminal.Refused(error.detail) from None


def require_store(*, migrated: bool = True) -> None:
    """End the command with a sentence when the configured store is not usable."""
    import os

    from moderation.config import Settings
    from moderation.storage.file_permissions import keep_private
    from moderation.storage.schema_version import require_usable

    with report_settings_errors():
        settings = Settings.from_env(os.environ)
        keep_private(settings)
        require_usable(settings, migrated=migrated)


@contextmanager
def open_session() -> Iterator["Session"]:
    """Yield a session on the configured store; report errors as sentences."""
    from moderation.startup import load_settings
    from moderation.storage.engine import open_store

    with report_settings_errors():
        store = open_store(load_settings())
    try:
        with store_errors(), store.sessions() as session:
            yield session
    except ModerationError as error:
        raise terminal.Refused(_sentence(error)) from None
    finally:
        store.close()


def require_reachable(error: "DBAPIError") -> None:
    """Raise BadSetting when the error is an unreachable database."""
    from moderation.storage.engine import absence, refusal

    wrong = refusal(error) or absence(error)
    if wrong:
        raise BadSetting(
            f"MODERATION_DATABASE_URL {wrong}. Check the address, and that the server runs."
        ) from None


@contextmanager
def store_errors() -> Iterator[None]:
    """Report an error of the database as a sentence."""
    from sqlalchemy.exc import DBAPIError

    from moderation.storage.errors import is_busy

    try:
        yield
    except DBAPIError as error:
        if is_busy(error):
            raise terminal.Refused(
                "The store is busy, so the command did not finish. Try again in a moment."
            ) from None
        require_reachable(error)
        raise terminal.Refused(
            f"The store cannot be used ({type(error).__name__}). Run `moderation migrate` "
            "first, and check MODERATION_DATA_DIR or MODERATION_DATABASE_URL."
        ) from None


def _sentence(error: ModerationError) -> str:
    """Return the error's sentence with a line for each field, named as it was typed."""
    places = (
        (e.pointer.removeprefix("#/").replace("/", "."), e.detail)
        for e in error.errors
        # A detail that repeats the sentence adds nothing.
        if e.detail != error.detail
    )
    return error.detail + "".join(f"\n  {place}: {wrong}" for place, wrong in places)


def find_site(session: "Session", name: str) -> "Site":
    """Return the site; end the command with a sentence when there is none."""
    from moderation.domain.errors import SiteNotFound
    from moderation.services.sites import registry

    try:
        return registry.find(session, name)
    except SiteNotFound:
        raise terminal.Refused(
            f"There is no site called {name}. `moderation site list` lists the sites, "
            f"`moderation site add {name}` adds one."
        ) from None


def chosen_sites(session: "Session", name: str | None) -> "list[Site]":
    """Return the named site, or all in the order of their names without a name."""
    from moderation.services.sites import registry

    return [find_site(session, name)] if name else registry.reviewable(session, None)


def allowed_networks() -> "Networks":
    """Return the inner networks that webhooks may reach."""
    from moderation.startup import load_settings

    return load_settings().allowed_networks


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
