"""Whether an author's name is, or looks like, one that is reserved for staff."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from types import MappingProxyType

from moderation.domain.judgement import AUTHOR_NAME, Draft, Facts, Findings, Rules, Signal
from moderation.domain.kept import Kept
from moderation.domain.reasons import Code

from .alphabet import SPELLED_OUT, without_accents
from .text import Text, looks

#: Longer names are cut before they are compared: no reader takes them for a person's.
_LONGEST = 80
#: What people put beside a name to look like staff; reserved themselves, they count among others.
_TITLES = (
    "the real official site mod mods moderator moderation admin administrator editor editorial"
    " staff team support redaktion redakteur moderateur redaction moderador moderadora redaccion"
    " moderatore redazione redactie moderatör redaktor модератор редактор редакция админ"
)
#: Where the names of accounts are put together. Double names have hyphens and stay one.
_SEAM = re.compile(r"[_./|@,;:()\[\]{}*~#]+|(?<=[a-zà-ÿ])(?=[A-Z])|(?<=[^\W\d_])(?=\d+(?:[\W_]|$))")
_TRADE = re.compile(r"[™℠]|[®©](?=\s|$)")
#: Chinese, Japanese and Korean names of three characters are those of one person in full.
_FULL = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{3,}")


_NOTHING = Findings(scores=MappingProxyType({"names": 0.0}))


class NamesFilter:
    """Keeps guests from writing under the name of a moderator or of the site's own people."""

    name = "names"
    version = "2"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        if facts.staff or not rules.reserved_names or not draft.author_name:
            return _NOTHING
        found = resembled(draft.author_name, rules.reserved_names)
        if found is None:
            return _NOTHING
        signal = Signal(
            Code.STAFF_NAME,
            1.0,
            f"The name reads like “{found}”, which is reserved for staff.",
            spans=((0, len(draft.author_name)),),
            field=AUTHOR_NAME,
        )
        return Findings((signal,), {"names": 1.0})


def resembled(name: str, reserved: tuple[str, ...]) -> str | None:
    """The reserved name that a reader would take this one for; None when there is none.

    A name of several words is also found among others ("Ann Reed, editor"); a single word
    only as the whole, or beside titles ("Tom, moderator"): half of all guests share a first
    name with somebody.
    """
    known = _known.get(reserved)
    if known is None:
        known = _known.keep(reserved, _compiled(reserved))
    for reading in _readings(name[:_LONGEST]):
        found = _found(looks(reading), known)
        if found is not None:
            return found
    return None


def _found(words: tuple[str, ...], known: "_Known") -> str | None:
    untitled = tuple(word for word in words if word not in _titles())
    for whole in (words, untitled):
        name = known.whole.get(reduce(_join, whole, ""))
        if name is not None:
            return name
    for first, title in enumerate(words):
        if title in known.titles:
            return known.titles[title]
        joined = ""
        for word in words[first:]:
            joined = _join(joined, word)
            if len(joined) > known.longest:
                break
            name = known.among.get(joined)
            if name is not None:
                return name
    return None


def _join(before: str, word: str) -> str:
    """Put words together as they are in one: doubled letters once."""
    return before + (word[1:] if before.endswith(word[0]) else word)


@dataclass(frozen=True, slots=True)
class _Known:
    """Reserved names by their looks."""

    #: By the looks of all that was typed.
    whole: Mapping[str, str]
    #: By the looks of words among others.
    among: Mapping[str, str]
    #: Titles that are reserved themselves, by the looks of one word among others.
    titles: Mapping[str, str]
    longest: int
    #: How many names it is made of.
    size: int


#: By the names themselves. A name takes some 300 bytes here.
_known: Kept[tuple[str, ...], _Known] = Kept(200_000, lambda known: 8 + known.size)


def _compiled(reserved: tuple[str, ...]) -> _Known:
    whole: dict[str, str] = {}
    among: dict[str, str] = {}
    titles: dict[str, str] = {}
    for name in reserved:
        for spelling in _spellings(name):
            words = looks(spelling)
            untitled = tuple(word for word in words if word not in _titles())
            # As in lists: the family name first.
            for order in (words, words[-1:] + words[:-1]):
                whole.setdefault(reduce(_join, order, ""), name)
            for part in (words, untitled):
                if len(part) > 1 or _FULL.fullmatch(spelling):
                    among.setdefault(reduce(_join, part, ""), name)
            if len(words) == 1 and not untitled:
                titles.setdefault(words[0], name)
    whole.pop("", None)
    return _Known(whole, among, titles, max(map(len, among), default=0), len(reserved))


@cache
def _titles() -> frozenset[str]:
    return frozenset(reduce(_join, looks(title), "") for title in _TITLES.split())


def _readings(name: str) -> Iterable[str]:
    """Yield the name as typed, and taken apart as in names of accounts, in each spelling."""
    apart = _SEAM.sub(" ", name)
    return dict.fromkeys((*_spellings(name), *_spellings(apart)))


def _spellings(name: str) -> Iterable[str]:
    """Yield the name without accents, and with what people write in their place."""
    name = _TRADE.sub(" ", name)
    if name.isascii():
        return (name,)
    folded = name.casefold()
    spelled_out = folded.translate(SPELLED_OUT)
    return dict.fromkeys(map(without_accents, (name, folded, spelled_out)))
