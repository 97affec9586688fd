"""Characterisation data: scores of the shipped model for a hundred of our own sentences.

A change to how texts are read must not change the scores. After training a new model,
`python -m tests.filters.toxicity.saved_scores` writes them again.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.filters.text.document import Text
from moderation.filters.toxicity.filter import toxicity
from moderation.training.templates.functional_tests import abilities

FILE = Path(__file__).with_name("saved_scores.jsonl")
EACH = 5


def scores(text: str) -> Mapping[str, float]:
    """Return the shipped model's six scores."""
    return toxicity.check(Text(text), Draft(text), Facts(), Rules()).scores


def main() -> None:
    """Write the file."""
    texts = [text for ability in abilities() for text in ability.sentences[-EACH:]]
    lines = [json.dumps({"text": text, "scores": dict(scores(text))}) for text in texts]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
