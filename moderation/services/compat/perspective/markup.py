"""The text of HTML, with the place of each of its characters in the HTML as sent.

For comments of the type HTML, which Google refused. Scripts, styles and comments are left out.
"""

import html
import re
from dataclasses import dataclass

from moderation.domain.judgement import Span

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]{0,30})(?:\s[^<>]{0,4000}|/)?>|<[!?][^<>]{0,4000}>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_NEXT = re.compile(r"[<&]")
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure"),
        *("footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol"),
        *("p", "pre", "section", "table", "td", "th", "tr", "ul"),
    }
)
#: Elements whose content is no text.
_HIDDEN = frozenset(("script", "style", "template"))


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without markup."""

    text: str
    #: Places in the HTML where each character begins, and ends.
    begins: list[int]
    ends: list[int]

    def span(self, span: Span) -> Span:
        """Return a span of the text as one of the HTML."""
        begin, end = span
        if begin >= end:
            return (0, 0)
        return self.begins[begin], self.ends[end - 1]


def strip(source: str) -> Stripped:
    """Return the text of HTML."""
    pieces: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    lowered = source.lower() if len(source.lower()) == len(source) else source
    place = 0

    def add(text: str, begin: int, end: int) -> None:
        pieces.append(text)
        begins.extend([begin] * len(text))
        ends.extend([end] * len(text))

    while place < len(source):
        found = _NEXT.search(source, place)
        until = len(source) if found is None else found.start()
        pieces.append(source[place:until])
        begins.extend(range(place, until))
        ends.extend(range(place + 1, until + 1))
        if found is None:
            break
        place, text = _markup(source, lowered, until)
        add(text, until, place)
    return Stripped("".join(pieces), begins, ends)


def _markup(source: str, lowered: str, place: int) -> tuple[int, str]:
    """Return where the markup at a place ends, and its text."""
    if source[place] == "&":
        entity = _ENTITY.match(source, place)
        if entity is None:
            return place + 1, "&"
        return entity.end(), html.unescape(entity[0])
    if source.startswith("<!--", place):
        end = source.find("-->", place)
        return (len(source) if end < 0 else end + 3), ""
    tag = _TAG.match(source, place)
    if tag is None:
        return place + 1, "<"
    name = (tag[1] or "").lower()
    if name in _HIDDEN and source[place + 1] != "/":
        end = lowered.find(f"</{name}", tag.end())
        return (len(source) if end < 0 else end), ""
    return tag.end(), "\n" if name in _BLOCKS else ""
