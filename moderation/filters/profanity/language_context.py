"""Decides from the context whether a word from the list of another language is aimed at a person.

`aimed.tsv` names the words that aim the next word, and those that may stand between.
"""

import re
from functools import cache

from ..text.data_files import read_lines

_REACH = 60


@cache
def _rules() -> dict[str, tuple[frozenset[str], re.Pattern[str], re.Pattern[str] | None]]:
    """Return, by language, the aiming words, and patterns for before and behind a word."""
    rules = {}
    for line in read_lines("aimed.tsv"):
        language, aiming, between, behind = (line + "\t\t").split("\t")[:4]
        aims = "|".join(word.replace("_", r"\s+") for word in aiming.split())
        links = "|".join(word.replace("_", r"\s+") for word in between.split())
        after = "|".join(word.replace("_", r"\s+") for word in behind.split())
        rules[language] = (
            frozenset(part for word in aiming.split() for part in word.split("_")),
            re.compile(rf"(?<![^\W_])(?:{aims})(?:[\s,]+(?:{links})){{0,3}}[\s,]+$"),
            re.compile(rf"\s+(?:{after})(?![^\W_])") if after else None,
        )
    return rules


_WORD = re.compile(r"[^\W\d_]+")


def is_aimed(lower: str, begin: int, end: int, language: str) -> bool:
    """Return whether the word at this place addresses or describes a person, as an insult does."""
    aims, before, behind = _rules()[language]
    window = lower[max(0, begin - _REACH) : begin]
    if not aims.isdisjoint(_WORD.findall(window)) and before.search(window) is not None:
        return True
    return behind is not None and behind.match(lower, end) is not None


@cache
def _literal() -> dict[str, re.Pattern[str]]:
    """Return, by listed word, a pattern of the words near which it is meant literally."""
    rows = (line.split("\t") for line in read_lines("literal.tsv"))
    return {word: re.compile(rf"(?<![^\W_])(?:{'|'.join(near.split())})") for word, near in rows}


def is_literal(lower: str, begin: int, end: int, word: str) -> bool:
    """Return whether the words around a listed word give it its first meaning."""
    near = _literal().get(word)
    return near is not None and near.search(lower, max(0, begin - _REACH), end + _REACH) is not None


_MENTIONED = re.compile(
    r"(?<![^\W_])(?:das wort|dem wort|der begriff|wörter|la palabra|el término|le mot|les mots"
    r"|le terme|la parola|il termine|het woord|de term|słowo|słowa|a palavra|o termo|слово|слова"
    r"|термин|термін)\s+[\"'‘“„«]*$"
)
_MENTIONED_BEHIND = re.compile(r"[\"'’”“»]*\s+(?:kelimesi|sözcüğü|sözü)")


def is_mentioned(lower: str, begin: int, end: int) -> bool:
    """Return whether a word is named as a word, as in "das Wort …"."""
    return (
        _MENTIONED.search(lower[max(0, begin - 20) : begin]) is not None
        or _MENTIONED_BEHIND.match(lower, end) is not None
    )
