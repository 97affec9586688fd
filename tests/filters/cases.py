"""The case files in tests/data: one line is one text and what must be found in it."""

import json
from pathlib import Path

from moderation.domain.judgement import Draft, Facts, Rules

DATA = Path(__file__).parents[1] / "data"
_SETS = ("blocked_domains", "allowed_domains", "own_domains")


def cases(name):
    """Return the cases of one filter."""
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def judged(case):
    """Return draft, facts and rules of a case."""
    facts = Facts(**case.get("facts", {}))
    rules = {
        key: frozenset(value) if key in _SETS else value
        for key, value in case.get("rules", {}).items()
    }
    return Draft(case["text"]), facts, Rules(**rules)
