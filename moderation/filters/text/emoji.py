"""Emoji and emoticons: what stands beside words and says how they are meant, or pretends to."""

import re
from typing import Final

_EMOTICONS = r"[:;=8][-o^']?[)(\]\[DPp*3O|/](?![\w/])|\b[xX]D+\b|\^[_.-]?\^|<3+(?!\d)|\([yY]\)|♥"
#: Pictographs with their joiners, skin tones and flags, and emoticons with the blank before them.
_SIGNS: Final = re.compile(
    "[ \\t]*(?:[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\u200d\u20e3"
    rf"\U0001f000-\U0001faff]+|(?<![\w:/])(?:{_EMOTICONS}))"
)


_AT_END: Final = re.compile(rf"(?:{_SIGNS.pattern})[ \t]*\Z")


def ends_in_emoji(sentence: str) -> bool:
    """Return whether an emoji or emoticon ends a sentence, and no line."""
    return not sentence.isascii() and _AT_END.search(sentence) is not None


def without_emoji(text: str) -> str:
    """Return a text without its emoji and emoticons; unchanged when nothing would be left."""
    found = _SIGNS.sub("", text)
    return found if found != text and any(map(str.isalnum, found)) else text
