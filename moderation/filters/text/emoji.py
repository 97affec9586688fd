"""Emoji and emoticons: what stands beside words and says how they are meant, or pretends to."""

import re
from typing import Final

#: With joiners, skin tones and flags.
_PICTOGRAPH: Final = (
    "[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\u200d\u20e3\U0001f000-\U0001faff]"
)
_EMOTICON: Final = (
    r"[:;=8][-o^']?[)(\]\[DPp*3O|/](?![\w/])|\b[xX]D++\b|\^[_.-]?\^|<3++(?!\d)|\([yY]\)"
)
_SIGNS: Final = re.compile(rf"[ \t]?(?:{_PICTOGRAPH}++|(?<![\w:/])(?:{_EMOTICON}))")
_ONE: Final = re.compile(_PICTOGRAPH)


def ends_in_emoji(sentence: str) -> bool:
    """Return whether an emoji ends a sentence, and no line."""
    return not sentence.isascii() and _ONE.match(sentence.rstrip(" \t")[-1:]) is not None


def without_emoji(text: str) -> str:
    """Return a text without its emoji and emoticons; unchanged when nothing would be left."""
    found = _SIGNS.sub("", text)
    return found if found != text and any(map(str.isalnum, found)) else text
