"""Whether an author's name is, or looks like, one that is reserved for staff."""

from collections.abc import Mapping
from functools import lru_cache, reduce

from moderation.domain.judgement import AUTHOR_NAME, Draft, Facts, Findings, Rules, Signal
from moderation.domain.reasons import Code

from .text import Text, looks

#: Longer names are cut before they are compared: no reader takes them for a person's.
_LONGEST = 80


class NamesFilter:
    """Keeps guests from writing under the name of a moderator or of the site's own people."""

    name = "names"
    version = "1"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        if facts.staff or not rules.reserved_names or not draft.author_name:
            return Findings(scores={"names": 0.0})
        found = resembled(draft.author_name, rules.reserved_names)
        if found is None:
            return Findings(scores={"names": 0.0})
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
    only as the whole: half of all guests share a first name with somebody.
    """
    known, longest = _compiled(reserved)
    words = looks(name[:_LONGEST])
    whole = known.get(reduce(_join, words, ""))
    if whole is not None:
        return whole[0]
    for first in range(len(words)):
        joined = ""
        for word in words[first:]:
            joined = _join(joined, word)
            if len(joined) > longest:
                break
            among = known.get(joined)
            if among is not None and among[1] > 1:
                return among[0]
    return None


def _join(before: str, word: str) -> str:
    """Put words together as they are in one: doubled letters once."""
    return before + (word[1:] if before.endswith(word[0]) else word)


@lru_cache(maxsize=256)
def _compiled(reserved: tuple[str, ...]) -> tuple[Mapping[str, tuple[str, int]], int]:
    """Reserved names by their looks, each with its number of words; and the longest's length."""
    known = {}
    for name in reserved:
        words = looks(name)
        if words:
            known[reduce(_join, words, "")] = (name, len(words))
    return known, max(map(len, known), default=0)
