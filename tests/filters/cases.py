"""The case files in tests/data: one line is one text with its expected findings.

A line with `"known": true` is a known mistake: a missed or a false finding.
"""

import json
from datetime import datetime
from pathlib import Path

from moderation.domain.judgement import AUTHOR_NAME, TEXT, Draft, Facts, Rules

DATA = Path(__file__).parents[1] / "data"
#: Converters of values that JSON cannot hold, by field.
_FACTS = {"flooded_until": datetime.fromisoformat}
_RULES = {
    "blocked_domains": frozenset,
    "allowed_domains": frozenset,
    "own_domains": frozenset,
    "reserved_names": tuple,
}


def cases(name):
    """Return the cases of one filter."""
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def judged(case):
    """Return draft, facts and rules of a case."""
    facts = _made(case.get("facts", {}), _FACTS)
    rules = _made(case.get("rules", {}), _RULES)
    draft = Draft(case["text"], author_name=case.get("author", ""))
    return draft, Facts(**facts), Rules(**rules)


def typed(draft, field):
    """Return the field of a draft that a signal is about, as it was typed."""
    return {TEXT: draft.text, AUTHOR_NAME: draft.author_name}[field]


def _made(fields, makers):
    return {key: makers.get(key, lambda value: value)(value) for key, value in fields.items()}
