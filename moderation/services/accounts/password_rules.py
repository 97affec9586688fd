"""Password rules: at least 12 characters, and not among the first guesses.

There are no rules about kinds of characters: they make passwords hard to remember and easy
to guess. Hashing is in `password_hashing`.
"""

import re
import unicodedata
from collections.abc import Iterable

from moderation.domain.errors import FieldError, Invalid

from .weak_words import ROWS, WORDS

LEAST = 12
MOST = 128
#: Different letters and digits that must be left when every guessable part is taken away.
_OWN = 6
_DISTINCT = 5
_LEET = str.maketrans("013457@$!", "oieastasi")
_YEAR = re.compile(r"(?:19|20)\d\d")


def check(password: str, *, about: Iterable[str] = ()) -> None:
    """Raise Invalid, with advice, for a password that is too short or among the first guesses.

    `about` are words that an attacker knows: the login, the names of the sites.
    """
    if len(password) < LEAST:
        raise _refused(f"A password has at least {LEAST} characters. Add a few words to yours.")
    if len(password) > MOST:
        raise _refused(f"A password has at most {MOST} characters. Shorten yours.")
    if is_guessable(password, about=about):
        raise _refused(
            "This password is easy to guess: it consists of common words, a pattern or your "
            "login. Use four random words, or let a password manager make one."
        )


def is_guessable(password: str, *, about: Iterable[str] = ()) -> bool:
    """Return whether little is left of a password without patterns, common and known words."""
    plain = unicodedata.normalize("NFKC", password).lower()
    letters = "".join(char for char in plain if char.isalnum())
    if len(set(plain)) < _DISTINCT or _repeats(plain):
        return True
    known = {word for each in about for word in _words(each)} | WORDS
    # Replaced digits hide a word, but also break a year or a row: try both readings.
    spellings = {letters, letters.translate(_LEET), _alnum(plain.translate(_LEET))}
    return any(_left(spelling, known) < _OWN for spelling in spellings)


def _refused(detail: str) -> Invalid:
    return Invalid(detail, errors=(FieldError("#/password", detail),))


def _alnum(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _words(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKC", text).lower()
    parts = {_alnum(part) for part in re.split(r"\W+", plain)} | {_alnum(plain)}
    return {part for part in parts if len(part) >= 3}


def _repeats(text: str) -> bool:
    """Return whether a text is one piece written twice or more."""
    period = (text + text).find(text, 1)
    return period <= len(text) // 2


def _left(text: str, known: set[str]) -> int:
    """Count the characters that belong to no row of keys, no year and no known word."""
    covered = bytearray(len(text))
    longest = max(map(len, known), default=0)
    for start in range(len(text)):
        ends = range(min(len(text), start + longest), start + 2, -1)
        word = next((end for end in ends if text[start:end] in known), start)
        end = max(word, _row(text, start))
        if _YEAR.match(text, start):
            end = max(end, start + 4)
        covered[start:end] = b"\1" * (end - start)
    return len({char for char, hit in zip(text, covered, strict=True) if not hit})


def _row(text: str, start: int) -> int:
    """Return the end of a run of neighbouring keys or equal characters; `start` without one."""
    best = start
    for row in (*ROWS, *(row[::-1] for row in ROWS)):
        at = row.find(text[start : start + 4]) if start + 4 <= len(text) else -1
        if at < 0:
            continue
        length = 4
        while row[at : at + length + 1] == text[start : start + length + 1] and (
            at + length < len(row) and start + length < len(text)
        ):
            length += 1
        best = max(best, start + length)
    same = start
    while same < len(text) and text[same] == text[start]:
        same += 1
    return max(best, same if same - start >= 3 else start)
