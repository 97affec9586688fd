"""The `moderation` command. Each command imports what it needs, so that all start quickly."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from .. import __version__
from .accounts import moderator, token
from .akismet import akismet
from .backup import backup, restore, verify
from .base import report_settings_errors, require_store, store_errors
from .checker import checker
from .coral import coral
from .deliveries import deliveries
from .evaluate import evaluate
from .export import export
from .health import health
from .hooks import hook
from .imports import import_comments
from .keys import examples, key
from .ports import require_free
from .posts import posts
from .privacy import privacy
from .reader_mail import mail
from .sign_on import sign_on
from .sites import secret, site
from .train import train
from .transparency import transparency
from .webhooks import webhook

#: Commands without a store, whose files others may read.
_PUBLIC = frozenset({"classify", "train", "evaluate"})


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """A self-hosted comment service with moderation built in."""
    if context.invoked_subcommand not in _PUBLIC:
        # SQLite's files, copies and secrets: other accounts of the machine may not read them.
        before = os.umask(0o077)
        # A process that calls a command as a function continues after it.
        context.call_on_close(lambda: os.umask(before))


# Running


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, help="Number of server processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve HTTP."""
    require_free(host, [port], "choose another with --port {port}.")
    require_store()
    from ..server import CannotListen
    from ..server import serve as serve_app

    with report_settings_errors():
        try:
            serve_app(host, port, workers)
        except CannotListen as error:
            raise click.ClickException(f"{error}. Choose another with --port.") from None


main.add_command(health)


@main.command()
def worker() -> None:
    """Send webhooks and mail and clean up until stopped."""
    import signal
    import threading

    from ..services.signing import Signing
    from ..startup import load_settings
    from ..storage.engine import open_store
    from ..worker import work

    require_store()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with report_settings_errors():
        settings = load_settings()
    work(open_store(settings), Signing(settings), stop)


@main.command()
def migrate() -> None:
    """Bring the store to this release's schema; runs beside the previous release."""
    from ..startup import load_settings
    from ..storage.migrate import migrate as bring_up
    from ..storage.schema_version import Schema, place

    require_store(migrated=False)
    with report_settings_errors(), store_errors():
        settings = load_settings()
        before = bring_up(settings)
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
@click.option("--empty", is_flag=True, help="Start without comments.")
def demo(host: str, port: int, data_dir: Path, empty: bool) -> None:
    """Serve a demonstration site with an article; `make run` calls this."""
    require_free(host, [port, port + 1], "make run PORT={port}, or moderation demo --port {port}.")
    from ..demo import run

    with report_settings_errors():
        run(host, port, data_dir, empty=empty)


main.add_command(backup)
main.add_command(restore)
main.add_command(verify)
main.add_command(export)
main.add_command(posts)


# Sites and people

main.add_command(site)
main.add_command(secret)
main.add_command(key)
main.add_command(coral)
main.add_command(checker)
main.add_command(examples)
main.add_command(sign_on)
main.add_command(webhook)
main.add_command(hook)
main.add_command(deliveries)
main.add_command(transparency)
main.add_command(akismet)
main.add_command(moderator)
main.add_command(mail)
main.add_command(token)
main.add_command(privacy)


# Moving in

main.add_command(import_comments)


# Judging, training and measuring without a store

main.add_command(train)
main.add_command(evaluate)


@main.command()
@click.option("--input", "source", type=click.File("rb"), default="-", help="JSON lines.")
@click.option("--output", "target", type=click.File("wb"), default="-")
@click.option(
    "--format",
    type=click.Choice(["decision", "perspective"]),
    default="decision",
    show_default=True,
    help="Our decision with its reasons, or the scores of the Perspective API.",
)
def classify(source: BinaryIO, target: BinaryIO, format: str) -> None:
    """Judge comments without a store: a JSON line in, a JSON line out."""
    from .classify import classify as classify_lines

    bad = classify_lines(_watched(source, target), _writer(target), format=format)
    if bad:
        click.echo(f"{bad} line{'' if bad == 1 else 's'} could not be read.", err=True)
        sys.exit(1)


def _writer(target: BinaryIO) -> Callable[[bytes], None]:
    def write(line: bytes) -> None:
        target.write(line)
        # A consumer that reads line by line gets each result at once.
        target.flush()

    return write


def _watched(source: BinaryIO, target: BinaryIO) -> Iterator[bytes]:
    """Yield the lines, with a progress bar when stderr is a terminal."""
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
