"""Export of everything about one person, as JSON or as a page, streamed.

Rows are read a page at a time, each in a transaction of its own, so that neither memory nor a
long read grows with a person's comments.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table, select, tuple_
from sqlalchemy.orm import Session

from moderation.domain import characters
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site

from ..signing import Signing
from . import erasure, persons, requests
from .persons import Person
from .registry import Audience, Personal, Scope, Section, Way
from .tables import PERSONAL

#: Names the shape of the JSON document.
FORMAT = "moderation-person/1"
#: Rows of one read.
PAGE = 200


@dataclass(frozen=True, slots=True)
class Export:
    """A person's export, to be written once."""

    session: Session
    runtime: Signing
    site_name: str
    site_title: str
    person: Person
    audience: Audience
    made_at: datetime
    #: Times of earlier erasures, for the site alone.
    erased_at: tuple[datetime, ...]
    pending: requests.Pending | None

    def rows(self) -> Iterator[tuple[Personal, dict[str, Any]]]:
        """Yield the rows of all tables, table by table."""
        for personal in PERSONAL:
            columns = personal.exported(self.audience)
            if not any(name in personal.holds for name in columns):
                continue
            for way in personal.ways:
                if way.exported:
                    for row in self._rows_of(personal, way, columns):
                        yield personal, row

    def _rows_of(
        self, personal: Personal, way: Way, columns: tuple[str, ...]
    ) -> Iterator[dict[str, Any]]:
        if not way.by_comment:
            yield from self._pages(personal, way, columns, ())
            return
        for ids in self._comment_ids():
            yield from self._pages(personal, way, columns, ids)

    def _comment_ids(self) -> Iterator[list[UUID]]:
        last: UUID | None = None
        while True:
            statement = select(Comment.id).where(self.person.wrote()).order_by(Comment.id)
            if last is not None:
                statement = statement.where(Comment.id > last)
            ids = list(self.session.scalars(statement.limit(PAGE)))
            self.session.rollback()
            if ids:
                yield ids
            if len(ids) < PAGE:
                return
            last = ids[-1]

    def _pages(
        self, personal: Personal, way: Way, columns: tuple[str, ...], ids: Any
    ) -> Iterator[dict[str, Any]]:
        table = personal.table
        keys = list(table.primary_key)
        scope = Scope(self.session, self.runtime, self.person, self.made_at, ids)
        chosen = way.find(table, scope)
        last: tuple[Any, ...] | None = None
        while True:
            statement = select(*keys, *(table.c[name].label(f"_{name}") for name in columns))
            if table is Comment.__table__:
                statement = statement.add_columns(Post.external_id, Post.title, Post.url).join(
                    Post, Post.id == table.c.post_id
                )
            statement = statement.where(chosen).order_by(*keys).limit(PAGE)
            if last is not None:
                statement = statement.where(tuple_(*keys) > last)
            rows = self.session.execute(statement).all()
            self.session.rollback()
            for row in rows:
                row_of = dict(zip(columns, row[len(keys) :], strict=False))
                if table is Comment.__table__:
                    row_of["post"] = dict(zip(("id", "title", "url"), row[-3:], strict=True))
                yield row_of
            if len(rows) < PAGE:
                return
            last = tuple(rows[-1][: len(keys)])


def prepare(
    session: Session,
    runtime: Signing,
    site: Site,
    person: Person,
    audience: Audience,
    *,
    now: datetime,
) -> Export:
    """Return the export of a person; nothing is read before it is written."""
    past = erasure.past_erasures(session, runtime, person) if audience is Audience.SITE else []
    pending = requests.pending_of(session, person)
    person = persons.with_voters(session, runtime, person)
    return Export(
        session, runtime, site.name, site.title, person, audience, now, tuple(past), pending
    )


def as_json(export: Export) -> Iterator[bytes]:
    """Yield one JSON document: rows by table, in `data`."""
    head = {
        "format": FORMAT,
        "site": export.site_name,
        "made_at": export.made_at,
        "erased_at": list(export.erased_at),
        "erasure_due_at": export.pending.due_at if export.pending else None,
    }
    yield _dumped(head)[:-1] + b',"data":{'
    table: Table | None = None
    for personal, row in export.rows():
        if personal.table is table:
            yield b","
        else:
            opening = b"" if table is None else b"],"
            table = personal.table
            yield opening + b'"%s":[' % table.name.encode()
        yield _dumped(row)
    yield (b"" if table is None else b"]") + b"}}\n"


def _dumped(value: Any) -> bytes:
    dumped = orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)
    return characters.in_json(dumped.decode()).encode()


def _plain(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    raise TypeError(type(value).__name__)


#: Headings of the page; the pages for readers pass translations.
ENGLISH: Mapping[str, str] = {
    "data_title": "Everything stored about you",
    "data_none": "Nothing is stored about you here.",
    "data_due": "It will be erased on {time}.",
    "data_comments": "Comments",
    "data_earlier": "Earlier versions",
    "data_decisions": "Decisions about your comments",
    "data_about": "Notes, pictures and bans",
    "data_technical": "Technical records",
}
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}dl{display:grid;grid-template-columns:minmax(8rem,auto) 1fr;"
    "gap:.2rem 1rem;border-top:1px solid #8888;padding:.8rem 0;margin:0}"
    "dt{color:#777}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}"
)


def as_html(
    export: Export, *, words: Mapping[str, str] = ENGLISH, lang: str = "en", dir: str = "ltr"
) -> Iterator[bytes]:
    """Yield a readable page without scripts or links, that can be saved as a file."""
    title = f"{words['data_title']}: {export.site_title or export.site_name}"
    yield (
        f'<!doctype html>\n<html lang="{lang}" dir="{dir}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n<p>{_moment(export.made_at)}</p>\n"
    ).encode()
    if export.pending:
        due = words["data_due"].replace("{time}", f"{export.pending.due_at:%Y-%m-%d %H:%M} UTC")
        yield f"<p>{escape(due)}</p>\n".encode()
    section: Section | None = None
    for personal, row in export.rows():
        if personal.section is not section:
            section = personal.section
            yield f"<h2>{escape(words[f'data_{section.value}'])}</h2>\n".encode()
        yield _list(row).encode("utf-8", "replace")
    if section is None:
        yield f"<p>{escape(words['data_none'])}</p>\n".encode()
    yield b"</body>\n</html>\n"


def _list(row: dict[str, Any]) -> str:
    lines = (
        f"<dt>{escape(name)}</dt><dd dir=auto>{escape(_shown(value))}</dd>"
        for name, value in row.items()
        if value not in (None, "", [], {})
    )
    return f"<dl>{''.join(lines)}</dl>\n"


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, dict | list):
        return orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2).decode()
    if isinstance(value, bytes | memoryview):
        return _plain(value)
    return "\n".join(map(characters.escaped, str(value).split("\n")))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
