"""The `moderation` command. Each command imports what it needs, so that all start at once."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from . import __version__
from .services.accounts_cli import moderator, token
from .services.backup_cli import backup, restore, verify
from .services.health_cli import health
from .services.ports_cli import require_free
from .services.sites_cli import secret, site
from .services.store_cli import require_store, settings_told
from .training.cli import train
from .training.evaluate_cli import evaluate

#: Commands that write no store, and whose files others may read.
_PUBLIC = frozenset({"classify", "train", "evaluate"})


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """A self-hosted comment service with moderation built in."""
    if context.invoked_subcommand not in _PUBLIC:
        # SQLite's files, copies and secrets: other accounts of the machine may not read them.
        before = os.umask(0o077)
        # A process that calls a command as a function goes on after it.
        context.call_on_close(lambda: os.umask(before))


# Running


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, help="Processes that serve.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve HTTP."""
    require_free(host, [port], "choose another with --port {port}.")
    require_store()
    from .server import CannotListen
    from .server import serve as serve_app

    with settings_told():
        try:
            serve_app(host, port, workers)
        except CannotListen as error:
            raise click.ClickException(f"{error}. Choose another with --port.") from None


main.add_command(health)


@main.command()
def worker() -> None:
    """Send webhooks and mail and tidy up until stopped."""
    import signal
    import threading

    from . import create_app
    from .worker import work

    require_store()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with settings_told():
        app = create_app()
    work(app, stop)


@main.command()
def migrate() -> None:
    """Bring the store to this release's schema; runs beside the previous release."""
    from . import create_app
    from .storage.schema import Schema, place
    from .storage.upgrade import migrate as bring_up

    require_store(migrated=False)
    with settings_told():
        app = create_app()
        before = bring_up(app)
    settings = app.extensions["moderation"].settings
    click.echo(
        {
            Schema.EMPTY: f"Created {place(settings)}.",
            Schema.OLDER: "The store has this release's schema now.",
            Schema.CURRENT: "The store is up to date.",
            Schema.NEWER: "The store has a newer release's schema, which this one works with.",
        }[before]
    )


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65534))
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("data"))
@click.option("--empty", is_flag=True, help="Without the comments that it begins with.")
def demo(host: str, port: int, data_dir: Path, empty: bool) -> None:
    """Serve a demonstration site with an article; `make run` calls this."""
    require_free(host, [port, port + 1], "make run PORT={port}, or moderation demo --port {port}.")
    from .demo import run

    with settings_told():
        run(host, port, data_dir, empty=empty)


main.add_command(backup)
main.add_command(restore)
main.add_command(verify)


# Sites and people

main.add_command(site)
main.add_command(secret)
main.add_command(moderator)
main.add_command(token)


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
