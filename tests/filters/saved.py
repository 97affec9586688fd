"""Characterisation data: the findings of all filters for some hundred texts, line by line.

    python -m tests.filters.saved

writes tests/data/saved.jsonl again; read the difference before it is committed. A change that is
only meant to be faster leaves the file as it is. The toxicity model is left out: its scores are
in tests/filters/toxicity/saved_scores.jsonl.
"""

import json
from random import Random

from moderation import filters
from moderation.domain.judgement import Draft
from tests.filters.cases import DATA, cases, judged
from tests.filters.disguises import CARRIERS, DISGUISES, disguised

WORDS = ("fuck", "bastards", "asshole", "wanker", "cunt", "bullshit", "nigger", "pussy")
JUDGES = tuple(judge for judge in filters.FILTERS if judge.name != "toxicity")


def texts():
    """Yield the texts: every third case, every disguise, and several cases run together."""
    found = []
    for name in ("profanity", "spam", "links", "personal_data", "language"):
        found += [judged(case)[0].text for case in cases(name)]
    yield from found[::3]
    for index, kind in enumerate(DISGUISES):
        for word in (WORDS[index % len(WORDS)], WORDS[(index + 3) % len(WORDS)]):
            yield CARRIERS[index % len(CARRIERS)].format(disguised(word, kind))
    chance = Random(5)  # noqa: S311 -- variety, not secrecy
    for _ in range(60):
        yield "\n".join(chance.sample(found, 6))


def results(text):
    """Return scores and signals of a text as they are saved."""
    found = filters.run(Draft(text, author_name=text[:24], title=text[:60]), filters=JUDGES)
    return {
        "language": found.language,
        "scores": {name: round(score, 4) for name, score in found.scores.items() if score},
        "signals": [
            [s.code.value, round(s.score, 4), s.field, [list(span) for span in s.spans]]
            for s in found.signals
        ],
    }


def main():
    """Write the present findings."""
    with (DATA / "saved.jsonl").open("w", encoding="utf-8") as lines:
        for text in texts():
            lines.write(json.dumps({"text": text, **results(text)}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
