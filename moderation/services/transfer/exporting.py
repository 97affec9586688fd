"""Exports of a site in any format, streamed from one snapshot; nothing is written.

Writers go on: SQLite reads a snapshot of its write-ahead log, PostgreSQL one of REPEATABLE READ
in a transaction that is read only. An export that was interrupted is begun again; a later one
may hold only what is newer (`Scope.since`).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.storage.engine import begin_write, read_one_moment
from moderation.storage.models.sites import Site

from .. import audit
from ..signing import Signing
from . import csv_export, disqus_export, jsonl_export, wxr_export
from .snapshot import WHOLE, Progress, Scope, Snapshot


class Format(StrEnum):
    """The format of an export."""

    #: The whole site; the only one that `moderation import jsonl` restores completely.
    JSONL = "jsonl"
    #: WordPress eXtended RSS, for WordPress' own importer.
    WXR = "wxr"
    #: The format of Disqus' own exports, which most other systems import.
    DISQUS = "disqus"
    CSV = "csv"


_WRITERS: Mapping[Format, Callable[[Snapshot], Iterator[bytes]]] = MappingProxyType(
    {
        Format.JSONL: jsonl_export.write,
        Format.WXR: wxr_export.write,
        Format.DISQUS: disqus_export.write,
        Format.CSV: csv_export.write,
    }
)
CONTENT_TYPES: Mapping[Format, str] = MappingProxyType(
    {
        Format.JSONL: "application/x-ndjson",
        Format.WXR: "application/xml",
        Format.DISQUS: "application/xml",
        Format.CSV: "text/csv; charset=utf-8",
    }
)
ENDINGS: Mapping[Format, str] = MappingProxyType(
    {Format.JSONL: "jsonl", Format.WXR: "xml", Format.DISQUS: "xml", Format.CSV: "csv"}
)


def note(
    session: Session, site: Site, format: Format, scope: Scope, by: By, *, now: datetime
) -> None:
    """Write that a site is exported into the audit trail; commits.

    An export holds every text and address of the site, and leaves the service.
    """
    begin_write(session)
    write_note(session, site, format, scope, by, now=now)
    session.commit()


def write_note(
    session: Session,
    site: Site,
    format: Format,
    scope: Scope,
    by: By,
    *,
    now: datetime,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Write that a site is exported into the audit trail, in the caller's transaction."""
    since = scope.since.isoformat() if scope.since else None
    detail = {"format": format.value, "since": since, "posts": list(scope.posts), **more}
    audit.write_about(session, site, by, "site.exported", now, detail)


def export(
    session: Session,
    runtime: Signing,
    site: Site,
    format: Format = Format.JSONL,
    scope: Scope = WHOLE,
    *,
    progress: Progress | None = None,
) -> Iterator[bytes]:
    """Yield an export of a site in small parts; the session is used for it alone."""
    read_one_moment(session, read_only=True)
    try:
        # As of the same moment as its posts.
        current = session.get_one(Site, site.id, populate_existing=True)
        session.expunge(current)
        snapshot = Snapshot(session, runtime, current, scope, progress)
        snapshot.advance(0)
        yield from _WRITERS[format](snapshot)
    finally:
        session.rollback()
