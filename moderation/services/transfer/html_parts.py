"""HTML of other systems as a list of texts and signs of Markdown.

Scripts, styles and forms are dropped with their contents; any tag that has no sign is left out
around its text.
"""

import re
from collections import Counter
from html import unescape
from typing import NamedTuple

_STRONG = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"})
_EMPHASIS = frozenset({"i", "em", "cite", "dfn"})
_CODE = frozenset({"code", "tt", "kbd", "samp"})
_STRUCK = frozenset({"s", "strike", "del"})
_BLOCKS = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section", "article", "center"}
    | {"figure", "details", "summary", "dl", "dd", "dt", "address", "figcaption"}
)
_DROPPED = frozenset(
    {"script", "style", "template", "textarea", "select", "noscript", "title", "head", "svg"}
    | {"math", "button", "object", "applet"}
)
_EMBEDDED = frozenset({"img", "iframe", "embed", "video", "audio", "source"})
_SPACE = re.compile(r"[ \t\r\n\f]+")
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\x00-\x1f]{1,2000}", re.IGNORECASE)
_SHORTENED = re.compile(r"(?:https?://)?\S+(?:\.\.\.|…)")
# Python's own parser takes minutes for some texts of a few kilobytes; this is linear.
_TAG = re.compile(r"<(?:!--|(/?)([a-zA-Z][a-zA-Z0-9-]{0,30}+)([^<>]{0,4000}+)>)")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,30}+)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++))""")
_TICKS = re.compile(r"`+")
#: Tags in each other; deeper ones are read as their text.
_DEEPEST = 40
_OPENING = frozenset({"strong", "em", "s"})
_LINE_ENDS = frozenset({"break", "blank", "in", "out", "fence"})


class Mark(NamedTuple):
    """A sign of Markdown, which is no text of the author."""

    kind: str
    sign: str = ""
    #: The part of the sign that readers see.
    shown: str = ""


Part = str | Mark


def shown_part(part: Part) -> str:
    """Return the text of a part that readers see."""
    return part if isinstance(part, str) else part.shown


def parts_of(markup: str, *, lines: bool) -> list[Part]:
    """Return the parts of a text; `lines`: a line break in it is one for readers."""
    return _Reader(lines=lines).read(markup)


class _Reader:
    """Turns tags into parts; never fails, however broken the HTML is."""

    def __init__(self, *, lines: bool) -> None:
        self._tree: list[Part] = []
        self._lines = lines
        self._open: list[str] = []
        #: How often each tag is open: dropped ones may be open in any number.
        self._often: Counter[str] = Counter()
        self._dropped = 0
        self._pre = 0
        self._lists: list[int | None] = []
        #: Open links: their address, and where their text begins.
        self._links: list[tuple[str, int]] = []
        #: Where the text of inline code begins.
        self._code: int | None = None

    def read(self, markup: str) -> list[Part]:
        """Return the parts of a whole text."""
        end = 0
        has_comments = True
        for found in _TAG.finditer(markup):
            if found.start() < end:
                continue
            if found[2] is None:
                closes = markup.find("-->", found.end()) if has_comments else -1
                has_comments = closes >= 0
                if has_comments:
                    self._data(unescape(markup[end : found.start()]))
                    end = closes + 3
                continue
            self._data(unescape(markup[end : found.start()]))
            end = found.end()
            name = found[2].lower()
            if found[1]:
                self._end_tag(name)
            else:
                self._start_tag(name, _attributes(found[3]))
        self._data(unescape(markup[end:]))
        while self._open:
            self._end(self._pop())
        return self._tree

    def _push(self, tag: str) -> None:
        self._open.append(tag)
        self._often[tag] += 1

    def _pop(self) -> str:
        tag = self._open.pop()
        self._often[tag] -= 1
        return tag

    def _start_tag(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _EMBEDDED:
            self._embedded(tag, attributes)
        elif tag == "br":
            self._mark("break")
        elif tag == "hr":
            self._mark("blank")
        elif tag in _DROPPED:
            self._dropped += 1
            self._push(tag)
        elif len(self._open) < _DEEPEST:
            self._push(tag)
            self._begin(tag, attributes)

    def _end_tag(self, tag: str) -> None:
        if tag == "p" and not self._often["p"]:
            self._mark("blank")
        if self._often[tag]:
            while self._open:
                last = self._pop()
                self._end(last)
                if last == tag:
                    return

    def _data(self, data: str) -> None:
        if self._dropped or not data:
            return
        if self._pre:
            self._tree.append(data.replace("\r\n", "\n"))
            return
        if self._lines:
            data = re.sub(r"[ \t]*\r?\n[ \t]*", "\n", data)
            parts = re.split(r"\n{2,}", data)
            for number, part in enumerate(parts):
                if number:
                    self._mark("blank")
                for place, line in enumerate(part.split("\n")):
                    if place:
                        self._mark("break")
                    if line:
                        self._tree.append(line)
            return
        text = _SPACE.sub(" ", data)
        if text == " " and (not self._tree or self._ends_line()):
            return
        if self._ends_line():
            text = text.lstrip(" ")
        last = self._tree[-1] if self._tree else None
        if text.startswith(" ") and isinstance(last, Mark) and last.kind in _OPENING:
            # Emphasis that begins with a space is none.
            self._tree.insert(-1, " ")
            text = text.lstrip(" ")
        self._tree.append(text)

    def _ends_line(self) -> bool:
        last = self._tree[-1] if self._tree else None
        return last is None or (isinstance(last, Mark) and last.kind in _LINE_ENDS)

    def _mark(self, kind: str, sign: str = "", shown: str = "") -> None:
        if not self._dropped:
            self._tree.append(Mark(kind, sign, shown))

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if self._dropped:
            return
        if tag in _BLOCKS:
            self._mark("blank")
        if tag == "blockquote":
            self._mark("blank")
            self._mark("in", "> ")
        elif tag in ("ul", "ol"):
            self._mark("blank" if not self._lists else "break")
            start = attributes.get("start", "1")
            self._lists.append(
                (int(start) if start.isdecimal() and len(start) < 9 else 1) if tag == "ol" else None
            )
        elif tag == "li":
            number = self._lists[-1] if self._lists else None
            self._mark("item")
            self._mark("in", "- " if number is None else f"{number}. ")
            if number is not None:
                self._lists[-1] = number + 1
        elif tag == "pre":
            self._mark("blank")
            self._mark("code")
            self._mark("fence", "```")
            self._pre += 1
        elif not self._pre:
            self._inline(tag, attributes)

    def _inline(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _STRONG:
            self._mark("strong", "**")
        elif tag in _EMPHASIS:
            self._mark("em", "*")
        elif tag in _STRUCK:
            self._mark("s", "~~")
        elif tag in _CODE and self._code is None:
            self._code = len(self._tree)
        elif tag == "a":
            self._links.append((attributes.get("href", "").strip(), len(self._tree)))
        elif tag in ("td", "th") and not self._ends_line():
            self._tree.append(" | ")
        elif tag == "tr":
            self._mark("break")

    def _end(self, tag: str) -> None:
        if tag in _DROPPED:
            self._dropped -= 1
            return
        if self._dropped:
            return
        if tag == "blockquote":
            self._mark("out")
            self._mark("blank")
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            if not self._lists:
                self._mark("blank")
        elif tag == "li":
            self._mark("out")
        elif tag == "pre" and self._pre:
            self._pre -= 1
            self._end_fence()
        elif not self._pre:
            if tag in _STRONG:
                self._close("strong", "**")
            elif tag in _EMPHASIS:
                self._close("em", "*")
            elif tag in _STRUCK:
                self._close("s", "~~")
            elif tag in _CODE and self._code is not None:
                self._end_code(self._code)
            elif tag == "a" and self._links:
                self._end_link()
        if tag in _BLOCKS:
            self._mark("blank")

    def _close(self, kind: str, sign: str) -> None:
        """Write the closing sign; nothing within it, or spaces beside it, make no emphasis."""
        last = self._tree[-1] if self._tree else ""
        if isinstance(last, Mark) and last == Mark(kind, sign):
            self._tree.pop()
            return
        if isinstance(last, str) and last.endswith(" "):
            self._tree[-1] = last.rstrip(" ")
            self._mark(f"{kind}_end", sign)
            self._tree.append(" ")
        else:
            self._mark(f"{kind}_end", sign)

    def _end_code(self, begins: int) -> None:
        self._code = None
        text = _SPACE.sub(" ", "".join(map(shown_part, self._tree[begins:]))).strip()
        if not text or (self._links and self._links[-1][1] > begins):
            return
        del self._tree[begins:]
        sign = "`" * (1 + max(map(len, _TICKS.findall(text)), default=0))
        space = " " if "`" in text else ""
        self._mark("code", f"{sign}{space}{text}{space}{sign}", text)

    def _end_fence(self) -> None:
        last = self._tree[-1] if self._tree else ""
        if isinstance(last, str) and not last.endswith("\n"):
            self._mark("break")
        self._mark("fence", "```")
        self._mark("blank")

    def _end_link(self) -> None:
        address, begins = self._links.pop()
        label = "".join(map(shown_part, self._tree[begins:])).strip()
        if not _ADDRESS.fullmatch(address):
            # A relative address leads nowhere outside its page.
            return
        shown = address.removeprefix("mailto:")
        if not label or label in (address, shown) or _SHORTENED.fullmatch(label):
            del self._tree[begins:]
            self._address(address)
            return
        if any(
            isinstance(part, Mark) and part.kind in ("blank", "break")
            for part in self._tree[begins:]
        ):
            self._address(address, " (", ")")
            return
        self._tree.insert(begins, Mark("link", "["))
        self._mark("link", f"]({_in_brackets(address)})")

    def _embedded(self, tag: str, attributes: dict[str, str]) -> None:
        address = attributes.get("src", "").strip()
        alternative = _SPACE.sub(" ", attributes.get("alt", "")).strip()
        is_smiley = "smiley" in attributes.get("class", "") or "emoji" in attributes.get(
            "class", ""
        )
        if self._dropped or (tag == "source"):
            return
        if tag == "img" and alternative and (is_smiley or not _ADDRESS.fullmatch(address)):
            self._tree.append(alternative[:200])
        elif _ADDRESS.fullmatch(address) and not self._links:
            space = "" if self._ends_line() else " "
            self._address(address, space, space)

    def _address(self, address: str, before: str = "", behind: str = "") -> None:
        shown = address.removeprefix("mailto:")
        sign = shown if shown != address else f"<{address}>"
        self._mark("link", f"{before}{sign}{behind}", f"{before}{shown}{behind}")


def _in_brackets(address: str) -> str:
    return re.sub(r"[()\\\[\]*_`~]", lambda found: f"%{ord(found[0]):02X}", address)


def _attributes(text: str) -> dict[str, str]:
    found = _ATTRIBUTE.findall(text)
    return {name.lower(): unescape(a or b or c) for name, a, b, c in reversed(found)}
