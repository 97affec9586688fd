"""What commands that work on the store share: they open it, and tell errors as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from moderation.domain.errors import ModerationError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from moderation.storage.sites import Site


@contextmanager
def settings_told() -> Iterator[None]:
    """Tell a setting that is missing or wrong, or a store that does not fit it, as a sentence."""
    from moderation.config import SettingsError

    try:
        yield
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except ModerationError as error:
        raise click.ClickException(error.detail) from None


def require_store(*, migrated: bool = True) -> None:
    """End the command with a sentence when the configured store cannot serve."""
    import os

    from moderation.config import Settings
    from moderation.storage.files import keep_private
    from moderation.storage.schema import require_usable

    with settings_told():
        settings = Settings.from_env(os.environ)
        keep_private(settings)
        require_usable(settings, migrated=migrated)


@contextmanager
def store() -> Iterator["Session"]:
    """A session in the configured store, with our errors told as sentences."""
    from sqlalchemy.exc import DBAPIError

    from moderation import create_app
    from moderation.storage import close_store, db
    from moderation.storage.dialects import is_busy

    with settings_told():
        app = create_app()
    with app.app_context():
        try:
            yield db.session()
        except DBAPIError as error:
            if is_busy(error):
                raise click.ClickException(
                    "The store is busy: what was not done yet was not done. Try again in a moment."
                ) from None
            raise click.ClickException(
                f"The store cannot be used ({type(error).__name__}). Run `moderation migrate` "
                "first, and check MODERATION_DATA_DIR or MODERATION_DATABASE_URL."
            ) from None
        except ModerationError as error:
            raise click.ClickException(_sentence(error)) from None
        finally:
            close_store()


def _sentence(error: ModerationError) -> str:
    """The error with what is wrong at each place, named as it was typed."""
    places = (
        (e.pointer.removeprefix("#/").replace("/", "."), e.detail)
        for e in error.errors
        # One that only repeats the sentence adds nothing.
        if e.detail != error.detail
    )
    return error.detail + "".join(f"\n  {place}: {wrong}" for place, wrong in places)


def find_site(session: "Session", name: str) -> "Site":
    """The site; ends the command with a sentence when there is none."""
    from moderation.domain.errors import SiteNotFound
    from moderation.services import sites

    try:
        return sites.find(session, name)
    except SiteNotFound:
        raise click.ClickException(
            f"There is no site called {name}. `moderation site list` lists those there are, "
            f"`moderation site add {name}` adds one."
        ) from None


def now() -> datetime:
    return datetime.now(UTC)
