"""`moderation backup`, `restore` and `verify`: copies of the store, and checks of its integrity."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .base import BadSetting, require_reachable

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_FILE = click.Path(dir_okay=False, path_type=Path)


@contextmanager
def _report_errors() -> Iterator[None]:
    """Report errors as a sentence."""
    from sqlalchemy.exc import DBAPIError

    from moderation.config import SettingsError
    from moderation.domain.errors import ModerationError

    try:
        yield
    except SettingsError as error:
        raise BadSetting(str(error)) from None
    except ModerationError as error:
        raise click.ClickException(error.detail) from None
    except DBAPIError as error:
        require_reachable(error)
        raise click.ClickException(
            f"The store cannot be read ({type(error).__name__}). Run `moderation migrate` if it "
            "belongs to another release; otherwise restore a copy with `moderation restore`."
        ) from None


def _url() -> str:
    import os

    from moderation.config import Settings

    return Settings.from_env(os.environ).url


@click.command()
@click.argument("target", metavar="FILE", type=_FILE)
def backup(target: Path) -> None:
    """Copy the store to FILE while it is in use."""
    from ..services.operations.backup import back_up

    with _report_errors():
        size = back_up(_url(), target)
    click.echo(f"{target}: {size:,} bytes. Keep MODERATION_SECRET_KEY with it.")


@click.command()
@click.argument("source", metavar="FILE", type=_FILE)
@click.option("--force", is_flag=True, help="Overwrite the existing store.")
def restore(source: Path, force: bool) -> None:
    """Restore a copy; the service must be stopped."""
    from ..services.operations.backup import restore as restore_copy

    with _report_errors():
        restore_copy(_url(), source, force=force)
    click.echo("The store is restored. Run `moderation migrate`, then `moderation verify`.")


@click.command()
@click.argument("copy", metavar="[FILE]", type=_FILE, required=False)
def verify(copy: Path | None) -> None:
    """Check the integrity of the store, or of a copy; exits with 1 when it is damaged."""
    from ..services.operations.integrity import verify as findings

    with _report_errors(), _opened(copy) as session:
        if session is None:
            click.echo("The archive is complete. Restore it to check its contents.")
            return
        wrong = 0
        for finding in findings(session, now=datetime.now(UTC)):
            wrong += finding.wrong
            examples = f", such as {', '.join(finding.examples)}" if finding.examples else ""
            click.echo(
                f"{'ok' if not finding.wrong else 'WRONG':5}  {finding.check}"
                + (f": violated by {finding.wrong}{examples}" if finding.wrong else "")
            )
    if wrong:
        click.echo("The store is damaged: restore a copy, and report how it happened.")
        sys.exit(1)


@contextmanager
def _opened(copy: Path | None) -> Iterator["Session | None"]:
    """Yield a session on the store or on a copy; None for an archive, which is checked already."""
    if copy is None:
        from moderation.startup import load_settings
        from moderation.storage.engine import open_store

        store = open_store(load_settings())
        try:
            with store.sessions() as session:
                yield session
        finally:
            store.close()
        return
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    from ..services.operations.backup import check_copy, is_archive, open_copy

    check_copy(copy)
    if is_archive(copy):
        yield None
        return
    engine = create_engine("sqlite://", creator=lambda: open_copy(copy))
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()
