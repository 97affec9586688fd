"""The text of a comment that a platform sends as HTML."""

import re
from html import unescape

#: Tags of comments. Anything else in angle brackets is text.
_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "iframe",
        "img",
        "ins",
        "li",
        "marquee",
        "object",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "script",
        "small",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "tr",
        "tt",
        "u",
        "ul",
    ]
)
_BLOCKS = frozenset(
    [
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "table",
        "tr",
        "ul",
    ]
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,9})\b([^<>]*)>")
_ADDRESS = re.compile(r"""\b(?:href|src)\s*=\s*["']?([^\s"'<>]{1,2000})""", re.IGNORECASE)
_BREAKS = re.compile(r"\n{3,}")


def text_of(markup: str) -> str:
    """Return a comment without its HTML tags; the addresses of links stay, behind their words.

    A text without tags is returned unchanged. Linear in the length.
    """
    if "<" not in markup:
        return markup
    parts: list[str] = []
    waiting: list[str] = []
    end = 0
    for found in _TAG.finditer(markup):
        closing, name, attributes = found[1], found[2].lower(), found[3]
        if name not in _TAGS:
            continue
        parts.append(unescape(markup[end : found.start()]))
        end = found.end()
        address = _ADDRESS.search(attributes)
        if name == "a" and closing:
            parts += [f" ({waiting.pop()})"] if waiting else []
        elif name == "a":
            waiting = [unescape(address[1])] if address else []
        elif address:
            parts.append(f" {unescape(address[1])} ")
        if name in _BLOCKS:
            parts.append("\n")
    if not end:
        return markup
    parts.append(unescape(markup[end:]))
    parts += [f" ({address})" for address in waiting]
    return _BREAKS.sub("\n\n", "".join(parts)).strip()
