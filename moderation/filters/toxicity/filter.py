"""The toxicity filter: seven calibrated scores, and the sentence that is responsible for each.

The scores are those of the text's reading (`filters/reading.py`), which is trained by
`moderation train reader`. The author's name is read as well. A text in a known language
that is not judged gets no score above 0. The filter may hold, never reject.
"""

from functools import lru_cache
from types import MappingProxyType
from typing import Final

from moderation.domain.judgement import (
    AUTHOR_NAME,
    TEXT,
    Draft,
    Facts,
    Findings,
    Rules,
    Signal,
    Span,
)
from moderation.domain.reasons import Code

from .. import reading
from ..reading import Reading
from ..text.document import Text

#: Findings from this score on are shown to moderators; the policy decides which ones hold.
WORTH_SAYING: Final = 0.3
#: Below this score a finding is not shown unless its kind holds from less.
WORTH_SAYING_RUDE: Final = 0.5
#: Many words are names, and one or two of them are no sentence: only a threat or an attack on a
#: group counts in a name, and only an unmistakable one. Swear words are found by their list.
WORTH_SAYING_IN_NAME: Final = MappingProxyType({"threat": 0.65, "identity_attack": 0.8})

#: The code of each score, with the end of its explanation.
ATTRIBUTES: Final = MappingProxyType(
    {
        "toxicity": (Code.TOXICITY, "reads as toxic"),
        "severe_toxicity": (Code.SEVERE_TOXICITY, "reads as severely toxic"),
        "obscene": (Code.OBSCENE, "reads as obscene"),
        "insult": (Code.INSULT, "reads as an insult"),
        "threat": (Code.THREAT, "reads as a threat"),
        "identity_attack": (Code.IDENTITY_ATTACK, "reads as an attack on a group of people"),
        "sexually_explicit": (Code.SEXUALLY_EXPLICIT, "reads as sexually explicit"),
    }
)
#: Kinds that hold from low scores.
_GRAVE: Final = frozenset(("threat", "identity_attack"))


class Toxicity:
    """Scores a comment for seven kinds of toxicity."""

    name = "toxicity"

    @property
    def version(self) -> str:
        return f"tox-6:{reading.version()}"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        """Return all scores, and a signal for each one that a moderator should see."""
        found = reading.read(text)
        scores = {name: found.score(output) for output, name in enumerate(ATTRIBUTES)}
        signals = _signals(scores, found, draft.text) if max(scores.values()) > _LEAST else []
        if draft.author_name and not facts.staff:
            named = _scores_of_name(draft.author_name)
            signals += _in_name(named, draft.author_name)
        return Findings(tuple(signals), MappingProxyType(scores))


_LEAST: Final = min(WORTH_SAYING, WORTH_SAYING_RUDE)


def _is_worth_saying(name: str, score: float) -> bool:
    return score >= (WORTH_SAYING if name in _GRAVE else WORTH_SAYING_RUDE)


def _signals(scores: dict[str, float], found: Reading, typed: str) -> list[Signal]:
    """Return the signals of a text, each sentence quoted once."""
    signals: list[Signal] = []
    quoted: set[Span | None] = set()
    for output, (name, score) in enumerate(scores.items()):
        if not _is_worth_saying(name, score):
            continue
        code, ending = ATTRIBUTES[name]
        span = found.loudest(output)
        what = reading.quoted(typed, span)
        if span in quoted:
            what, ending = "It", f"also {ending}"
        quoted.add(span)
        signals.append(Signal(code, score, f"{what} {ending}.", (span,) if span else (), TEXT))
    return signals


def _in_name(scores: tuple[float, ...], name: str) -> list[Signal]:
    """Return the signal for the worst meaning of a name, if it is bad enough."""
    kinds = list(ATTRIBUTES)
    kept = [k for k, kind in enumerate(kinds) if scores[k] >= WORTH_SAYING_IN_NAME.get(kind, 2.0)]
    if not kept:
        return []
    worst = max(kept, key=scores.__getitem__)
    code, ending = ATTRIBUTES[kinds[worst]]
    whole = (0, len(name))
    return [Signal(code, scores[worst], f"The name {ending}.", (whole,), AUTHOR_NAME)]


@lru_cache(maxsize=4096)
def _scores_of_name(name: str) -> tuple[float, ...]:
    found = reading.read(Text(name))
    return tuple(found.score(output) for output in range(len(ATTRIBUTES)))


toxicity: Final = Toxicity()
