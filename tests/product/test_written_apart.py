"""Comments in ten languages by an author who saw neither the filters nor what they learned from.

One author wrote them all, and no native speaker read them. Nothing is trained or tuned on them; the
bounds are wide enough for that, and tell of a loss in a language that other checks hardly reach.
"""

import json
from collections import defaultdict

import pytest

from tests.product.listed import DATA, held

#: The share of harmless comments that may be held, and of the others that must be: in all
#: languages together, and in each.
HELD_AT_MOST, HELD_AT_LEAST = 0.02, 0.84
HELD_AT_MOST_IN_ONE, HELD_AT_LEAST_IN_ONE = 0.07, 0.7


@pytest.fixture(scope="module")
def found():
    """Whether each comment is held, by label and language."""
    lines = (DATA / "written_apart.jsonl").read_text(encoding="utf-8").splitlines()
    flags = defaultdict(list)
    for comment in map(json.loads, lines):
        flags[comment["label"], comment["lang"]].append(held(comment["text"]))
    return flags


def share(flags):
    return sum(flags) / len(flags)


def all_of(found, label):
    return [flag for (given, _), flags in found.items() if given == label for flag in flags]


def test_harmless_comments_are_published(found):
    each = {lang: share(flags) for (label, lang), flags in found.items() if label == "publish"}

    assert share(all_of(found, "publish")) <= HELD_AT_MOST
    assert {lang: part for lang, part in each.items() if part > HELD_AT_MOST_IN_ONE} == {}


def test_harmful_comments_are_held(found):
    each = {lang: share(flags) for (label, lang), flags in found.items() if label == "hold"}

    assert share(all_of(found, "hold")) >= HELD_AT_LEAST
    assert {lang: part for lang, part in each.items() if part < HELD_AT_LEAST_IN_ONE} == {}
