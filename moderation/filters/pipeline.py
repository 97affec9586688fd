"""The ordered list of filters, and the run of all of them over one comment.

A filter never looks anything up. To add one, write a file with the class, add a line to
FILTERS and a file of cases to tests/data.
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
from .names.filter import NamesFilter
from .personal_data.filter import PersonalDataFilter
from .profanity.filter import ProfanityFilter
from .spam.filter import SpamFilter
from .standing import StandingFilter
from .text.document import Text
from .toxicity.filter import Toxicity


class Filter(Protocol):
    """One filter: it detects one kind of problem."""

    name: str

    @property
    def version(self) -> str:
        """Return the version of the code and of the list or model behind it."""
        ...

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        """Return the findings: scores for every text, signals only for problems."""
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
    """Load lists and models at start rather than with the first comment; idempotent."""
    # This text needs every list: a word among letters, in signs and in digits, a link, a phrase.
    draft = Draft("A first comment, n0t r**d by any0ne; shitty, sh1t or fu ck. See www.example.com")
    # Loading creates no garbage, and collecting would take half the time.
    gc_enabled = gc.isenabled()
    gc.disable()
    try:
        for filter_ in FILTERS:
            filter_.check(Text(draft.text), draft, Facts(), Rules())
    finally:
        if gc_enabled:
            gc.enable()


def run(
    draft: Draft,
    facts: Facts = Facts(),  # noqa: B008 -- frozen
    rules: Rules = Rules(),  # noqa: B008 -- frozen
    *,
    filters: Iterable[Filter] = FILTERS,
    clock: Callable[[], float] = time.thread_time,
    watch: Callable[[], float] = time.perf_counter,
) -> Assessment:
    """Run every filter over the draft and return the combined findings.

    A filter that raises or exceeds its time budget holds the comment, no matter which findings
    the others report: a missing result is not an approval. Time is CPU time of this thread, so
    that a busy machine is not counted against the filter. That clock is slow to read, so it is read
    again only when the watch on the wall says that a filter may have exceeded its budget; it then
    includes the filters before.
    """
    load()
    signals: list[Signal] = []
    scores: dict[str, float] = {}
    versions: dict[str, str] = {}
    language = "unknown"
    text = Text(draft.text)
    begun, now = clock(), watch()
    for filter_ in filters:
        versions[filter_.name] = filter_.version
        started = now
        try:
            findings = filter_.check(text, draft, facts, rules)
        except Exception:  # For any error, hold the comment for a moderator.
            signals.append(_failed(filter_.name, "could not judge this comment"))
            now = watch()
            continue
        now = watch()
        if now - started > rules.filter_budget:
            spent = clock()
            if spent - begun > rules.filter_budget:
                signals.append(_failed(filter_.name, "took too long over this comment"))
            begun = spent
        signals += findings.signals
        scores.update(findings.scores)
        if filter_.name == "language":
            language = text.language.code
    return Assessment(
        tuple(signals), MappingProxyType(scores), MappingProxyType(versions), language
    )


def _failed(name: str, problem: str) -> Signal:
    return Signal(Code.FILTER_FAILED, 1.0, f"The filter {name} {problem}.")
