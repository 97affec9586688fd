"""Repairs of XML that is broken in the ways in which WordPress and Disqus break it.

A bare `&`, an entity of HTML, a control character, an attribute without quotes, `]]>` within a
CDATA section, and signs in front of the declaration. Anything else stays as it is, for the
parser to refuse.
"""

import re
from collections.abc import Iterator
from html.entities import html5

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(#\d{1,8};|#x[0-9A-Fa-f]{1,8};|\w{2,32};)?")
#: An attribute without quotes, the first of its tag.
_UNQUOTED = re.compile(r"(<[A-Za-z][^<>\"'=]{0,200}=)([^\s\"'<>]{1,200}?)(?=/?>|\s)")
_BARE = re.compile("=[^\"'\\s<>=]")
_CDATA = "<![CDATA["
_END = "]]>"
#: Behind the end of a section another tag follows; elsewhere the signs are part of the text.
_BEHIND = re.compile(r"[ \t\r\n]*+(<|\Z)?")
_LITERAL_END = "]]]]><![CDATA[>"
#: The longest entity and the longest tag that a piece may end within.
_LONGEST_ENTITY = 40
_LONGEST_TAG = 4096
#: White space behind a section that is waited for.
_LONGEST_GAP = 1 << 16


def repaired(pieces: Iterator[str]) -> Iterator[str]:
    """Yield well-formed pieces of the same document."""
    repair = _Repair()
    for piece in pieces:
        if fixed := repair.feed(piece):
            yield fixed
    if fixed := repair.end():
        yield fixed


class _Repair:
    def __init__(self) -> None:
        self._rest = ""
        self._in_section = False
        self._begun = False

    def feed(self, piece: str) -> str:
        if not self._begun:
            piece = piece[piece.find("<") :] if "<" in piece else ""
            self._begun = bool(piece)
        # Markup has no such character, so removing one cannot make another document of it.
        return self._take(self._rest + _CONTROLS.sub("", piece), final=False)

    def end(self) -> str:
        return self._take(self._rest, final=True)

    def _take(self, text: str, *, final: bool) -> str:
        parts: list[str] = []
        at = 0
        while at < len(text):
            at, more = (self._section if self._in_section else self._outside)(
                text, at, parts, final=final
            )
            if not more:
                break
        self._rest = text[at:]
        return "".join(parts)

    def _outside(self, text: str, at: int, parts: list[str], *, final: bool) -> tuple[int, bool]:
        begins = text.find(_CDATA, at)
        if begins >= 0:
            parts.append(_escaped(text[at:begins]) + _CDATA)
            self._in_section = True
            return begins + len(_CDATA), True
        end = len(text) if final else _safe_end(text, at)
        parts.append(_escaped(text[at:end]))
        return end, False

    def _section(self, text: str, at: int, parts: list[str], *, final: bool) -> tuple[int, bool]:
        ends = text.find(_END, at)
        if ends < 0:
            end = len(text) if final else max(at, len(text) - len(_END))
            parts.append(text[at:end])
            return end, False
        behind = _BEHIND.match(text, ends + len(_END))
        follows = behind[1] if behind else None
        gap = len(text) - ends
        if follows == "" and not final and gap < _LONGEST_GAP:
            parts.append(text[at:ends])
            return ends, False
        parts.append(text[at:ends])
        if follows is None:
            parts.append(_LITERAL_END)
        else:
            parts.append(_END)
            self._in_section = False
        return ends + len(_END), True


def _escaped(text: str) -> str:
    if _BARE.search(text):
        text = _UNQUOTED.sub(r'\1"\2"', text)
    return _AMPERSAND.sub(_reference, text) if "&" in text else text


def _reference(match: re.Match[str]) -> str:
    name = match[1]
    if name is None:
        return "&amp;"
    if name.startswith("#"):
        digits = name[1:-1]
        point = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
        if point > 0x10FFFF or _CONTROLS.match(chr(point)):
            return ""
        return match[0]
    known = html5.get(name)
    if known is None:
        return "&amp;" + name
    return "".join(f"&#{ord(character)};" for character in known)


def _safe_end(text: str, at: int) -> int:
    """Return the end of what can be given away: neither a reference nor a section is cut."""
    ampersand = text.rfind("&", max(at, len(text) - _LONGEST_ENTITY))
    end = len(text) if ampersand < 0 else ampersand
    tag = text.rfind("<", max(at, len(text) - _LONGEST_TAG))
    if tag >= 0 and ">" not in text[tag:]:
        end = min(end, tag)
    for length in range(len(_CDATA) - 1, 0, -1):
        if text.endswith(_CDATA[:length]):
            return max(at, min(end, len(text) - length))
    return end
