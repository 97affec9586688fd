"""What commands that work on the store share: they open it, and tell errors as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from moderation.domain.errors import ModerationError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@contextmanager
def settings_told() -> Iterator[None]:
    """Tell a setting that is missing or wrong as a sentence."""
    from moderation.config import SettingsError

    try:
        yield
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


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
            where = "".join(f"\n  {e.pointer}: {e.detail}" for e in error.errors)
            raise click.ClickException(error.detail + where) from None
        finally:
            close_store()


def now() -> datetime:
    return datetime.now(UTC)
