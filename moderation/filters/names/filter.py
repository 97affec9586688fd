"""Detection of author names that equal or imitate a name reserved for staff.

`resembled` checks listed names, `claimed` the names that are reserved without being listed
(staff words, logins, the site's own names); `alike` compares moderators' names.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from types import MappingProxyType

from moderation.domain.bounded_cache import BoundedCache
from moderation.domain.judgement import AUTHOR_NAME, Draft, Facts, Findings, OwnNames, Rules, Signal
from moderation.domain.reasons import Code

from ..text.characters import FOREIGN, LIMIT, SPELLED_OUT, alphabet, without_accents
from ..text.document import Text, looks
from .name_parts import badges, owners, upright
from .staff_words import COMPANIONS, TITLES, UNTITLED, WORDS

#: Longer names are cut before comparison: no reader takes them for a person's.
_LONGEST = 80
#: Titles that imply staff. One that is itself reserved also matches among other words.
_TITLES = (
    "the real official site mod mods moderator moderation admin administrator editor editorial"
    " staff team support redaktion redakteur moderateur redaction moderador moderadora redaccion"
    " moderatore redazione redactie moderatör redaktor модератор редактор редакция админ"
)
#: Word boundaries in account names. Double names have hyphens and stay one word.
_SEAM = re.compile(r"[_./|@,;:()\[\]{}*~#]+|(?<=[a-zà-ÿ])(?=[A-Z])|(?<=[^\W\d_])(?=\d+(?:[\W_]|$))")
_TRADE = re.compile(r"[™℠]|[®©](?=\s|$)")
#: Chinese, Japanese and Korean names of three characters are full names.
_FULL = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{3,}")


_NOTHING = Findings(scores=MappingProxyType({"names": 0.0}))


class NamesFilter:
    """Flags guests who use the name of a moderator or of the site's staff."""

    name = "names"
    version = "4"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        if facts.staff or not draft.author_name:
            return _NOTHING
        found = None
        if rules.reserved_names:
            found = resembled(draft.author_name, rules.reserved_names)
        if found is None and rules.own_names is not None:
            found = claimed(draft.author_name, rules.own_names)
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
    """Return the reserved name that a reader would confuse with this one, or None.

    A name of several words also matches among others ("Ann Reed, editor"); a single word only
    as the whole name or next to titles ("Tom, moderator"), because many guests share a first
    name with staff.
    """
    names = _reserved_cache.get(reserved)
    if names is None:
        names = _reserved_cache.keep(reserved, _compile_reserved(reserved))
    name = name[:_LONGEST]
    for typed in (name, *owners(name)):
        for reading in _readings(typed):
            found = _find_reserved(looks(reading), names)
            if found is not None:
                return found
    return None


def claimed(name: str, own: OwnNames) -> str | None:
    """Return the staff word, login or site name that a name imitates, or None.

    It must be the whole name, or have only articles, words of the site's title and similar words
    around it: Ann Editor-Smith is a person. As a badge ("Ann [editor]") it may follow any name,
    and a word that is no one's surname may stand beside one ("Admin Tom").
    """
    names = _implicit_cache.get(own)
    if names is None:
        names = _implicit_cache.keep(own, _compile_implicit(own))
    name = name[:_LONGEST]
    for typed in (name, *owners(name)):
        for reading in _plain_readings(typed):
            joined = reduce(_join, looks(reading), "")
            if names.may_hold(joined) and (found := names.find(_with_looks(reading.split()))):
                return found
    for badge in badges(name):
        for reading in _plain_readings(badge):
            if (found := names.find_staff(_with_looks(reading.split()))) is not None:
                return found
    return None


def alike(first: str, second: str) -> bool:
    """Return whether two names differ so little that readers would confuse them.

    Case, accents, punctuation and lookalike letters and digits are ignored.
    """
    return not _shapes(first).isdisjoint(_shapes(second))


def _shapes(name: str) -> set[str]:
    table = alphabet().letters
    shapes = set()
    for spelling in _spellings(name[:_LONGEST]):
        letters = []
        for character in Text(spelling).lower.translate(_TWINS):
            point = ord(character)
            code = int(table[point]) if point < LIMIT else FOREIGN
            if 0 < code < FOREIGN:
                letters.append(chr(96 + code))
            elif character.isalnum():
                letters.append(character)
        shape = "".join(letters).translate(_TWINS).replace("rn", "m").replace("vv", "w")
        shapes.add(shape or name)
    return shapes


#: Drawn alike in many fonts.
_TWINS = str.maketrans("0l1|", "oiii")


def _find_reserved(words: tuple[str, ...], names: "_ReservedNames") -> str | None:
    untitled = tuple(word for word in words if word not in _titles())
    for whole in (words, untitled):
        name = names.whole.get(reduce(_join, whole, ""))
        if name is not None:
            return name
    for first, title in enumerate(words):
        if title in names.titles:
            return names.titles[title]
        joined = ""
        for word in words[first:]:
            joined = _join(joined, word)
            if len(joined) > names.longest:
                break
            name = names.among.get(joined)
            if name is not None:
                return name
    return None


def _join(before: str, word: str) -> str:
    """Join two words, with a letter that is doubled at the seam once."""
    return before + (word[1:] if before.endswith(word[0]) else word)


@dataclass(frozen=True, slots=True)
class _ReservedNames:
    """Reserved names, indexed by their appearance."""

    #: For comparison with the whole name.
    whole: Mapping[str, str]
    #: For comparison with words among others.
    among: Mapping[str, str]
    #: Titles that are reserved themselves, for comparison with single words.
    titles: Mapping[str, str]
    longest: int
    #: The number of names it was compiled from.
    size: int


#: Compiled names, by the tuple of names. A name takes about 300 bytes here.
_reserved_cache: BoundedCache[tuple[str, ...], _ReservedNames] = BoundedCache(
    200_000, lambda names: 8 + names.size
)


def _compile_reserved(reserved: tuple[str, ...]) -> _ReservedNames:
    whole: dict[str, str] = {}
    among: dict[str, str] = {}
    titles: dict[str, str] = {}
    for name in reserved:
        for spelling in _spellings(name):
            words = looks(spelling)
            untitled = tuple(word for word in words if word not in _titles())
            # Family name first, as in lists.
            for order in (words, words[-1:] + words[:-1]):
                whole.setdefault(reduce(_join, order, ""), name)
            for part in (words, untitled):
                if len(part) > 1 or _FULL.fullmatch(spelling):
                    among.setdefault(reduce(_join, part, ""), name)
            if len(words) == 1 and not untitled:
                titles.setdefault(words[0], name)
    whole.pop("", None)
    return _ReservedNames(whole, among, titles, max(map(len, among), default=0), len(reserved))


@dataclass(frozen=True, slots=True)
class _ImplicitNames:
    """Names that are reserved without being listed, indexed by their appearance."""

    #: The site's names and its moderators' logins.
    whole: Mapping[str, str]
    words: Mapping[str, str]
    #: Keys of `words` that are never surnames.
    titles: frozenset[str]
    #: The first letters of the keys of `whole` and `words`.
    begins: frozenset[str]
    #: Words of the site's names.
    of_site: frozenset[str]
    allowed: frozenset[str]
    size: int

    def may_hold(self, look: str) -> bool:
        """Return whether a name of this appearance needs the full check; few names do."""
        parts = (look[begin : begin + length] for begin in range(len(look)) for length in (2, 3))
        return look not in self.allowed and (
            look in self.whole or not self.begins.isdisjoint(parts)
        )

    def find(self, words: list[tuple[str, str]]) -> str | None:
        """Return the reserved name that these words with their looks imitate, or None."""
        for pairs in (words, [pair for pair in words if pair[0] not in _companions()]):
            joined = reduce(_join, (look for _, look in pairs), "")
            if joined in self.whole:
                return self.whole[joined]
            # "A d m i n" and "Moder ator" are disguises, Mo D is a name.
            in_parts = len(pairs) > 1 and any(len(word) > 1 for word, _ in pairs)
            if in_parts and (len(joined) < _LETTERS or pairs is not words):
                continue
            if (name := self._word("".join(word for word, _ in pairs), joined)) is not None:
                return name
        return self.find_staff(words) or self._beside_a_name(words)

    def find_staff(self, words: list[tuple[str, str]]) -> str | None:
        """Return a staff word with only companions and words of the site's names around it."""
        found = [self._word(*pair) for pair in words]
        if all(
            name is not None or word in _companions() or look in self.of_site
            for name, (word, look) in zip(found, words, strict=True)
        ):
            return next((name for name in found if name is not None), None)
        return None

    def _beside_a_name(self, words: list[tuple[str, str]]) -> str | None:
        """Return the title in "Admin Tom" or "Tom Moderator", where one other word is a name."""
        words = [pair for pair in words if pair[0] not in _companions()]
        if len(words) != 2 or any(word in _untitled() or _KIN.search(word) for word, _ in words):
            return None
        return next((self.words[look] for _, look in words if look in self.titles), None)

    def _word(self, word: str, look: str) -> str | None:
        """Return the staff word that a word is, or that it ends in after the site's name."""
        for begin in range(len(look)):
            name = self.words.get(look[begin:])
            # Disguises add letters and never remove them: Staf is a name.
            if name is not None and len(word) >= begin + len(name):
                before = look[:begin]
                if before in ("", "the") or before in self.words:
                    return name
                long = len(before) >= _SITE_WORD or not before.isascii()
                if long and (before in self.of_site or before in self.whole):
                    return name
        return None


#: "Admin's mum" is no admin.
_KIN = re.compile("['’]s?$")
#: A shorter word in separate letters is a coincidence.
_LETTERS = 5
#: Shorter site names and title words occur inside too many other names.
_SITE_WORD = 4
#: Compiled names by OwnNames, weighed by their number.
_implicit_cache: BoundedCache[OwnNames, _ImplicitNames] = BoundedCache(
    200_000, lambda own: own.size
)


def _compile_implicit(own: OwnNames) -> _ImplicitNames:
    allowed = frozenset(look for name in own.allowed for look in _looks_of(name))
    whole: dict[str, str] = {}
    of_site: set[str] = set()
    for name in (*own.site, *own.logins):
        whole.update(dict.fromkeys(_looks_of(name), name))
    for name in own.site:
        for reading in _plain_readings(name):
            parts = [(word, reduce(_join, looks(word), "")) for word in reading.split()]
            bare = reduce(_join, (look for word, look in parts if word not in _companions()), "")
            whole.setdefault(bare, name)
            of_site.update(look for _, look in parts if len(look) > 1)
    whole = {look: name for look, name in whole.items() if look and look not in allowed}
    words = {look: word for look, word in _staff_words().items() if look not in allowed}
    begins = frozenset(look[:3] for look in (*words, *whole))
    size = 8 + len(whole) + len(allowed) + len(words)
    titles = _beside_names() & words.keys()
    return _ImplicitNames(whole, words, titles, begins, frozenset(of_site), allowed, size)


def _with_looks(typed: list[str]) -> list[tuple[str, str]]:
    """Return the words that have letters, each with its appearance."""
    words = [(word, reduce(_join, looks(word), "")) for word in typed if not word.isdigit()]
    return [pair for pair in words if pair[1]]


def _plain_readings(name: str) -> Iterable[str]:
    """Yield the name in lower case, as typed and split like an account name."""
    apart = _SEAM.sub(" ", _TRADE.sub(" ", upright(name)))
    if name.isascii():
        return dict.fromkeys((name.lower(), apart.lower()))
    name = upright(name)
    readings: dict[str, None] = {}
    for text in (name.casefold(), apart.casefold()):
        readings[without_accents(text)] = None
        readings[without_accents(text.translate(SPELLED_OUT))] = None
    return readings


def _looks_of(name: str) -> Iterable[str]:
    """Yield the appearance of a name as one word, for each spelling."""
    return (reduce(_join, looks(spelling), "") for spelling in _plain_readings(name))


@cache
def _staff_words() -> Mapping[str, str]:
    words: dict[str, str] = {}
    for word in WORDS.split():
        for look in _looks_of(word):
            words.setdefault(look, word.capitalize())
    return words


@cache
def _companions() -> frozenset[str]:
    return frozenset(without_accents(word) for word in COMPANIONS.split())


@cache
def _beside_names() -> frozenset[str]:
    return frozenset(look for word in TITLES.split() for look in _looks_of(word))


@cache
def _untitled() -> frozenset[str]:
    return frozenset(without_accents(word) for word in UNTITLED.split())


@cache
def _titles() -> frozenset[str]:
    return frozenset(reduce(_join, looks(title), "") for title in _TITLES.split())


def _readings(name: str) -> Iterable[str]:
    """Yield each spelling of the name, as typed and split like an account name."""
    apart = _SEAM.sub(" ", name)
    return dict.fromkeys((*_spellings(name), *_spellings(apart)))


def _spellings(name: str) -> Iterable[str]:
    """Yield the name without accents, and with their common replacements."""
    name = _TRADE.sub(" ", name)
    if name.isascii():
        return (name,)
    name = upright(name)
    folded = name.casefold()
    spelled_out = folded.translate(SPELLED_OUT)
    return dict.fromkeys(map(without_accents, (name, folded, spelled_out)))
