"""Decides whether letters with separators between them are one listed word."""

import re

from ..text.document import Text
from . import word_list
from .lexicon import Entry, Pattern
from .match import Match

_LATIN = re.compile("[a-z]")
_NO_SEPARATORS = frozenset('()[]{}<>=:;"')
#: Separators of identifiers and user names.
_JOINTS = (["_"], ["."])
#: Separators between letters that are each in brackets.
_BOXES = frozenset({"][", ")(", "}{", "] [", ") ("})
#: Ambiguous words that are split only on purpose.
_PLAINLY_MEANT = frozenset({"bitch", "bitches", "cock", "dick", "pussy"})
_UNWORDLY = re.compile(r"([b-df-hj-np-tv-z])\1|ck|tch|[b-df-hj-np-tv-xz]{2,}$")
_SHORTENED = frozenset({
    "st", "nd", "rd", "th", "mr", "ms", "mrs", "dr", "tv", "pc", "vs", "pm", "ft", "hr", "kg", "km",
    "cm", "mm", "mph", "pr", "hq", "bc", "dc", "ltd", "nt", "ll",
})  # fmt: skip


def _joins_name(
    lower: str, positions: "memoryview[int]", pieces: list[int], pattern: Pattern
) -> bool:
    """Return whether the one separator belongs to a name, as in s_hit, ti_ts or t_watt."""
    if pieces[0] == 1 and lower[positions[1] : positions[-1] + 1] in word_list.pieces():
        return True
    if min(pieces) > 1:
        return pattern.entry.company
    return len(positions) > sum(pattern.needs)


def weigh_gaps(text: Text, positions: "memoryview[int]", pattern: Pattern) -> Match | None:
    """Return the match if letters with separators form the word, or None."""
    lower = text.lower
    begin, end = positions[0], positions[-1] + 1
    if end - begin > 6 * len(positions):
        return None
    shown = lower[begin:end]
    if not shown.isascii() and not text.mostly_latin and not _LATIN.search(shown):
        return None
    if begin > 0:
        before = lower[begin - 1]
        if before.isdigit() or (
            before in ".'’&-_" and begin > 1 and lower[begin - 2].isalnum() and before in ".'’&"
        ):
            return None
    pieces: list[int] = []
    gaps: list[str] = []
    start = 0
    for index in range(1, len(positions)):
        if positions[index] != positions[index - 1] + 1:
            gaps.append(lower[positions[index - 1] + 1 : positions[index]])
            pieces.append(index - start)
            start = index
    pieces.append(len(positions) - start)
    entry = pattern.entry
    if len(pattern.words) > 1 and tuple(pieces) == pattern.words and not pattern.backwards:
        return Match(entry, begin, end, False)
    boxed = len(pieces) > 2 and set(gaps) <= _BOXES
    if not boxed and any(c in _NO_SEPARATORS for gap in gaps for c in gap):
        return None
    ended = pieces[-1] == 2 and lower[end - 1] == "s"
    if max(pieces[:-1]) == 1 and (pieces[-1] == 1 or ended):
        return Match(entry, begin, end, True)
    if pattern.backwards or len(pattern.words) > 1 or len(positions) < 4:
        return None
    spaced = any(c.isspace() for gap in gaps for c in gap)
    if not spaced:
        if any(c in "/&@,'’" for gap in gaps for c in gap):
            return None
        if (
            gaps in _JOINTS
            and lower[end : end + 1] != "_"
            and _joins_name(lower, positions, pieces, pattern)
        ):
            return None
        marks = all(c in "*_~`^" for gap in gaps for c in gap)
        if (
            entry.company
            and min(pieces) > 1
            and not marks
            and not _in_pieces(lower, positions, pieces, entry)
        ):
            return None
        return Match(entry, begin, end, True)
    if entry.language or (entry.company and set(gaps) != {" "}):
        return None
    if len(pieces) == 2 and gaps[0].strip():
        # A sign and a blank between two parts end a sentence or separate items of a list.
        return None
    if len(pieces) > 4 or not _in_pieces(lower, positions, pieces, entry):
        return None
    return Match(entry, begin, end, True)


def _in_pieces(lower: str, positions: "memoryview[int]", pieces: list[int], entry: Entry) -> bool:
    """Return whether a word with blanks in it is one word rather than several."""
    if entry.score < 0.7 and len(positions) < 6:
        return False
    words = []
    start = 0
    for piece in pieces:
        words.append(lower[positions[start] : positions[start + piece - 1] + 1])
        start += piece
    if entry.company and (entry.word not in _PLAINLY_MEANT or "puss" in words):
        return False
    common = word_list.pieces()
    real = sum(word in common and not (len(word) == 1 and len(words) > 2) for word in words)
    if not real:
        return True
    # One part is a word, but no word looks like the other part.
    return len(words) == 2 and real == 1 and any(map(_is_no_word, words))


def _is_no_word(piece: str) -> bool:
    return piece not in _SHORTENED and _UNWORDLY.match(piece) is not None
