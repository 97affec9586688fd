"""`moderation import`: comments of other systems."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from . import terminal
from .base import find_site, now, open_session
from .export import restore_export

if TYPE_CHECKING:
    from datetime import tzinfo

    from moderation.services.transfer.imports import Options, Reading, Result
    from moderation.services.transfer.url_map import UrlMap

#: Notes that are printed; all are in the report.
_SHOWN = 10
_FORMATS = (
    *("auto", "disqus", "wordpress", "isso", "remark42", "commento", "comentario", "cusdis"),
    *("waline", "artalk", "twikoo", "valine", "jsonl"),
)
#: What became of an entry with a note.
_KINDS = {
    "refused": "refused",
    "skipped": "left out",
    "orphan": "without its thread or parent",
}
_FILE = click.Path(dir_okay=False, path_type=Path)


class Broken(terminal.Refused):
    """The file, the map or an option is wrong; nothing was stored."""

    exit_code = 2


@click.command("import")
@click.argument("format_name", metavar="FORMAT", type=click.Choice(_FORMATS))
@click.argument(
    "source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--site", "site_name", metavar="SITE", required=True, help="The site to import into.")
@click.option("--dry-run", is_flag=True, help="Print what would be made, and store nothing.")
@click.option("--map-urls", "map_file", type=_FILE, help="Rules from old addresses to new ones.")
@click.option("--only-host", "hosts", multiple=True, help="Take pages of this host; repeat it.")
@click.option("--timezone", "zone_name", help="Zone of dates without one, such as Asia/Shanghai.")
@click.option(
    "--status",
    type=click.Choice(["keep", "hold"]),
    default="keep",
    show_default=True,
    help="Keep what was decided, or let the filters hold what they doubt.",
)
@click.option("--report", type=_FILE, help="Write the plan, the result and every note as JSON.")
def import_comments(
    format_name: str,
    source: Path,
    site_name: str,
    dry_run: bool,
    map_file: Path | None,
    hosts: tuple[str, ...],
    zone_name: str | None,
    status: str,
    report: Path | None,
) -> None:
    """Import the comments of another system from FILE.

    FORMAT `auto` recognises the file. A repeated import adds what is new. `jsonl` restores an
    export of this service, into a site that is added where there is none. Exits with 1 when single
    comments were refused, with 2 when the file cannot be imported.
    """
    from moderation.domain.actors import By
    from moderation.domain.status import Actor
    from moderation.services.signing import Signing
    from moderation.services.transfer import formats, imports
    from moderation.startup import load_settings

    rules = _rules(map_file, hosts)
    zone = _zone(zone_name)
    chosen = None if format_name == "auto" else formats.Format(format_name)
    with open_session() as session, _broken():
        if imports.recognise(source, chosen)[1] is formats.Format.JSONL:
            if map_file or hosts or zone_name or report or status != "keep":
                raise Broken(
                    "An export of this service is imported as it is: of the options only --site "
                    "and --dry-run apply. Leave the others out."
                )
            restore_export(session, site_name, source, dry_run=dry_run)
            return
        site = find_site(session, site_name)
        options = imports.Options(chosen, rules, zone, hold=status == "hold")
        if zone_name is None:
            options = _with_zone(session, site, source, options)
        with (
            _Bars() as bars,
            imports.read(session, site, source, options, now=now(), progress=bars) as reading,
        ):
            bars.end()
            _show_plan(reading, dry_run=dry_run)
            result = None
            if not dry_run:
                runtime = Signing(load_settings())
                by = By(Actor.SITE, "cli")
                result = imports.store(
                    session, runtime, site, reading, options, by, clock=now, progress=bars
                )
                bars.end()
                _show_result(result, site_name)
            _show_notes(reading, report)
            if report is not None:
                _write_report(report, reading, result)
            refused = reading.plan.refused
    if refused:
        sys.exit(1)


def _rules(map_file: Path | None, hosts: tuple[str, ...]) -> "UrlMap":
    from moderation.services.transfer.url_map import UrlMap, read_map

    with _broken():
        rules = UrlMap()
        if map_file is not None:
            try:
                with map_file.open(encoding="utf-8") as lines:
                    rules = read_map(lines)
            except UnicodeDecodeError:
                raise Broken(f"{map_file} is not UTF-8 text.") from None
            except OSError as error:
                raise Broken(f"{map_file} cannot be read: {error.strerror}.") from None
    rules.only_hosts = frozenset(host.lower().rstrip(".") for host in hosts)
    return rules


def _zone(name: str | None) -> "tzinfo":
    from datetime import UTC

    from moderation.services.transfer.dates import NoZone, zone_named

    if name is None:
        return UTC
    try:
        return zone_named(name)
    except NoZone:
        raise Broken(
            f"There is no time zone called {name}. Use a name such as Europe/Berlin, or +08:00."
        ) from None


def _with_zone(session: Any, site: Any, source: Path, options: "Options") -> "Options":
    """Ask for the time zone where the file has dates without one, and a person is there."""
    from dataclasses import replace

    from moderation.services.transfer import imports

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return options
    with imports.read(session, site, source, options, now=now()) as reading:
        undated = reading.plan.dates_without_zone
    if not undated:
        return options
    name = click.prompt(
        f"{undated:,} dates have no time zone. Zone of the old server", default="UTC", err=True
    )
    return replace(options, zone=_zone(name))


@contextmanager
def _broken() -> Iterator[None]:
    from moderation.services.transfer.records import Unreadable

    try:
        yield
    except Unreadable as error:
        raise Broken(f"{error} Nothing was imported.") from None


# Output


class _Bars:
    """A progress bar for each stage, with rate and rest, when stderr is a terminal."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: Any = None
        self._begun = 0.0
        self._done = 0

    def __enter__(self) -> "_Bars":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def __call__(self, stage: str, done: int, whole: int) -> None:
        if not sys.stderr.isatty():
            return
        if stage != self._stage:
            self.end()
            self._stage, self._begun, self._done = stage, monotonic(), 0
            self._bar = click.progressbar(
                length=max(whole, 1),
                label=f"{stage:8}",
                file=sys.stderr,
                item_show_func=self._rate,
                update_min_steps=max(1, whole // 500),
            )
            self._bar.__enter__()
        self._bar.update(done - self._done, done)
        self._done = done

    def _rate(self, done: int | None) -> str:
        rate = (done or 0) / max(monotonic() - self._begun, 0.001)
        return f"{rate / 1e6:,.1f} MB/s" if self._stage == "Reading" else f"{rate:,.0f}/s"

    def end(self) -> None:
        """Finish the bar of the stage at hand."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
        self._bar, self._stage = None, ""


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _show_plan(reading: "Reading", *, dry_run: bool) -> None:
    plan = reading.plan
    terminal.show(f"Recognised as {reading.name}.")
    counts = ", ".join(f"{count:,} {status}" for status, count in plan.by_status.items())
    pages = _counted(plan.pages, "page")
    terminal.show(f"{_counted(plan.comments, 'comment')} on {pages}: {counts or 'none'}.")
    if plan.dates_without_zone:
        terminal.show(
            f"{plan.dates_without_zone:,} dates have no time zone: name it with --timezone if it "
            "is not the one that was used."
        )
    if not dry_run:
        return
    terminal.show("Hosts:")
    for host, count in plan.hosts.items():
        terminal.row(f"  {host or '(paths without a host)'}", f"{count:,}")
    terminal.show(f"The largest of {pages}:")
    for post_id, count in plan.largest:
        terminal.row(f"  {post_id}", f"{count:,}")
    terminal.show(
        f"Orphans: {plan.orphans:,}. Repeated in the file: {plan.duplicates:,}. "
        f"Left out: {plan.skipped:,}. Refused: {plan.refused:,}."
    )
    terminal.show(
        f"Would be made: {_counted(plan.comments - plan.known, 'comment')}, "
        f"{_counted(plan.bans, 'ban')}; imported before: {plan.known:,}. Nothing was stored."
    )


def _show_result(result: "Result", site_name: str) -> None:
    stored = result.stored
    counts = ", ".join(f"{count:,} {status}" for status, count in stored.by_status.items())
    counts = f" ({counts})" if counts else ""
    terminal.show(
        f"Added {_counted(stored.added, 'comment')}{counts}, {_counted(stored.posts, 'post')} and "
        f"{_counted(stored.bans, 'ban')} to {site_name}."
    )
    terminal.show(
        f"Changed {stored.changed:,}; unchanged {stored.unchanged:,}; left as changed here "
        f"{stored.kept:,}."
    )


def _show_notes(reading: "Reading", report: Path | None) -> None:
    if not reading.plan.reasons:
        return
    for why, reason, count in reading.plan.reasons:
        entries = "1 entry" if count == 1 else f"{count:,} entries"
        terminal.show(f"{entries} {_KINDS[why]}: {reason}.")
    shown = 0
    for note in reading.spill.notes():
        if note.why == "refused":
            shown += 1
            terminal.show(f"  {note.place}: {note.reason}")
        if shown == _SHOWN:
            break
    if reading.plan.refused > shown and report is None:
        terminal.show("  All of them with --report FILE.")


def _write_report(target: Path, reading: "Reading", result: "Result | None") -> None:
    from moderation.services.transfer.report import document

    content = document(reading, result.as_json() if result else None)
    try:
        target.write_bytes(content)
    except OSError as error:
        raise terminal.Refused(
            f"The report cannot be written to {target}: {error.strerror}. The import is done."
        ) from None
