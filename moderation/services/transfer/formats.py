"""The formats that are imported: their readers, and how a file is recognised by its content."""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from . import sql_dump
from .dates import Times
from .files import Kind, Opened
from .json_list import is_lines
from .readers import (
    artalk,
    commento,
    cusdis,
    disqus,
    isso,
    remark42,
    twikoo,
    valine,
    waline,
    wordpress,
)
from .records import Record, Unreadable
from .sqlite_file import open_database

Read = Callable[[Opened, Times], Iterator[Record]]


class Format(StrEnum):
    """The name of a format on the command line, and of the source in the store."""

    DISQUS = "disqus"
    WORDPRESS = "wordpress"
    ISSO = "isso"
    REMARK42 = "remark42"
    COMMENTO = "commento"
    COMENTARIO = "comentario"
    CUSDIS = "cusdis"
    WALINE = "waline"
    ARTALK = "artalk"
    TWIKOO = "twikoo"
    VALINE = "valine"
    #: Our own export, which `services/transfer` restores whole in another way.
    JSONL = "jsonl"


READERS: dict[Format, Read] = {
    Format.DISQUS: disqus.read,
    Format.WORDPRESS: wordpress.read,
    Format.ISSO: isso.read,
    Format.REMARK42: remark42.read,
    Format.COMMENTO: commento.read,
    Format.COMENTARIO: commento.read,
    Format.CUSDIS: cusdis.read,
    Format.WALINE: waline.read,
    Format.ARTALK: artalk.read,
    Format.TWIKOO: twikoo.read,
    Format.VALINE: valine.read,
}
#: Kinds of file that a format comes in.
KINDS: dict[Format, frozenset[Kind]] = {
    Format.DISQUS: frozenset({Kind.XML}),
    Format.WORDPRESS: frozenset({Kind.XML}),
    Format.ISSO: frozenset({Kind.SQLITE, Kind.SQL, Kind.JSON}),
    Format.WALINE: frozenset({Kind.JSON, Kind.SQLITE, Kind.SQL, Kind.UNKNOWN}),
    Format.CUSDIS: frozenset({Kind.SQLITE, Kind.SQL}),
}

_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]{1,40}:)?([A-Za-z]+)")
_COMMENTS = re.compile(rb"<!--.*?-->", re.DOTALL)


def recognise(opened: Opened) -> Format:
    """Return the format of a file; raise Unreadable where it is none that is known."""
    head = opened.beginning
    found: Format | None = None
    if opened.kind in (Kind.UNKNOWN, Kind.SQL) and waline.is_csv(opened):
        found = Format.WALINE
    elif opened.kind is Kind.XML:
        root = _ROOT.search(_COMMENTS.sub(b"", head))
        found = {b"disqus": Format.DISQUS, b"rss": Format.WORDPRESS}.get(root[1] if root else b"")
    elif opened.kind is Kind.SQLITE:
        with open_database(opened) as database:
            if {"threads", "comments"} <= database.tables:
                found = Format.ISSO
            elif {"pages", "comments"} <= database.tables:
                found = Format.CUSDIS
            elif any(map(waline.is_table, database.tables)):
                found = Format.WALINE
    elif opened.kind is Kind.SQL:
        found = _of_sql(sql_dump.tables(opened))
    elif opened.kind is Kind.JSON or head.startswith(b"#filetype:JSON-streaming"):
        found = _of_json(opened, head)
    if found is None:
        raise Unreadable(
            f"The file is {_described(opened)}, and its format is not recognised. Name the format: "
            f"one of {', '.join(Format)}."
        )
    return found


def check_kind(format: Format, opened: Opened) -> None:
    """Raise Unreadable where a file cannot be of a format."""
    kinds = KINDS.get(format, frozenset({Kind.JSON, Kind.UNKNOWN}))
    if opened.kind not in kinds:
        wanted = " or ".join(sorted(kind.value for kind in kinds - {Kind.UNKNOWN}))
        raise Unreadable(
            f"The file is {_described(opened)}, and an export of {format} is {wanted}."
        )


def name_of(format: Format, opened: Opened) -> str:
    """Return the name of what was recognised, for people."""
    named = str(format)
    if format is Format.WORDPRESS and b"http://www.disqus.com/" in opened.head:
        named = "wordpress (Disqus' import format)"
    return f"{named}, {opened.packing}" if opened.packing else named


def _described(opened: Opened) -> str:
    if opened.kind is Kind.UNKNOWN:
        return "neither XML nor JSON nor a database"
    return opened.kind.value


def _of_sql(tables: set[str]) -> Format:
    """Recognise a dump by the names of its tables."""
    if any(map(waline.is_table, tables)):
        return Format.WALINE
    return Format.ISSO if "threads" in tables else Format.CUSDIS


def _of_json(opened: Opened, head: bytes) -> Format | None:
    """Recognise JSON by the names in its first kilobytes, which each format has of its own."""
    names = set(re.findall(rb'"([A-Za-z0-9_]{1,40})"\s*:', head))
    if re.match(rb'\{\s*"type"\s*:\s*"site"', head):
        return Format.JSONL
    if b"locator" in names or ({b"version", b"users", b"posts"} <= names and is_lines(opened)):
        return Format.REMARK42
    if re.search(rb'"type"\s*:\s*"waline"', head) or (b"Comment" in names and b"nick" in names):
        return Format.WALINE
    if head.startswith(b"[") and {b"comments", b"remote_addr"} <= names:
        return Format.ISSO
    if {b"version"} <= names and names & {b"comments", b"commenters", b"pages", b"version"}:
        version = re.search(rb'"version"\s*:\s*(\d+)', head)
        return Format.COMENTARIO if version and version[1] == b"3" else Format.COMMENTO
    if b"commentHex" in names:
        return Format.COMMENTO
    if b"page_key" in names:
        return Format.ARTALK
    if b"nick" in names and b"comment" in names:
        has_own = names & {b"_id", b"mailMd5", b"isSpam", b"href"}
        return Format.TWIKOO if has_own and b"objectId" not in names else Format.VALINE
    return None
