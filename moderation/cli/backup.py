"""`moderation backup`, `restore` and `verify`: copies of the store, and whether it is sound."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_FILE = click.Path(dir_okay=False, path_type=Path)


@contextmanager
def _told() -> Iterator[None]:
    """Tell what goes wrong as a sentence."""
    from sqlalchemy.exc import DBAPIError

    from moderation.config import SettingsError
    from moderation.domain.errors import ModerationError

    try:
        yield
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except ModerationError as error:
        raise click.ClickException(error.detail) from None
    except DBAPIError as error:
        raise click.ClickException(
            f"The store cannot be read ({type(error).__name__}). Run `moderation migrate` if it "
            "is of another release; otherwise put a copy back with `moderation restore`."
        ) from None


def _url() -> str:
    import os

    from moderation.config import Settings

    return Settings.from_env(os.environ).url


@click.command()
@click.argument("target", metavar="FILE", type=_FILE)
def backup(target: Path) -> None:
    """Copy the store into FILE while it is used."""
    from .backup import back_up

    with _told():
        size = back_up(_url(), target)
    click.echo(f"{target}: {size:,} bytes. Keep MODERATION_SECRET_KEY with it.")


@click.command()
@click.argument("source", metavar="FILE", type=_FILE)
@click.option("--force", is_flag=True, help="Give up the store that is there.")
def restore(source: Path, force: bool) -> None:
    """Put a copy back; the service must be stopped."""
    from .backup import restore as put_back

    with _told():
        put_back(_url(), source, force=force)
    click.echo("The store is what it was. Run `moderation migrate`, then `moderation verify`.")


@click.command()
@click.argument("copy", metavar="[FILE]", type=_FILE, required=False)
def verify(copy: Path | None) -> None:
    """Look whether the store, or a copy of it, is sound; exits with 1 when it is not."""
    from .verification import verify as findings

    with _told(), _opened(copy) as session:
        if session is None:
            click.echo("The archive is whole. Restore it to look at what it holds.")
            return
        wrong = 0
        for finding in findings(session, now=datetime.now(UTC)):
            wrong += finding.wrong
            examples = f", such as {', '.join(finding.examples)}" if finding.examples else ""
            click.echo(
                f"{'ok' if not finding.wrong else 'WRONG':5}  {finding.check}"
                + (f": not so for {finding.wrong}{examples}" if finding.wrong else "")
            )
    if wrong:
        click.echo("The store is not sound: restore a copy, and tell us what had happened.")
        sys.exit(1)


@contextmanager
def _opened(copy: Path | None) -> Iterator["Session | None"]:
    """A session on the store, or on a copy; None for an archive, which is read already."""
    if copy is None:
        from moderation import create_app
        from moderation.storage import close_store, db

        with create_app().app_context():
            try:
                yield db.session()
            finally:
                close_store()
        return
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    from .backup import check_copy, is_archive, open_copy

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
