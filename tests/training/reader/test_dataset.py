"""The labelled sources: what each label means for the outputs, and which texts are held out."""

import csv
from pathlib import Path

import numpy as np
import pytest

from moderation.training.measures import auc, calibration_error, f1, spearman
from moderation.training.reader import dataset
from moderation.training.reader.dataset import LABELS, OUTPUTS, PERSPECTIVE, Examples
from moderation.training.templates import generate
from moderation.training.templates.identity_terms import COUNTED, SOMEONE, word_groups
from tests.training.conftest import write


def known(source: Examples, row: int = 0) -> dict[str, float]:
    """Return the known targets of a row, rounded."""
    values = zip(OUTPUTS, source.targets[row].tolist(), strict=True)
    return {name: round(value, 3) for name, value in values if not np.isnan(value)}


def test_without_the_talk_pages_there_is_nothing_to_learn(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"jigsaw/train\.csv\.gz"):
        dataset.load(tmp_path)


def test_every_source_of_a_folder_is_read(made_up_data: Path) -> None:
    names = [source.source for source in dataset.load(made_up_data)]

    assert names == ["jigsaw", "toxic-spans", "davidson", "perspective"]


def test_equal_texts_of_two_sources_are_held_out_together() -> None:
    assert dataset.fold('He said "no"  twice') == dataset.fold("He said   no  twice ")
    assert dataset.held_out("a") == (dataset.fold("a") == 0)


def test_the_tenths_are_those_of_the_first_release() -> None:
    # A changed tenth would let a model learn from what it is measured with.
    assert [dataset.fold(text) for text in ("a", "b", "ä", "plum tart")] == [0, 6, 9, 2]


def test_the_shares_of_the_folds_are_even() -> None:
    folds = [dataset.fold(f"text {number}") for number in range(5000)]

    assert np.bincount(folds, minlength=10).min() > 420


def test_talk_pages_have_the_six_labels_and_say_which_rows_are_natural(tmp_path: Path) -> None:
    file = tmp_path / "talk" / "train.csv"
    write(file, ["comment_text", *LABELS, "natural"], [["a", 1, 0, 1, 0, 0, 1, 1], ["b"] + [0] * 7])

    found = dataset.jigsaw(file)

    assert known(found) == {
        "toxicity": 1.0,
        "severe_toxicity": 0.0,
        "obscene": 1.0,
        "insult": 0.0,
        "threat": 0.0,
        "identity_attack": 1.0,
        "spam": 0.0,
    }
    assert found.natural.tolist() == [True, False]


def test_all_scores_of_perspective_are_targets(tmp_path: Path) -> None:
    file = tmp_path / "scores" / "rows.csv"
    shuffled = ["INSULT", *(name for name in PERSPECTIVE if name != "INSULT")]
    write(file, ["comment_text", *shuffled], [["a", 0.9, *[0.1] * 6]])

    found = known(dataset.perspective(file))

    assert found.pop("insult") == 0.9
    assert set(found.values()) == {0.1}
    assert "sexually_explicit" in found
    assert "spam" not in found


def test_german_tweets_have_targets_by_their_fine_label(tmp_path: Path) -> None:
    file = tmp_path / "train.txt"
    lines = ["Gut so\u0085!\tOTHER\tOTHER", "Mist\tOFFENSE\tPROFANITY"]
    lines += ["Du Rübe\tOFFENSE\tINSULT", "Die da\tOFFENSE\tABUSE"]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    found = dataset.germeval(file)

    assert found.texts == ("Gut so\u0085!", "Mist", "Du Rübe", "Die da")
    assert set(known(found, 0).values()) == {0.0}
    assert known(found, 1)["obscene"] == 0.9
    assert known(found, 2) == {"toxicity": 1.0, "insult": 0.9, "identity_attack": 0.1}
    assert known(found, 3)["identity_attack"] == 0.85
    # It is offensive, but whether it threatens is not known.
    assert "threat" not in known(found, 3)


def test_brazilian_votes_become_shares_and_any_group_counts(tmp_path: Path) -> None:
    file = tmp_path / "told" / "rows.csv"
    header = ["text", "homophobia", "obscene", "insult", "racism", "misogyny", "xenophobia"]
    write(file, header, [["a", 0, 1, 3, 0, 2, 0], ["b", 0, 0, 0, 0, 0, 0]])

    found = dataset.told(file)

    assert known(found) == {
        "toxicity": 1.0,
        "obscene": 0.333,
        "insult": 1.0,
        "identity_attack": 0.667,
    }
    assert set(known(found, 1).values()) == {0.0}


def test_hateful_emoji_are_attacks_and_may_be_threats(tmp_path: Path) -> None:
    file = tmp_path / "emoji" / "train.csv"
    rows: list[list[object]] = [["a", "derogation", 1], ["b", "threateninglanguage", 1]]
    write(file, ["text", "type", "label_gold"], [*rows, ["c", "none", 0]])

    found = dataset.hatemoji(file)

    assert known(found, 0) == {"toxicity": 0.97, "identity_attack": 1.0}
    assert known(found, 1)["threat"] == 0.9
    assert known(found, 2) == {"toxicity": 0.08, "threat": 0.0, "identity_attack": 0.0}


def test_comments_of_all_videos_say_only_whether_they_are_spam(tmp_path: Path) -> None:
    for number, label in ((2, 1), (1, 0)):
        file = tmp_path / "videos" / f"Youtube0{number}-X.csv"
        write(file, ["CONTENT", "CLASS"], [[f"it&#39;s {number}", label]])

    found = dataset.youtube(tmp_path / "videos")

    assert found.texts == ("it's 1", "it's 2")
    assert [known(found, row) for row in (0, 1)] == [{"spam": 0.0}, {"spam": 1.0}]


def test_our_templates_are_the_same_each_time_and_use_every_target() -> None:
    made = generate.sentences()

    assert made == generate.sentences()
    assert len(made) > 3000
    assert all(len(sentence.targets) == 6 for sentence in made)


def test_a_word_is_in_one_group_only() -> None:
    groups = word_groups()

    assert all(groups[word] == 1 for word in SOMEONE)
    assert set(groups.values()) == set(range(1, len(COUNTED) + 2))


def test_measures_agree_with_known_values() -> None:
    assert auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == pytest.approx(0.75)
    assert auc([0, 1], [0.5, 0.5]) == pytest.approx(0.5)
    assert np.isnan(auc([1, 1], [0.1, 0.2]))
    assert spearman([1, 2, 3, 4], [1, 4, 9, 16]) == pytest.approx(1.0)
    assert f1([1, 1, 0, 0], [1, 0, 1, 0]) == pytest.approx(0.5)
    assert f1([1, 0], [0, 0]) == 0.0
    assert calibration_error([1, 1, 0, 0], [0.9, 0.7, 0.3, 1.0]) == pytest.approx(0.375)


def test_rows_are_read_gzipped_or_not(tmp_path: Path) -> None:
    plain = tmp_path / "rows.csv"
    with plain.open("w", newline="", encoding="utf-8") as stored:
        csv.writer(stored).writerows([["text", "label"], ["two\nlines", 1]])

    assert list(dataset.rows(plain)) == [{"text": "two\nlines", "label": "1"}]
