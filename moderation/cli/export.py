"""`moderation export`: a site as a file, for another store or another system."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import terminal
from .base import find_site, now, open_session

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_FORMATS = ("jsonl", "wxr", "disqus", "csv")


class _NotTaken(terminal.Refused):
    """The file was not imported at all."""

    exit_code = 2


class Moment(click.ParamType[datetime]):
    """A day or a time in ISO 8601; without a zone it is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, datetime):
            return value
        try:
            given = datetime.fromisoformat(str(value))
            return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("is no time such as 2026-11-30 or 2026-11-30T09:00:00Z.", param, ctx)


@click.command()
@click.option("--site", "site_name", metavar="SITE", required=True)
@click.option("--format", type=click.Choice(_FORMATS), default="jsonl", show_default=True)
@click.option("--since", type=Moment(), help="Only comments written or decided about since then.")
@click.option(
    "--posts",
    "prefixes",
    multiple=True,
    metavar="PREFIX",
    help="Only posts whose ids begin so; repeatable.",
)
@click.option(
    "--output",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Instead of standard output; the file appears when it is complete.",
)
def export(
    site_name: str,
    format: str,
    since: datetime | None,
    prefixes: tuple[str, ...],
    target: Path | None,
) -> None:
    """Export a site while it is in use; an import of `jsonl` restores all of it."""
    from ..domain import actors
    from ..domain.status import Actor
    from ..services.signing import Signing
    from ..services.transfer import exporting
    from ..services.transfer.snapshot import Scope
    from ..startup import load_settings

    chosen, scope = exporting.Format(format), Scope(since, prefixes)
    with open_session() as session:
        site = find_site(session, site_name)
        by = actors.By(Actor.SITE, "cli")
        exporting.note(session, site, chosen, scope, by, now=now())
        parts = exporting.export(session, Signing(load_settings()), site, chosen, scope)
        if target is None:
            for part in parts:
                sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()
        else:
            size = _write(target, parts)
            terminal.show(f"{target}: {size:,} bytes.")


def _write(target: Path, parts: Iterator[bytes]) -> int:
    """Write a file that only its owner may read, and give it its name when it is complete."""
    half: Path | None = None
    try:
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        half = Path(name)
        with os.fdopen(number, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        half.replace(target)
    except OSError as error:
        raise terminal.Refused(
            f"{target} cannot be written: {error.strerror}. Check the folder and its room."
        ) from None
    finally:
        if half is not None:
            with suppress(OSError):
                half.unlink(missing_ok=True)
    return size


# Restoring an export


def restore_export(
    session: "Session", site_name: str, source: Path, *, dry_run: bool = False
) -> None:
    """Import a file in JSON lines; `moderation import jsonl` calls this.

    A site that is not there is added. Ends the command with exit code 2 for a file that is no
    complete export, which changes nothing.
    """
    from ..domain.errors import SiteNotFound
    from ..services.signing import Signing
    from ..services.sites import changes, registry
    from ..services.transfer import jsonl_import
    from ..services.transfer.jsonl_file import NotAnExport, checked
    from ..startup import load_settings

    try:
        try:
            site = registry.find(session, site_name)
        except SiteNotFound:
            changes.check_name(site_name)
            with checked(source) as file:
                comments = file.counts.get("comment", 0)
            if dry_run:
                terminal.show(f"Would add the site {site_name} with {comments:,} comments.")
                return
            site, _ = changes.add(session, site_name, title="", origins=[], now=now())
            terminal.show(f"Site {site_name} was added.")
        result = jsonl_import.run(
            session,
            Signing(load_settings()),
            site,
            source,
            now=now(),
            dry_run=dry_run,
            progress=_progress if sys.stderr.isatty() else None,
        )
    except NotAnExport as error:
        raise _NotTaken(error.detail) from None
    _report(result, dry_run=dry_run)


def _progress(done: int, all: int) -> None:
    click.echo(f"\r{done:,} of {all:,} comments", nl=done == all, err=True)


def _report(result: Any, *, dry_run: bool) -> None:
    if dry_run:
        for kind, count in sorted(result.lines.items()):
            terminal.row(kind, f"{count:,}")
    for what, count in sorted(result.done.items()):
        terminal.row(what, f"{count:,}")
    if result.settings == "kept":
        terminal.show(
            "The site has posts and settings of its own, so its settings were kept. To take the "
            "file's, import it into an empty site."
        )
    if result.has_new_ids:
        terminal.show("Another site of this store has ids of the file: every id is a new one.")
