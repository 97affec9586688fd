"""HTML of other systems → the Markdown that comments may use.

Emphasis, quotes, lists, code and links become Markdown; a heading becomes strong, an image its
address, a table its cells. Text that Markdown would read as markup is escaped where the outcome
would differ otherwise.
"""

import re
from collections import Counter
from html import unescape

from ..comments.markdown import render
from .html_parts import Mark, Part, parts_of, shown_part

_SPECIAL = re.compile(r"[\\`*_\[\]<>~&]")
#: Signs that mean something only at the beginning of a line.
_LEADING = re.compile(r"^([ \t]*)(#{1,6}(?=\s)|[-+](?=\s)|\d{1,9}(?=[.)]\s)|=+\s*$|-{3,}\s*$)")
_MANY_BREAKS = re.compile(r"\n{3,}")
_TAGS = re.compile(r"<[^<>]*>")
_PARAGRAPH = re.compile(r"<p>([^<>&]+)</p>")
_LINE_END = re.compile(r"[\r\n]")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_TAG_OF = {
    "strong": "<strong>",
    "em": "<em>",
    "s": "<s>",
    "item": "<li>",
    "code": "<code>",
}
#: Characters of a text; a longer one is refused before it costs anything.
LONGEST_TEXT = 50_000
_INLINE = frozenset({"strong", "strong_end", "em", "em_end", "s", "s_end"})


class TooLong(Exception):
    """The text has more than LONGEST_TEXT characters as Markdown."""


def convert(markup: str, *, lines: bool) -> tuple[str, str]:
    """Return the Markdown of a comment in HTML, and the HTML that it renders to; raise TooLong.

    `lines`: a line break in the source is one in the text.
    """
    paragraph = _PARAGRAPH.fullmatch(markup)
    if paragraph is not None and not (lines and _LINE_END.search(markup)):
        # Most comments are one plain paragraph: no need to take it apart.
        text = paragraph[1] if lines else _SPACE.sub(" ", paragraph[1])
        html = render(text)
        if text == text.strip() and html == f"<p>{text}</p>":
            return text, html
    if "<" not in markup and "&" not in markup:
        plain = markup if lines else _SPACE.sub(" ", markup)
        tree: list[Part] = [plain]
    else:
        tree = parts_of(markup, lines=lines)
    shown = _seen("".join(map(shown_part, tree)))
    text = _written(tree, escape=False)
    html = render(text)
    if not _is_same(html, shown, tree):
        text = _written(tree, escape=True)
        html = render(text)
        if not _is_same(html, shown, tree):
            # Emphasis across paragraphs, or beside a letter: its signs would be text.
            tree = [part for part in tree if isinstance(part, str) or part.kind not in _INLINE]
            text = _written(tree, escape=True)
            html = render(text)
    return text, html


def _seen(text: str) -> str:
    return "".join(text.split())


def _is_same(html: str, shown: str, tree: list[Part]) -> bool:
    return _seen(unescape(_TAGS.sub("", html))) == shown and _same_tags(tree, html)


def _same_tags(tree: list[Part], html: str) -> bool:
    """Return whether the rendered HTML has as much emphasis and as many items as the source."""
    kinds = Counter(part.kind for part in tree if isinstance(part, Mark))
    return all(kinds[kind] == html.count(tag) for kind, tag in _TAG_OF.items())


def _written(tree: list[Part], *, escape: bool) -> str:
    """Return the Markdown of the parts, with quotes and lists indented."""
    lines: list[str] = []
    line: list[str] = []
    prefix: list[str] = []
    in_code = False
    # Quotes in quotes repeat their signs in each line: a short source can make a long text.
    size = 0

    def end() -> None:
        nonlocal size
        text = "".join(line)
        line.clear()
        lead = "".join(prefix)
        if escape and not in_code:
            text = _LEADING.sub(_escape_leading, text)
        lines.append((lead + text).rstrip())
        size += len(lines[-1])
        if size > LONGEST_TEXT:
            raise TooLong
        for place, sign in enumerate(prefix):
            if sign.strip() not in ("", ">"):
                prefix[place] = " " * len(sign)

    for part in tree:
        if isinstance(part, Mark):
            kind, sign, _ = part
            if kind == "break":
                end()
            elif kind == "blank":
                if line:
                    end()
                if lines and lines[-1].strip(" >"):
                    lines.append("".join(prefix).rstrip() if all(">" in p for p in prefix) else "")
            elif kind == "in":
                prefix.append(sign)
            elif kind == "out":
                if line:
                    end()
                if prefix:
                    prefix.pop()
            elif kind == "fence":
                in_code = not in_code
                line.append(sign)
                end()
            else:
                line.append("" if kind == "item" else sign)
        elif in_code:
            *whole, rest = part.split("\n")
            for each in whole:
                line.append(each)
                end()
            line.append(rest)
        else:
            first, *rest_lines = part.split("\n")
            line.append(_escaped(first) if escape else first)
            for each in rest_lines:
                end()
                line.append(_escaped(each) if escape else each)
    if line:
        end()
    text = _MANY_BREAKS.sub("\n\n", "\n".join(lines)).strip("\n")
    if len(text) > LONGEST_TEXT:
        raise TooLong
    return text


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _escape_leading(found: re.Match[str]) -> str:
    sign = found[2]
    if sign.isdigit():
        return f"{found[1]}{sign}\\"
    return f"{found[1]}\\{sign}"
