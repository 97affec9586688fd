"""Our own sentences: the format of their files, their targets, and how frames are filled."""

import random
from pathlib import Path

import numpy as np
import pytest

from moderation.training.reader import sentences
from moderation.training.reader.dataset import OUTPUTS
from moderation.training.reader.sentences import Frame, WrongSentence, filled, parse, targets

FILE = """# A comment.
@who = the baker | {nobody} | Mr Pike
@thing = bread | soup

== clean
{who} sells {thing}
#tags are sentences
== insult obscene
You are a rotten turnip, {who}.
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "en.trial.txt"
    path.write_text(FILE, encoding="utf-8")
    return path


def rng() -> random.Random:
    return random.Random(1)  # noqa: S311 - variety, not secrecy


def test_a_file_has_slots_and_frames_with_their_labels(file: Path) -> None:
    frames, slots = parse(file)

    assert slots == {"who": ["the baker", "{nobody}", "Mr Pike"], "thing": ["bread", "soup"]}
    assert frames == [
        Frame("{who} sells {thing}", ("clean",)),
        Frame("#tags are sentences", ("clean",)),
        Frame("You are a rotten turnip, {who}.", ("insult", "obscene")),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("A sentence.\n", r"en\.x\.txt:1: a sentence before the first section"),
        ("== clean\n\nHello {you}.\n", r"en\.x\.txt:3: no slot 'you'"),
        ("== clean rude\n", r"en\.x\.txt:1: no label 'rude'"),
    ],
)
def test_a_slip_is_named_with_its_line(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "en.x.txt"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(WrongSentence, match=reason):
        parse(path)


def test_a_frame_with_slots_is_filled_several_times_but_each_text_comes_once(file: Path) -> None:
    texts = [frame.text for frame in filled(file, rng(), times=60)]

    assert len(texts) == len(set(texts))
    assert texts.count("#tags are sentences") == 1
    # Both cases of the first letter, for each of two things: 2 + 2 + 1 and the lower-case ones.
    assert {"The baker sells soup", "the baker sells soup", "Mr Pike sells bread"} <= set(texts)
    assert "You are a rotten turnip, the baker." in texts


def test_a_value_is_not_filled_again(file: Path) -> None:
    assert any("{nobody}" in frame.text for frame in filled(file, rng(), times=60))


def test_the_same_texts_come_each_time(file: Path) -> None:
    assert list(filled(file, rng())) == list(filled(file, rng()))


def test_a_label_says_what_is_known_of_the_other_outputs() -> None:
    assert set(targets(["clean"]).values()) == {0.0}
    rude = targets(["insult", "obscene"])
    assert (rude["toxicity"], rude["insult"], rude["obscene"]) == (0.93, 0.95, 0.95)
    assert rude["threat"] == rude["spam"] == 0.02
    menace = targets(["threat", "severe", "identity_attack"])
    assert (menace["toxicity"], menace["severe_toxicity"], menace["insult"]) == (0.99, 0.8, 0.3)
    assert targets(["insult", "mild"])["insult"] == 0.95


def test_files_become_examples_that_are_no_natural_sample(file: Path) -> None:
    (found,) = sentences.load([file])

    assert found.source == "own:en.trial"
    assert not found.natural.any()
    at = found.texts.index("#tags are sentences")
    assert found.targets[at].tolist() == [0.0] * len(OUTPUTS)
    assert np.isfinite(found.targets).all()


@pytest.mark.parametrize("path", sentences.files(), ids=lambda path: path.stem)
def test_every_shipped_file_can_be_read_and_has_both_kinds(path: Path) -> None:
    frames, _ = parse(path)

    clean = sum(frame.labels == ("clean",) for frame in frames)
    # Advertisements have their clean neighbours in other files.
    assert clean > 0 or path.stem.endswith(".advertising")
    assert len(frames) - clean > 0
    assert all("clean" not in frame.labels or frame.labels == ("clean",) for frame in frames)
