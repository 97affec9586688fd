"""Splitting of a text into sentences, and of long sentences into clauses.

Sentences are judged one by one, so that ordinary words around an attack do not dilute it. A split
at a wrong place costs little; a missing one can hide something. Linear in the length of the text.
"""

import re
from typing import Final

from moderation.domain.judgement import Span

from .data_files import read_words

#: Words whose dot ends no sentence; single letters are initials.
_ABBREVIATIONS: Final = frozenset(read_words("abbreviations.txt"))
_LONGEST_ABBREVIATION: Final = 6
_END: Final = re.compile(
    r"[.!?…。！？]+[\"'”’»)\]*_~]*(?=\s|$)"
    r"|\n+"
    r"|(?<=[\u2600-\u27bf\ufe0f\U0001f300-\U0001faff])[ \t]+(?=\w)"
)
_CLAUSE: Final = re.compile(
    r"[,;:–—]\s|\s-\s"
    r"|\s(?=(?:and|but|und|aber|et|mais|y|pero|e|ma|mas|en|maar|i|ale|и|но|та|але|ve|ama)\s)",
    re.IGNORECASE,
)
#: Sentences of more characters are split at clauses, or at a space.
LONGEST: Final = 160
_SHORTEST_CLAUSE: Final = 40


def sentences(text: str) -> list[Span]:
    """Return the spans of all sentences that are not blank, in reading order."""
    found: list[Span] = []
    begin = 0
    for match in _END.finditer(text):
        end = match.end()
        if match[0] == "." and _is_abbreviated(text, begin, end - 1):
            continue
        if not text[begin:end].isspace():
            found += _clauses(text, begin, end)
        begin = end
    if begin < len(text) and not text[begin:].isspace():
        found += _clauses(text, begin, len(text))
    return found


def _is_abbreviated(text: str, begin: int, dot: int) -> bool:
    """Return whether the dot belongs to the word before it."""
    word = text[max(begin, dot - _LONGEST_ABBREVIATION - 1) : dot]
    word = word[max(word.rfind(" "), word.rfind("."), word.rfind("(")) + 1 :]
    return (len(word) == 1 and word.isalpha()) or word.casefold() in _ABBREVIATIONS


def _clauses(text: str, begin: int, end: int) -> list[Span]:
    parts: list[Span] = []
    while end - begin > LONGEST:
        cut = 0
        limit = min(begin + LONGEST, end - _SHORTEST_CLAUSE // 2)
        for match in _CLAUSE.finditer(text, begin + _SHORTEST_CLAUSE, limit):
            cut = match.end()
        cut = cut or text.rfind(" ", begin + 1, begin + LONGEST) + 1 or begin + LONGEST
        parts.append((begin, cut))
        begin = cut
    if not text[begin:end].isspace():
        parts.append((begin, end))
    return parts
