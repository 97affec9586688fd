"""XML exports as a stream of flat records, with bounds on everything.

No document type is read: entities would let a small file expand without end, or read another.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from .files import LONGEST_ENTRY, Opened
from .records import Unreadable
from .xml_repair import repaired

_BEHIND = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
#: Namespaces by the prefix that their records are wanted with; files may choose another one.
_NAMESPACES = (
    (re.compile(r"https?://wordpress\.org/export/[\w.]{1,20}/?"), "wp:"),
    (re.compile(r"https?://disqus\.com/disqus-internals/?"), "dsq:"),
    (re.compile(r"https?://www\.disqus\.com/?"), "dsq:"),
    (re.compile(r"https?://disqus\.com/?"), ""),
)
#: Elements in each other.
_DEEPEST = 64
#: Different names of elements and attributes; exports have a hundred.
_MOST_NAMES = 10_000
#: Characters of one field; a longer text is cut there, and the record is marked.
LONGEST_FIELD = 1 << 20


@dataclass(slots=True)
class Element:
    """A record: its wanted texts by their paths, and wanted attributes as `path@name`."""

    name: str
    line: int
    #: Number of the record of the outer kind that it is in, or that it is.
    outer: int
    fields: dict[str, str] = field(default_factory=dict)
    #: A field was longer than LONGEST_FIELD.
    is_cut: bool = False

    def get(self, path: str) -> str:
        """Return the text of a field without white space around it, empty without one."""
        return self.fields.get(path, "").strip()


def elements(
    opened: Opened, root: Collection[str], records: Mapping[str, int], wanted: Collection[str]
) -> Iterator[Element]:
    """Yield each record when it ends; raise Unreadable where the file is no such XML.

    Names have the usual prefixes, whatever the file declares for their namespaces; `records` have
    the depth that each is at. A record may be in another one, and ends before it. A text or
    attribute is kept if its path within its record is `wanted`.
    """
    handler = _Handler(frozenset(root), records, frozenset(wanted))
    parser = handler.parser
    fed = 0
    try:
        for piece in repaired(opened.text()):
            raw = piece.encode()
            fed += len(raw)
            parser.Parse(raw, False)
            if fed - parser.CurrentByteIndex > LONGEST_ENTRY:
                raise Unreadable(
                    f"Line {parser.CurrentLineNumber:,} has a tag that is longer than "
                    f"{LONGEST_ENTRY:,} bytes."
                )
            yield from handler.taken()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if handler.has_ended and error.code == _BEHIND:
            # Notices of PHP and marks of caches behind the document.
            yield from handler.taken()
            return
        raise Unreadable(
            f"The file is not well-formed XML: line {error.lineno:,}, column {error.offset + 1:,}: "
            f"{expat.ErrorString(error.code)}."
        ) from None
    yield from handler.taken()


class _Handler:
    def __init__(
        self, root: frozenset[str], records: Mapping[str, int], wanted: frozenset[str]
    ) -> None:
        self._root, self._records, self._wanted = root, records, wanted
        self._names: list[str] = []
        #: Open records, each with the depth that it began at.
        self._open: list[tuple[Element, int]] = []
        self._done: list[Element] = []
        self._outer = 0
        #: Unusual prefixes of known namespaces, with the usual ones.
        self._prefixes: dict[str, str] = {}
        self.has_ended = False
        self._path: str | None = None
        self._text: list[str] = []
        self._length = 0
        # The pieces are encoded anew, under any declared encoding.
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._entity

    def taken(self) -> list[Element]:
        done, self._done = self._done, []
        return done

    def _doctype(self, *_: Any) -> None:
        raise Unreadable(
            "The file declares a document type, which no export has: it is not imported."
        )

    def _entity(self, *_: Any) -> None:
        raise Unreadable("The file declares entities, which no export does: it is not imported.")

    def _declare(self, attributes: dict[str, str]) -> None:
        for key, value in attributes.items():
            if key.startswith("xmlns:"):
                for known, usual in _NAMESPACES:
                    prefix = f"{key[6:]}:"
                    if prefix != usual and known.fullmatch(value):
                        self._prefixes[prefix] = usual

    def _usual(self, name: str) -> str:
        prefix, colon, rest = name.partition(":")
        usual = self._prefixes.get(prefix + colon) if colon else None
        return name if usual is None else usual + rest

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._declare(attributes)
        if self._prefixes:
            name = self._usual(name)
            attributes = {self._usual(key): value for key, value in attributes.items()}
        if not self._names and name not in self._root:
            raise Unreadable(
                f"The file begins with <{name[:40]}> where <{min(self._root)}> is expected."
            )
        if len(self.parser.intern) > _MOST_NAMES:
            # The parser keeps each.
            raise Unreadable(f"The file has more than {_MOST_NAMES:,} different names of tags.")
        self._names.append(name)
        if len(self._names) > _DEEPEST:
            raise Unreadable(f"Line {self.parser.CurrentLineNumber:,} has too many nested tags.")
        if self._records.get(name) == len(self._names):
            if not self._open:
                self._outer += 1
            line = self.parser.CurrentLineNumber
            self._open.append((Element(name, line, self._outer), len(self._names)))
        if self._open:
            record, depth = self._open[-1]
            path = "/".join(self._names[depth:])
            for key, value in attributes.items():
                # A file can have any number of names, and a record is in memory.
                if (attribute := f"{path}@{key}") in self._wanted:
                    record.fields.setdefault(attribute, value[:LONGEST_FIELD])
            self._path = path if path in self._wanted else None
            self._text, self._length = [], 0

    def _characters(self, text: str) -> None:
        if self._path is None:
            return
        if self._length + len(text) > LONGEST_FIELD:
            self._open[-1][0].is_cut = True
            text = text[: LONGEST_FIELD - self._length]
        self._length += len(text)
        self._text.append(text)

    def _end(self, _name: str) -> None:
        if self._open:
            record, depth = self._open[-1]
            if self._path is not None:
                record.fields.setdefault(self._path, "".join(self._text))
                self._path = None
            if len(self._names) == depth:
                self._open.pop()
                self._done.append(record)
        self._names.pop()
        self.has_ended = not self._names
