"""Who is threatened or called what: short sequences of kinds of words.

Word counts do not see who does what to whom: "kill", "you" and "will" stand in harmless
texts too. Here every word is one letter for its kind (`data/clauses.en.tsv`), a text is a
string of letters, and a clause is a regular expression over them; what only whole phrases
say is listed (`data/menaces.en.tsv`). What is denied, quoted or reported is left out. How
much the others tell is learned (`sayings.py`).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from moderation.filters.matcher import Matcher
from moderation.filters.shipped import lines

from .reading import Reading, words

#: The kinds of words and the phrases: a change to them is another model.
LISTS: Final = ("clauses.en.tsv", "menaces.en.tsv")
#: The kind of any word that stands in no list, and that of a name of a group.
OTHER: Final = ord(".")
GROUP: Final = ord("g")
_MARK: Final = ord("!")

# Names in a row are read once, from the first to the last: no form wants part of a row.
_G: Final = rb"(?:(?<!g)g++[pf]?|a[pf]|f)"
#: What may stand between a subject and what is said of it: nothing that denies or reports.
_GAP: Final = rb"d{0,4}[^nNs]?d{0,2}"
#: Where somebody speaks for himself: at the beginning, or in the first person.
_SAYS: Final = rb"(?:\A|!|[iI].?[wm]?|[Wm])"
_NAMED: Final = re.compile(_G)
#: The letters without one of which no group is named.
_GROUPS: Final = b"gaf"
#: No more of one form are looked at: whoever denies the first ones has said more by then.
MOST_OF_A_KIND: Final = 64


@dataclass(frozen=True, slots=True)
class Clause:
    """What is said, and from which word to which."""

    name: str
    begin: int
    end: int


class Form:
    """What clauses of one kind look like."""

    def __init__(
        self, name: str, needed: tuple[bytes, ...], *said: bytes, command: bytes | None = None
    ) -> None:
        """Take patterns of letters, and of each string in `needed` one letter it cannot do without.

        `command` is looked for where a sentence or a part of one begins.
        """
        self.name = name
        self.about_groups = _GROUPS in needed
        self._needed = tuple(map(frozenset, needed))
        self._pattern = re.compile(b"|".join(said))
        self._command = re.compile(command) if command else None

    def may_be_in(self, present: frozenset[int]) -> bool:
        """Say whether letters suffice for a clause of this form."""
        return not any(map(present.isdisjoint, self._needed))

    def find(self, letters: bytes, reading: Reading) -> Iterator[Clause]:
        """Yield the first few clauses of this form."""
        for match in islice(self._pattern.finditer(letters), MOST_OF_A_KIND):
            yield Clause(self.name, *match.span())
        if self._command:
            for match in islice(self._command.finditer(letters), MOST_OF_A_KIND):
                if _begins(reading, match.start()):
                    yield Clause(self.name, *match.span())


#: What is said of a group, then of whoever is addressed and of others.
FORMS: Final = (
    Form("group_contempt", (_GROUPS, b"v", b"bT"), _G + rb"q?d{0,2}[^nNs]?[bT]" + _GAP + rb"v"),
    Form(
        "group_dehumanised",
        (_GROUPS, b"Vl"),
        _G + rb"q?d{0,2}[^nNs]?[bT]" + _GAP + rb"V",
        rb"ld{0,2}" + _G,
    ),
    Form(
        "group_named",
        (_GROUPS, b"vV"),
        rb"[vV]d?" + _G,
        _G + rb"[vV]",
        rb"b" + _G + rb"d{1,2}[vV]",
    ),
    Form("group_hated", (_GROUPS, b"hH"), rb"h[d.]{0,3}" + _G, _G + rb"d{0,2}H"),
    Form("group_unloved", (_GROUPS, b"c", b"n"), rb"nc[d.]{0,2}" + _G),
    Form(
        "group_expelled",
        (_GROUPS, b"eEjr"),
        _G + rb".{0,2}[mw].{0,3}[eE]",
        rb"(?:md{0,3}|j|\A|!)[ej]d{0,3}" + _G,
        rb"jd{0,3}[^nNs]?" + _G + rb".{0,4}x",
        _G + rb"[^nNs]{0,2}r[^nNs]{0,3}x",
        command=rb"[ej]d{0,3}" + _G + rb".{0,4}x|ed{0,3}" + _G,
    ),
    Form(
        "group_harmed",
        (_GROUPS, b"kKD"),
        _G + rb"q?[^nNs]{0,2}[mw]d{0,2}b?.?d{0,2}[kKD]",
        _SAYS + rb".?d?kd{0,3}[.o]?d{0,2}" + _G,
        rb"Dd{1,2}" + _G,
        command=rb"kd{0,3}[.o]?d{0,2}" + _G,
    ),
    Form(
        "group_denied",
        (_GROUPS, b"rm", b"nN"),
        _G + rb"[^s]{0,2}[nN][^s]{0,3}[rm]",
        rb"n" + _G + rb"[^s]{0,4}r",
    ),
    Form(
        "them_harmed",
        (_GROUPS, b"kKD", b"t"),
        _G + rb".{0,40}?(?:kd{0,2}t|t[^nNs]{0,2}md{0,2}b?.?[kKD])",
    ),
    Form("all_of_group", (_GROUPS, b"dq"), rb"(?:dd?|q)" + _G + rb"[bT]", _G + rb"[^nNs]{0,2}q"),
    Form(
        "them_called",
        (_GROUPS, b"vV", b"tTb"),
        _G + rb".{0,40}?(?:[tT]b?|dp?b)" + _GAP + rb"[vV]",
    ),
    Form(
        "you_threatened",
        (b"k", b"iIW"),
        rb"(?:iw|Iw|W|I)[^nNs]{0,6}k(?:d?[yzto]|d?[d.]{0,2}d?z)",
    ),
    Form(
        "you_doomed",
        (b"DkK", b"yY"),
        rb"(?:yw|y[^nNs]w)[^nNs]{0,3}[DKk]",
        rb"Y[^nNs]{0,2}[DK]",
        rb"yb.?K",
    ),
    Form(
        "anyone_harmed",
        (b"kKDu",),
        rb"(?:[ytzopA]|" + _G + rb")[^nNs]{0,4}md{0,2}b?.?d?[kKD]",
        rb"md{0,2}kd{0,3}[yztopA]",
        rb"(?:\A|!)kd{0,4}[yt]",
        rb"jd?[ytAp].{0,4}[Du]",
        command=rb"kd{0,4}[yt]",
    ),
    Form(
        "wished_dead",
        (b"kKD",),
        rb"w[^nNs]{0,3}[yt][^nNs]{0,3}[DKk]",
        rb"w[^nNs]{0,3}[kK]d?[yzto]",
        rb"(?:\A|!)[j.]?[Dk]d?y",
    ),
    Form(
        "armed",
        (b"u",),
        rb"u[^nNs]{0,4}[yzto]",
        rb"[yzto][^nNs]{0,4}u",
        rb"[iIW][^nNs]{0,3}u",
    ),
    Form(
        "you_called",
        (b"vV", b"yYz"),
        rb"(?:yb|Y)" + _GAP + rb"[vV]",
        rb"yd{0,2}[vV]",
        rb"z[^nNs]{1,2}b" + _GAP + rb"[vV]",
        rb"d[.v]{0,2}[vV]p?yb",
    ),
    Form("other_called", (b"v", b"tAdTo"), rb"(?:[tA]b|dpb|T|ob?)" + _GAP + rb"v"),
)
_ABOUT_ANYBODY: Final = tuple(form for form in FORMS if not form.about_groups)
#: What only a whole phrase says: of anybody, and where a group is named.
MENACES: Final = ("person_menaced", "group_menaced")
#: As many words from a phrase a group may be named.
_NEAR: Final = 12
_PRONOUNS: Final = MappingProxyType(
    {
        "{you}": ("you", "u", "ya", "him", "her", "them", "this guy", "that guy"),
        "{your}": ("your", "ur", "his", "her", "their"),
    }
)
#: All that can be said, in the order in which its weights are learned.
SAYINGS: Final = (*(form.name for form in FORMS), *MENACES)

_BREAK: Final = re.compile(r"[.,;:\n(–—-]")
#: How many words before a clause deny it or say that somebody else said it.
_BEFORE_DENIED: Final = 4
_BEFORE_REPORTED: Final = 7
#: Who threatens does so in his own name; "say that again" before it reports nothing.
_BEFORE_THREAT: Final = 3
_THREATS: Final = frozenset({"you_threatened", "you_doomed", "armed", "person_menaced"})
_DENIES: Final = re.compile(rb"[nN]")
#: What is a denial itself is denied by another before it only.
_DENYING: Final = frozenset({"group_unloved", "group_denied", *MENACES})
#: "I think that" reports nothing.
_REPORTS: Final = re.compile(rb"s|(?<!i)(?<!id)S")
_OPENING: Final = '"“«„'
_CLOSING: Final = '"”»“'
_QUOTES: Final = re.compile(f"[{_OPENING}{_CLOSING}]")
MOST_MARKS: Final = 40


@cache
def kinds() -> Mapping[str, int]:
    """Return the letter of each word of the list."""
    found: dict[str, int] = {}
    for line in lines(LISTS[0]):
        letter, words = line.split("\t")
        found.update(dict.fromkeys(words.split(), ord(letter)))
    return MappingProxyType(found)


def kind(word: str, names_a_group: bool) -> int:
    """Return the letter of a word; the list goes before the model's names of groups."""
    if word[:1] in "!?":
        return _MARK
    return kinds().get(word, GROUP if names_a_group else OTHER)


def spoken(phrase: str) -> list[str]:
    """Return a listed phrase with every pronoun that a slot of it stands for."""
    said = [phrase]
    for slot, pronouns in _PRONOUNS.items():
        if slot in phrase:
            said = [each.replace(slot, pronoun) for each in said for pronoun in pronouns]
    return said


@cache
def _menaces() -> tuple[Matcher, tuple[str, ...]]:
    """Return a matcher of the phrases, between blanks, and the kind of each."""
    phrases: dict[str, str] = {}
    for line in lines(LISTS[1]):
        who, _, phrase = line.partition("\t")
        phrases.update((f" {each} ", f"{who}_menaced") for each in spoken(phrase))
    return Matcher(list(phrases)), tuple(phrases.values())


def clauses(letters: bytes, reading: Reading) -> Sequence[Clause]:
    """Return what is said in a text whose words are of these kinds, in the writer's own name."""
    found = _menaced(letters, reading)
    present = frozenset(letters)
    for form in _ABOUT_ANYBODY if present.isdisjoint(_GROUPS) else FORMS:
        if form.may_be_in(present):
            found += form.find(letters, reading)
    said = [c for c in found if not (_denied(c, letters) or _reported(c, letters))]
    if not said:
        return ()
    quoted = _quoted(reading)
    return [
        clause for clause in said if not any(begin <= clause.begin < end for begin, end in quoted)
    ]


def _begins(reading: Reading, word: int) -> bool:
    """Say whether a sentence, or a part of one, begins with this word."""
    if word == 0:
        return True
    between = reading.typed[reading.spans[word - 1][1] : reading.spans[word][0]]
    return _BREAK.search(between) is not None


def _menaced(letters: bytes, reading: Reading) -> list[Clause]:
    matcher, kinds_of = _menaces()
    joined = f" {' '.join(reading.tokens)} "
    found = []
    for number, begin, end in matcher.find_apart(joined)[:MOST_OF_A_KIND]:
        name = kinds_of[number]
        first = joined.count(" ", 0, begin)
        around = max(first - _NEAR, 0), first + _NEAR
        if name == "group_menaced" and _NAMED.search(letters, *around) is None:
            continue
        found.append(Clause(name, first, first + joined.count(" ", begin + 1, end)))
    return found


def _denied(clause: Clause, letters: bytes) -> bool:
    end = clause.begin if clause.name in _DENYING else clause.end
    return _DENIES.search(letters, max(clause.begin - _BEFORE_DENIED, 0), end) is not None


def _reported(clause: Clause, letters: bytes) -> bool:
    before = _BEFORE_THREAT if clause.name in _THREATS else _BEFORE_REPORTED
    return _REPORTS.search(letters, max(clause.begin - before, 0), clause.begin) is not None


def _quoted(reading: Reading) -> list[tuple[int, int]]:
    """Return from which word to which something stands between quotation marks.

    Who puts all he says between them quotes nobody, and one mark alone is no quotation.
    """
    marks = [
        (match.start(), match.group())
        for match in islice(_QUOTES.finditer(reading.typed), MOST_MARKS)
    ]
    found = []
    opened: int | None = None
    for place, mark in marks:
        if opened is None and mark in _OPENING:
            opened = place
        elif opened is not None and mark in _CLOSING:
            found.append((_words_before(reading, opened), _words_before(reading, place)))
            opened = None
    return [pair for pair in found if pair != (0, len(reading.tokens))]


def _words_before(reading: Reading, place: int) -> int:
    if len(reading.folded) == len(reading.typed):
        return len(words(reading.folded[:place]))
    return bisect_left(reading.spans, place, key=itemgetter(0))
