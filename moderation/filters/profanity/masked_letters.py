"""Matches listed words with letters hidden by signs, and one word too short for its letters."""

import re

from ..text.document import Text
from . import word_list
from .lexicon import Entry
from .match import MAX_MATCHES, Match

# Emoji hide letters as well.
_SIGN = r"[*#%?•●×~^_.\-–—\U0001f300-\U0001faff]"
_MASKED = re.compile(
    rf"(?:[a-z][a-z0-9@$!]{{0,14}}|(?=\*))(?:{_SIGN}{{1,9}}[a-z0-9@$!]{{0,14}}){{1,4}}"
)
_MASK = re.compile(rf"{_SIGN}+")
# A whole run of signs before a letter, or a run of signs that may end a word.
_RUN = re.compile(rf"{_SIGN}(?<!{_SIGN}{{2}})(?:{_SIGN}*+(?=[^\W_])|(?<=[*#_]){_SIGN}*+)")
# A mix of signs hides letters, as in comics.
_CURSE = re.compile(r"[@$!&*#%?]{2,}")
_ANY = re.compile(rf"[@$!&*#%?]{{2,}}|{_SIGN}+")
_MASK_LETTERS = str.maketrans("@$!013457", "asioieast")
_MASKABLE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789@$!")
# More letters separated in the same way form a longer name.
_ASS = re.compile(
    r"[a@4](?:[s$5]{2,}(?:es)?|([\W_]{1,3})s\1s(?:\1e\1s)?(?!\1[^\W_](?![^\W_])))(?![^\W_])"
)


def masked_hits(text: Text) -> list[Match]:
    """Return the listed words that are partly hidden in a text."""
    lower = text.lower
    found: list[Match] = []
    results: dict[str, tuple[Entry, int] | None] = {}
    reached = 0
    for run in _RUN.finditer(lower):
        begin, end = run.span()
        if begin < reached or not _could_mask(lower, begin, end):
            continue
        start, low = begin, max(reached, begin - 15)
        while start > low and lower[start - 1] in _MASKABLE:
            start -= 1
        match = _MASKED.match(lower, start)
        if match is None or (
            start and (lower[start - 1].isalnum() or lower[start - 1] == lower[begin] == "-")
        ):
            continue
        reached = match.end()
        token = match[0].rstrip("!")
        if token not in results:
            results[token] = _unmasked(token)
        result = results[token]
        if result is not None:
            found.append(Match(result[0], start, start + result[1], True))
            if len(found) >= MAX_MATCHES:
                break
    return found


def _unmasked(token: str) -> tuple[Entry, int] | None:
    """Return the entry that a partly hidden word matches, and the length of the match."""
    masks = word_list.masks()
    key = _MASK.sub("*", token)
    candidates = masks.get(key) or masks.get(_unleet(key))
    stretches = _MASK.findall(token)
    size = len(token)
    if not candidates and _CURSE.search(token) is not None:
        key, stretches = _ANY.sub("*", token), _ANY.findall(token)
        candidates = masks.get(key)
    if key[-1] == "*" and (not candidates or stretches[-1][0] not in "*#_"):
        key, size = key[:-1], size - len(stretches.pop())
        candidates = masks.get(key) or masks.get(_unleet(key))
    sizes = tuple(map(len, stretches))
    # Prefer a word with exactly as many hidden letters.
    for entry, counts in sorted(candidates, key=lambda mask: mask[1] != sizes):
        if all(_hides(s, c) for s, c in zip(stretches, counts, strict=True)):
            return entry, size
    return None


def _could_mask(lower: str, begin: int, end: int) -> bool:
    """Return whether the signs are where hidden letters would be."""
    after = lower[end : end + 1].isalnum()
    if begin and (lower[begin - 1].isalnum() or lower[begin - 1] in "@$!"):
        return after or lower[begin] in "*#_"
    return after and lower[end - 1] == "*"


def _unleet(key: str) -> str:
    """Replace signs and digits by letters if most characters are letters."""
    if 2 * sum(map(str.isalpha, key)) <= len(key.replace("*", "")):
        return ""
    return key.translate(_MASK_LETTERS)


def _hides(stretch: str, count: int) -> bool:
    """Return whether a run of signs can hide that many letters."""
    if stretch[0] in "._-–—":
        return len(stretch) == count and (count == 1 or stretch[0] == "_")
    return len(stretch) == count or (len(stretch) >= 2 and count >= 2)


def ass_hits(text: Text) -> list[Match]:
    """Return the matches of the one word that is too short to match by letters."""
    entry = _ass_entry()
    found: list[Match] = []
    for match in _ASS.finditer(text.lower):
        begin, end = match.span()
        shown = match[0]
        if (begin and (text.lower[begin - 1].isalnum() or text.lower[begin - 1] == "%")) or len(
            found
        ) >= MAX_MATCHES:
            continue
        if sum(map(str.isalpha, shown)) >= 2 or any(c in "$@" for c in shown):
            plain = shown in {"ass", "asses"} and not text.is_disguised(begin, end)
            found.append(Match(entry, begin, end, not plain))
    return found


def _ass_entry() -> Entry:
    return Entry("ass", "mild", "insult", company=True)
