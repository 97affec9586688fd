"""Pure judgement of a comment: text and facts in, signals out.

A filter never looks anything up. To add one: a file with the class, a line in FILTERS, a file
of cases in tests/data.
"""

import gc
import time
from collections.abc import Callable, Iterable
from functools import cache
from types import MappingProxyType
from typing import Protocol

from moderation.domain.judgement import Assessment, Draft, Facts, Findings, Rules, Signal
from moderation.domain.reasons import Code

from .flood import FloodFilter
from .language import LanguageFilter
from .links import LinksFilter
from .names import NamesFilter
from .personal_data import PersonalDataFilter
from .profanity import ProfanityFilter
from .spam import SpamFilter
from .standing import StandingFilter
from .text import Text
from .toxicity import Toxicity


class Filter(Protocol):
    """One kind of finding."""

    name: str

    @property
    def version(self) -> str:
        """Names the code and the list or model behind it."""
        ...

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        """Say what is found; scores are given for every text, signals where something is."""
        ...


FILTERS: tuple[Filter, ...] = (
    ProfanityFilter(),
    Toxicity(),
    SpamFilter(),
    LinksFilter(),
    FloodFilter(),
    LanguageFilter(),
    PersonalDataFilter(),
    NamesFilter(),
    StandingFilter(),
)


@cache
def load() -> None:
    """Read lists and models now rather than with the first comment; again is free."""
    # It asks for every list: a word among letters, in signs and in digits, a link, a phrase.
    draft = Draft("A first comment, n0t r**d by any0ne; shitty, sh1t or fu ck. See www.example.com")
    # Nothing that is read here is garbage, and looking for it would take half the time.
    collected = gc.isenabled()
    gc.disable()
    try:
        for judge in FILTERS:
            judge.check(Text(draft.text), draft, Facts(), Rules())
    finally:
        if collected:
            gc.enable()


def run(
    draft: Draft,
    facts: Facts = Facts(),  # noqa: B008 -- frozen
    rules: Rules = Rules(),  # noqa: B008 -- frozen
    *,
    filters: Iterable[Filter] = FILTERS,
    clock: Callable[[], float] = time.thread_time,
) -> Assessment:
    """Let every filter judge the draft and gather what they say.

    A filter that raises or takes longer than its budget holds the comment, whatever the
    others find: its silence is not an approval. Time is that of this thread: waiting for a
    busy machine is not the filter's fault.
    """
    load()
    signals: list[Signal] = []
    scores: dict[str, float] = {}
    versions: dict[str, str] = {}
    language = "unknown"
    text = Text(draft.text)
    now = clock()
    for judge in filters:
        versions[judge.name] = judge.version
        # Asking for the time is not free: one filter's end is the next one's beginning.
        begun = now
        try:
            findings = judge.check(text, draft, facts, rules)
        except Exception:  # Whatever went wrong, the comment waits for a person.
            signals.append(_failed(judge.name, "could not judge this comment"))
            now = clock()
            continue
        now = clock()
        if now - begun > rules.filter_budget:
            signals.append(_failed(judge.name, "took too long over this comment"))
        signals += findings.signals
        scores.update(findings.scores)
        if judge.name == "language":
            language = text.language.code
    return Assessment(
        tuple(signals), MappingProxyType(scores), MappingProxyType(versions), language
    )


def _failed(name: str, how: str) -> Signal:
    return Signal(Code.FILTER_FAILED, 1.0, f"The filter {name} {how}.")
