"""Parts of clean comments: from rows to learn from alone, and without listed words."""

import pytest

from moderation.training.reader.dataset import OUTPUTS, Examples, examples, fold
from moderation.training.reader.fragments import fragments

REMARK = "The plum tart number {n} was lovely. We ate it in the garden of Wilma."


def talk(texts: list[str], toxicity: float = 0.0, source: str = "jigsaw") -> Examples:
    return examples(source, texts, [{"toxicity": toxicity}] * len(texts))


def parts(sources: list[Examples]) -> list[str]:
    return [text for source in fragments(sources) for text in source.texts]


def test_parts_of_a_clean_comment_have_no_harm() -> None:
    found, groups = fragments([talk([REMARK.format(n=n) for n in range(40)])])

    assert "We ate it in the garden of Wilma." in found.texts
    assert groups.texts
    assert all(len(text.split()) <= 3 for text in groups.texts)
    for source in (found, groups):
        assert source.targets.tolist() == [[0.0] * len(OUTPUTS)] * len(source.texts)


def test_no_part_comes_of_a_comment_that_is_held_out_or_kept_for_calibration() -> None:
    texts = [f"Letter {n}, he wrote." for n in range(60)]

    found = parts([talk(texts)])

    whole = [text for text in texts if text in found]
    assert whole
    assert all(fold(text) > 1 for text in whole)


@pytest.mark.parametrize(
    "source", [talk([REMARK] * 9, toxicity=0.1), talk([REMARK] * 9, source="davidson")]
)
def test_only_clean_comments_of_chosen_sources_are_cut(source: Examples) -> None:
    assert parts([source]) == []


def test_a_part_with_a_listed_word_is_left_out() -> None:
    found = parts([talk([f"What the fuck, said number {n}." for n in range(30)])])

    assert found
    assert not any("fuck" in text for text in found)


def test_the_parts_are_the_same_each_time() -> None:
    source = talk([REMARK.format(n=n) for n in range(40)])

    assert parts([source]) == parts([source])
