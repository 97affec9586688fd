"""The text of a comment that arrives as HTML or as plain text, without knowing which.

A tag that Coral writes is removed; everything that a reader could see stays. So does whatever
is no such tag: in a plain text it is shown as it was typed, and must be judged.
"""

import html
import re

_INLINE = "a|abbr|b|code|del|em|i|mark|s|small|span|strike|strong|sub|sup|u"
_BLOCK = "blockquote|br|div|h[1-6]|hr|li|ol|p|pre|ul"
#: Bounded repeats and no nesting: the time is linear for any text.
_TAG = re.compile(
    rf"<(/?)({_INLINE}|{_BLOCK})((?:\s{{1,8}}[a-z][a-z-]{{0,30}}=\"[^\"<>]{{0,2048}}\"){{0,8}})\s{{0,8}}/?>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"<>]*)\"", re.IGNORECASE)
_IS_BLOCK = re.compile(_BLOCK, re.IGNORECASE)
#: Attributes whose values no reader sees.
_UNSEEN = frozenset({"class", "id", "rel", "target"})


def plain_text(body: str) -> str:
    """Return a comment's text without the tags that Coral's editor writes."""
    pieces: list[str] = []
    begin = 0
    addresses: list[str] = []
    for tag in _TAG.finditer(body):
        pieces.append(body[begin : tag.start()])
        begin = tag.end()
        if _IS_BLOCK.fullmatch(tag[2]):
            pieces.append("\n")
        if tag[3]:
            addresses += [
                value for name, value in _ATTRIBUTE.findall(tag[3]) if name.lower() not in _UNSEEN
            ]
    text = html.unescape("".join([*pieces, body[begin:]])).replace("\xa0", " ").strip()
    # The target of a link, unless it is shown anyway.
    hidden = [html.unescape(each) for each in dict.fromkeys(addresses[:_MOST_TARGETS])]
    return "\n".join([text, *(each for each in hidden if each not in text)])


_MOST_TARGETS = 50
