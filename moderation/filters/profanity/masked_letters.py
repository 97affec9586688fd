"""Listed words of which letters are hidden by signs, and the one too short for its letters."""

import re

from . import lexicon
from .hits import ENOUGH, Hit
from .lexicon import Entry
from .text import Text

# Pictures hide letters as well.
_SIGN = r"[*#%?•●×~^_.\-–—\U0001f300-\U0001faff]"
_MASKED = re.compile(
    rf"(?:[a-z][a-z0-9@$!]{{0,14}}|(?=\*))(?:{_SIGN}{{1,9}}[a-z0-9@$!]{{0,14}}){{1,4}}"
)
_MASK = re.compile(rf"{_SIGN}+")
# A whole run of signs that a letter follows, or one of signs that may end a word.
_RUN = re.compile(rf"{_SIGN}(?<!{_SIGN}{{2}})(?:{_SIGN}*+(?=[^\W_])|(?<=[*#_]){_SIGN}*+)")
# Any signs together hide letters, as in comics.
_CURSE = re.compile(r"[@$!&*#%?]{2,}")
_ANY = re.compile(rf"[@$!&*#%?]{{2,}}|{_SIGN}+")
_MASK_LETTERS = str.maketrans("@$!013457", "asioieast")
_MASKABLE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789@$!")
# Letters of which more follow in the same manner are those of a longer name.
_ASS = re.compile(
    r"[a@4](?:[s$5]{2,}(?:es)?|([\W_]{1,3})s\1s(?:\1e\1s)?(?!\1[^\W_](?![^\W_])))(?![^\W_])"
)


def masked_hits(text: Text) -> list[Hit]:
    """Return the listed words that a text half hides."""
    lower = text.lower
    found: list[Hit] = []
    read: dict[str, tuple[Entry, int] | None] = {}
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
        if token not in read:
            read[token] = _unmasked(token)
        meant = read[token]
        if meant is not None:
            found.append(Hit(meant[0], start, start + meant[1], True))
            if len(found) >= ENOUGH:
                break
    return found


def _unmasked(token: str) -> tuple[Entry, int] | None:
    """Return what a half hidden word means, and how much of it is that word."""
    masks = lexicon.masks()
    key = _MASK.sub("*", token)
    made = masks.get(key) or masks.get(_unleet(key))
    stretches = _MASK.findall(token)
    size = len(token)
    if not made and _CURSE.search(token) is not None:
        key, stretches = _ANY.sub("*", token), _ANY.findall(token)
        made = masks.get(key)
    if key[-1] == "*" and (not made or stretches[-1][0] not in "*#_"):
        key, size = key[:-1], size - len(stretches.pop())
        made = masks.get(key) or masks.get(_unleet(key))
    sizes = tuple(map(len, stretches))
    # A word of just so many letters is meant rather than a longer one.
    for entry, counts in sorted(made, key=lambda mask: mask[1] != sizes):
        if all(_hides(s, c) for s, c in zip(stretches, counts, strict=True)):
            return entry, size
    return None


def _could_mask(lower: str, begin: int, end: int) -> bool:
    """Say whether signs stand at letters in the way they would for hidden ones."""
    after = lower[end : end + 1].isalnum()
    if begin and (lower[begin - 1].isalnum() or lower[begin - 1] in "@$!"):
        return after or lower[begin] in "*#_"
    return after and lower[end - 1] == "*"


def _unleet(key: str) -> str:
    """Read signs and digits as letters where letters are the most of it."""
    if 2 * sum(map(str.isalpha, key)) <= len(key.replace("*", "")):
        return ""
    return key.translate(_MASK_LETTERS)


def _hides(stretch: str, count: int) -> bool:
    """Say whether a run of signs stands for that many letters."""
    if stretch[0] in "._-–—":
        return len(stretch) == count and (count == 1 or stretch[0] == "_")
    return len(stretch) == count or (len(stretch) >= 2 and count >= 2)


def ass_hits(text: Text) -> list[Hit]:
    """Find the one word that is too short for its letters alone."""
    entry = _ass_entry()
    found: list[Hit] = []
    for match in _ASS.finditer(text.lower):
        begin, end = match.span()
        shown = match[0]
        if (begin and (text.lower[begin - 1].isalnum() or text.lower[begin - 1] == "%")) or len(
            found
        ) >= ENOUGH:
            continue
        if sum(map(str.isalpha, shown)) >= 2 or any(c in "$@" for c in shown):
            plain = shown in {"ass", "asses"} and not text.is_disguised(begin, end)
            found.append(Hit(entry, begin, end, not plain))
    return found


def _ass_entry() -> Entry:
    return Entry("ass", "mild", "insult", company=True)
