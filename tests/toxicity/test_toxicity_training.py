"""Training: the same data gives the same bytes, and the held-out tenth stays unseen."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.filters.toxicity import BITS, HEADS, Toxicity
from moderation.training import examples, frames
from moderation.training.groups import COUNTED, SOMEONE, word_groups
from moderation.training.measures import auc, calibration_error, f1, spearman
from moderation.training.model_file import save, shrink
from moderation.training.toxicity import train_toxicity
from moderation.training.vectors import fit_vectors
from tests.toxicity.conftest import QUICK, Trained, content_hash


def test_equal_data_gives_equal_bytes(made_up_data: Path, trained: Trained, tmp_path: Path) -> None:
    again = tmp_path / "again.npz"

    train_toxicity(made_up_data, again, QUICK)

    assert again.read_bytes() == trained.file.read_bytes()


def test_a_trained_model_tells_the_made_up_kinds_apart(trained: Trained) -> None:
    model = Toxicity(trained.file)

    def score(text: str) -> float:
        return model.check(None, Draft(text), Facts(), Rules()).scores["toxicity"]

    assert score("you wretched filthy scoundrel crawl away") > 0.6
    assert score("we planted beans near the lovely old garden fence") < 0.3
    assert model.version == f"tox-4:{content_hash(trained.file)[:8]}"


def test_the_talk_pages_alone_are_enough(made_up_data: Path, tmp_path: Path) -> None:
    (tmp_path / "jigsaw").symlink_to(made_up_data / "jigsaw")

    measured = train_toxicity(tmp_path, tmp_path / "x.npz", QUICK, fold_count=2)

    assert measured.mean_auc > 0.95
    assert measured.crossed is None
    assert measured.perspective.rows == 0


def test_agreement_is_measured_on_rows_that_were_left_out(trained: Trained) -> None:
    crossed = trained.measured.crossed

    assert crossed is not None
    assert crossed.rows == 90 > trained.measured.perspective.rows
    assert crossed.rank > 0.6
    assert "cross-validation, 2 of 2" in trained.told


def test_training_measures_on_rows_it_has_not_seen(made_up_data: Path, trained: Trained) -> None:
    held = [r for r in examples.jigsaw(made_up_data / "jigsaw/train.csv.gz").folds if r == 0]

    assert trained.measured.rows == len(held) > 0
    assert trained.measured.mean_auc > 0.95
    assert any("first stage" in line for line in trained.told)


def test_without_the_talk_pages_there_is_nothing_to_learn(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"jigsaw/train\.csv\.gz"):
        examples.load(tmp_path)


def test_equal_texts_of_two_sources_are_held_out_together() -> None:
    assert examples.fold('He said "no"  twice') == examples.fold("He said   no  twice ")
    assert examples.held_out("a") == (examples.fold("a") == 0)


def test_the_shares_of_the_folds_are_even() -> None:
    folds = [examples.fold(f"text {number}") for number in range(5000)]

    assert np.bincount(folds, minlength=10).min() > 420


def test_weights_become_small_and_the_faintest_are_dropped() -> None:
    weights = np.zeros((1 << BITS, HEADS), np.float32)
    weights[:4] = [[4.0] * HEADS, [-2.0] * HEADS, [1.0] * HEADS, [0.5] * HEADS]

    small, _ = shrink(weights, kept=3)

    assert small[0].tolist() == [127] * HEADS
    assert np.sign(small[1]).tolist() == [-1] * HEADS
    assert not small[3:].any()


def test_a_table_of_another_size_is_not_written(tmp_path: Path) -> None:
    small = np.zeros((16, HEADS), np.int8)

    with pytest.raises(ValueError, match="expected 262144 buckets"):
        save(
            tmp_path / "x.npz",
            small,
            np.ones(HEADS, np.float32),
            {},
            fit_vectors([]),
            None,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
        )


def test_our_sentences_are_the_same_each_time_and_use_every_target() -> None:
    made = frames.sentences()

    assert made == frames.sentences()
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

    assert list(examples.rows(plain)) == [{"text": "two\nlines", "label": "1"}]


def test_the_filter_needs_nothing_that_training_needs() -> None:
    code = (
        "import sys, moderation.filters.toxicity; "
        "heavy = {'scipy', 'sklearn', 'matplotlib', 'flask', 'sqlalchemy'} & set(sys.modules); "
        "sys.exit(','.join(heavy) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
