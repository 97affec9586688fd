"""The widget's words for pages that are made on the server: the same files, the same plurals."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .widget_files import SOURCE

LANGUAGES = ("en", "de", "fr", "es", "uk", "ru", "ja", "ar")


def _slavic(n: int) -> str:
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    return "few" if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else "many"


def _arabic(n: int) -> str:
    if n < 3:
        return ("zero", "one", "two")[n]
    if 3 <= n % 100 <= 10:
        return "few"
    return "many" if n % 100 >= 11 else "other"


def _germanic(n: int) -> str:
    return "one" if n == 1 else "other"


#: CLDR's plural category of a whole number, for each language.
PLURALS: Mapping[str, Callable[[int], str]] = {
    "en": _germanic,
    "de": _germanic,
    "es": _germanic,
    "fr": lambda n: "one" if n in (0, 1) else "other",
    "uk": _slavic,
    "ru": _slavic,
    "ja": lambda n: "other",
    "ar": _arabic,
}


PAGE_WORDS: Mapping[str, Mapping[str, str]] = json.loads(
    (Path(__file__).parent / "static" / "page_words.json").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class Words:
    """What is said to readers, in one language."""

    lang: str
    table: Mapping[str, str | Mapping[str, str]]

    @property
    def dir(self) -> str:
        return "rtl" if self.lang == "ar" else "ltr"

    def say(self, key: str, n: int = 0, **values: str) -> str:
        """The words for a key, with names filled in; `n` chooses the plural."""
        words = self.table[key]
        if not isinstance(words, str):
            words = words[PLURALS[self.lang](n)]
        return words.format(n=n, **values)

    def page(self, key: str) -> str:
        """Words that only pages without scripts say: no reader of the widget loads them."""
        return PAGE_WORDS[self.lang][key]


def words(lang: str) -> Words:
    """Return the words of a language, English where there are none."""
    known = lang[:2].lower()
    # Only languages that exist are kept: others can be invented without end.
    return _words(known if known in LANGUAGES else "en")


@cache
def _words(known: str) -> Words:
    table = json.loads((SOURCE / "lang" / f"{known}.json").read_text(encoding="utf-8"))
    return Words(known, table)
