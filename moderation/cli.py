"""The `moderation` command. Each command imports what it needs, so that all start at once."""

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from . import __version__
from .domain.errors import ModerationError
from .services.backup_cli import backup, restore, verify
from .services.health_cli import health
from .training.cli import train
from .training.evaluate_cli import evaluate

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """A self-hosted comment service with moderation built in."""


@contextmanager
def _settings_told() -> Iterator[None]:
    """Tell a setting that is missing or wrong as a sentence."""
    from .config import SettingsError

    try:
        yield
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def _store() -> Iterator["Session"]:
    """A session in the configured store, with our errors told as sentences."""
    from sqlalchemy.exc import DBAPIError

    from . import create_app
    from .storage import db

    with _settings_told():
        app = create_app()
    with app.app_context():
        try:
            yield db.session()
        except DBAPIError as error:
            raise click.ClickException(
                f"The store cannot be used ({type(error).__name__}). Run `moderation migrate` "
                "first, and check MODERATION_DATA_DIR or MODERATION_DATABASE_URL."
            ) from None
        except ModerationError as error:
            where = "".join(f"\n  {e.pointer}: {e.detail}" for e in error.errors)
            raise click.ClickException(error.detail + where) from None


def _now() -> datetime:
    return datetime.now(UTC)


# Running


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, help="Processes that serve.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve HTTP."""
    from .serving import serve as serve_app

    with _settings_told():
        serve_app(host, port, workers)


main.add_command(health)


@main.command()
def worker() -> None:
    """Send webhooks and mail and tidy up until stopped."""
    import signal
    import threading

    from . import create_app
    from .worker import work

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _settings_told():
        app = create_app()
    work(app, stop)


@main.command()
def migrate() -> None:
    """Bring the store to this release's schema; runs beside the previous release."""
    from . import create_app
    from .storage.upgrade import upgrade

    with _settings_told():
        app = create_app()
    try:
        upgrade(app)
    except ModerationError as error:
        raise click.ClickException(error.detail) from None
    click.echo("The store is up to date.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65534))
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("data"))
def demo(host: str, port: int, data_dir: Path) -> None:
    """Serve a demonstration site with an article; `make run` calls this."""
    from .demo import run

    run(host, port, data_dir)


main.add_command(backup)
main.add_command(restore)
main.add_command(verify)


# Sites


@main.group()
def site() -> None:
    """Sites whose comments this service keeps."""


@site.command("add")
@click.argument("name")
@click.option("--title", default="")
@click.option("--origin", "origins", multiple=True, help="Origin that may embed; repeatable.")
@click.option("--webhook-url", default="", help="Where decisions are told.")
def site_add(name: str, title: str, origins: tuple[str, ...], webhook_url: str) -> None:
    """Add a site; prints its webhook secret."""
    from .services import sites

    with _store() as session:
        added, secret = sites.add(session, name, title=title, origins=list(origins), now=_now())
        if webhook_url:
            sites.change(session, added, webhook_url=webhook_url, now=_now())
    click.echo(f"Site {name} was added. Its webhook secret is\n{secret}")


@site.command("list")
def site_list() -> None:
    """List the sites."""
    from sqlalchemy import select

    from .storage.sites import Site

    with _store() as session:
        for row in session.scalars(select(Site).order_by(Site.name)):
            click.echo(f"{row.name}\t{', '.join(row.origins)}\t{row.webhook_url or '-'}")


@site.command("settings")
@click.argument("name")
@click.argument("assignments", nargs=-1, metavar="[KEY=JSON]...")
@click.option("--origin", "origins", multiple=True, help="Replaces all origins; repeatable.")
@click.option("--title")
@click.option("--webhook-url", help="Empty: tell nobody.")
def site_settings(
    name: str,
    assignments: tuple[str, ...],
    origins: tuple[str, ...],
    title: str | None,
    webhook_url: str | None,
) -> None:
    """Show a site's settings, or change them: KEY=JSON, KEY=null for the default."""
    from .services import sites

    with _store() as session:
        found = sites.find(session, name)
        if assignments or origins or title is not None or webhook_url is not None:
            sites.change(
                session,
                found,
                now=_now(),
                settings=dict(_assignment(a) for a in assignments) if assignments else None,
                origins=list(origins) or None,
                title=title,
                webhook_url=webhook_url,
            )
            found = sites.find(session, name)
        for key, meaning in sites.SITE_SETTINGS.items():
            value = json.dumps(found.settings[key]) if key in found.settings else "(default)"
            click.echo(f"{key} = {value}\n    {meaning}")


def _assignment(raw: str) -> tuple[str, Any]:
    key, equals, value = raw.partition("=")
    if not equals:
        raise click.UsageError(f"{raw!r} is not KEY=JSON, like hold_first=1.")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value


@site.command("remove")
@click.argument("name")
@click.confirmation_option(prompt="This removes the site with all its comments. Go on?")
def site_remove(name: str) -> None:
    """Remove a site with its posts and comments."""
    from .services import sites

    with _store() as session:
        sites.remove(session, sites.find(session, name), now=_now())
    click.echo(f"Site {name} was removed.")


# Secrets


@main.group()
def secret() -> None:
    """A site's webhook secrets."""


@secret.command("list")
@click.argument("site_name", metavar="SITE")
def secret_list(site_name: str) -> None:
    """Print the valid secrets, the newest first."""
    from .services import sites

    with _store() as session:
        for value in sites.secrets_of(session, sites.find(session, site_name).id):
            click.echo(value)


@secret.command("add")
@click.argument("site_name", metavar="SITE")
@click.pass_context
def secret_add(context: click.Context, site_name: str) -> None:
    """The same as `secret rotate`."""
    context.invoke(secret_rotate, site_name=site_name)


@secret.command("rotate")
@click.argument("site_name", metavar="SITE")
def secret_rotate(site_name: str) -> None:
    """Add a new secret; the one before stays valid until `secret remove`."""
    from .services import sites

    with _store() as session:
        found = sites.find(session, site_name)
        click.echo(sites.rotate_secret(session, found, now=_now()))


@secret.command("remove")
@click.argument("site_name", metavar="SITE")
def secret_remove(site_name: str) -> None:
    """End a rotation: only the newest secret stays valid."""
    from .services import sites

    with _store() as session:
        found = sites.find(session, site_name)
        dropped = sites.drop_old_secrets(session, found, now=_now())
    click.echo(f"{dropped} older secret{'' if dropped == 1 else 's'} removed.")


# Moderators


@main.group()
def moderator() -> None:
    """People who review."""


@moderator.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(["moderator", "senior", "admin"]), default="moderator")
@click.option("--site", "site_names", multiple=True, help="Only on this site; repeatable.")
@click.option("--name", default="", help="What readers see beside replies.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def moderator_add(
    login: str, role: str, site_names: tuple[str, ...], name: str, password_stdin: bool
) -> None:
    """Add a moderator; asks for the password."""
    from .domain.roles import Role
    from .services import accounts, sites

    password = _password(password_stdin)
    with _store() as session:
        accounts.add_moderator(
            session,
            login,
            password,
            role=None if site_names else role,
            on_sites={sites.find(session, each).id: Role(role) for each in site_names},
            display_name=name.strip(),
            now=_now(),
        )
    click.echo(f"{login} can log in at /review/.")


@moderator.command("list")
def moderator_list() -> None:
    """List the moderators."""
    from sqlalchemy import select

    from .storage.people import Moderator, SiteRole
    from .storage.sites import Site

    with _store() as session:
        for row in session.scalars(select(Moderator).order_by(Moderator.login)):
            here = session.execute(
                select(SiteRole.role, Site.name)
                .join(Site, Site.id == SiteRole.site_id)
                .where(SiteRole.moderator_id == row.id)
                .order_by(Site.name)
            )
            roles = [row.role] if row.role != "none" else []
            roles += [f"{role} on {name}" for role, name in here]
            click.echo(f"{row.login}\t{', '.join(roles) or 'no role'}")


@moderator.command("password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def moderator_password(login: str, password_stdin: bool) -> None:
    """Set a new password and end the moderator's sessions."""
    from .services import accounts

    password = _password(password_stdin)
    with _store() as session:
        accounts.set_password(session, login, password, now=_now())
    click.echo("The password was changed.")


@moderator.command("remove")
@click.argument("login")
def moderator_remove(login: str) -> None:
    """Remove a moderator; decisions keep the name."""
    from .services import accounts

    with _store() as session:
        accounts.remove_moderator(session, login, now=_now())
    click.echo(f"{login} was removed.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password (at least 10 characters): ")
    if first != getpass.getpass("Again: "):
        raise click.ClickException("The two passwords are not the same.")
    return first


# Tokens


@main.group()
def token() -> None:
    """Tokens of the API."""


@token.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, default=("review",), show_default=True)
@click.option("--site", "site_name", help="Only for this site.")
@click.option("--days", type=click.IntRange(1, 3650), help="Ends after so many days.")
def token_add(name: str, scopes: tuple[str, ...], site_name: str | None, days: int | None) -> None:
    """Make a token and print it, the only time."""
    from .services import accounts, sites

    with _store() as session:
        click.echo(
            accounts.add_token(
                session,
                name,
                scopes=scopes,
                site=sites.find(session, site_name) if site_name else None,
                expires_at=_now() + timedelta(days=days) if days else None,
                now=_now(),
            )
        )


@token.command("list")
def token_list() -> None:
    """List the tokens' names and scopes."""
    from sqlalchemy import select

    from .storage.people import Token

    with _store() as session:
        for row in session.scalars(select(Token).order_by(Token.name)):
            click.echo(f"{row.name}\t{', '.join(row.scopes)}\t{row.created_at:%Y-%m-%d}")


@token.command("remove")
@click.argument("name")
def token_remove(name: str) -> None:
    """Make a token worthless."""
    from .services import accounts

    with _store() as session:
        accounts.remove_token(session, name, now=_now())
    click.echo(f"Token {name} was removed.")


# Judging, training and measuring without a store

main.add_command(train)
main.add_command(evaluate)


@main.command()
@click.option("--input", "source", type=click.File("rb"), default="-", help="JSON lines.")
@click.option("--output", "target", type=click.File("wb"), default="-")
def classify(source: BinaryIO, target: BinaryIO) -> None:
    """Judge comments without a store: a JSON line in, a JSON line out."""
    from .services.classify import classify as classify_lines

    bad = classify_lines(_watched(source, target), _writer(target))
    if bad:
        click.echo(f"{bad} line{'' if bad == 1 else 's'} could not be read.", err=True)
        sys.exit(1)


def _writer(target: BinaryIO) -> Callable[[bytes], None]:
    def write(line: bytes) -> None:
        target.write(line)
        # Whoever reads line by line gets each answer when it is made.
        target.flush()

    return write


def _watched(source: BinaryIO, target: BinaryIO) -> Iterator[bytes]:
    """The lines, with a bar on stderr when somebody is watching the terminal."""
    if not sys.stderr.isatty() or target.isatty():
        yield from source
        return
    length = None
    if source.seekable():
        length = os.fstat(source.fileno()).st_size
    bar: Any
    with click.progressbar(length=length, label="Judging", file=sys.stderr) as bar:
        for line in source:
            yield line
            bar.update(len(line))
