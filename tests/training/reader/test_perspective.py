"""Fitting of Perspective's attributes: what is written, measured and never negative."""

import csv
import json
import random
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from moderation.cli import main
from moderation.filters import attributes
from moderation.filters.attributes import ATTRIBUTES, FITTED
from moderation.filters.text.words import words
from moderation.filters.toxicity.filter import toxicity
from moderation.training.reader.dataset import perspective
from moderation.training.reader.material import Material
from moderation.training.reader.ngrams import unseen_logits
from moderation.training.reader.perspective import COLUMNS, fit_line

_FRIENDLY = "the garden looks lovely after rain and we planted beans near our old wooden fence"
_HOSTILE = "you stupid worthless idiot nobody wants your pathetic lies shut up and die moron"
FRIENDLY, HOSTILE = _FRIENDLY.split(), _HOSTILE.split()


@pytest.fixture
def data(tmp_path):
    """A folder with texts that a made-up Perspective scored."""
    rng = random.Random(5)  # noqa: S311 - variety, not secrecy
    folder = tmp_path / "data" / "perspective"
    folder.mkdir(parents=True)
    columns = [COLUMNS.get(name, name) for name in ATTRIBUTES]
    with (folder / "calibration.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerow(["id", "comment_text", *columns])
        for number in range(120):
            bad = number % 3 == 0
            words = HOSTILE if bad else FRIENDLY
            text = " ".join(rng.choice(words) for _ in range(rng.randint(5, 20)))
            written.writerow([number, text, *[0.95 if bad else 0.05] * len(columns)])
        written.writerow(["blank", " ", *[0.5] * len(columns)])
    return tmp_path / "data"


def test_the_command_writes_weights_and_prints_their_agreement(data, tmp_path):
    result = CliRunner().invoke(
        main, ["train", "perspective", "--data", str(data), "--out", str(tmp_path)]
    )

    assert result.exit_code == 0, result.output
    stored = json.loads((tmp_path / attributes.FILE.name).read_bytes())
    assert stored["reader"] == toxicity.version
    assert tuple(stored["attributes"]) == FITTED
    weights = attributes._Weights(stored)
    assert set(weights.column) == set(FITTED)
    for name in ATTRIBUTES:
        assert result.output.count(name + " ") >= 2
    lines = {line.split()[0]: line.split() for line in result.output.splitlines() if line}
    assert float(lines["TOXICITY"][1]) > 0.5


def test_the_score_of_a_text_does_not_move_its_own_imitated_logit(data):
    """Words that a fit has seen would say more of a text than they can of any other."""
    read = perspective(data / "perspective" / "calibration.csv")
    scored = Material.of([read])
    spoken = [words(text) for text in scored.texts]
    before = unseen_logits(scored, scored.texts, spoken)
    place = int(np.flatnonzero(scored.folds > 0)[0])
    turned = scored.targets.copy()
    turned[place] = 1 - turned[place]

    after = unseen_logits(replace(scored, targets=turned), scored.texts, spoken)

    assert after[place] == before[place]
    others = scored.folds != scored.folds[place]
    assert not np.array_equal(after[others], before[others])
    assert np.corrcoef(before, scored.targets[:, 0])[0, 1] > 0.9


def test_a_worst_sentence_counts_only_where_it_is_bad(data, tmp_path):
    CliRunner().invoke(main, ["train", "perspective", "--data", str(data), "--out", str(tmp_path)])
    stored = json.loads((tmp_path / attributes.FILE.name).read_bytes())
    outputs = (attributes.INPUTS - 1) // len(attributes.KNOTS) // 2

    for kinds in stored["attributes"].values():
        for kind in kinds.values():
            bent = np.array(kind["weights"][:-1]).reshape(len(attributes.KNOTS), 2, outputs)
            assert not bent[np.array(attributes.KNOTS) < -2, 1].any()


def test_missing_data_is_a_sentence(tmp_path):
    result = CliRunner().invoke(main, ["train", "perspective", "--data", str(tmp_path)])

    assert result.exit_code == 1
    assert "calibration.csv" in result.output


def test_a_line_follows_its_targets_without_negative_weights():
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(400, 3))
    targets = 2.0 * inputs[:, 0] - 1.5 * inputs[:, 1] - 1.0

    line = fit_line(inputs, targets, np.ones(400))

    assert line.weights[0] == pytest.approx(2.0, abs=0.2)
    assert line.weights[1] == 0.0
    assert (line.weights >= 0).all()
    scores = line.scores(np.array([[-3.0, 0, 0], [3.0, 0, 0]]))
    assert scores[0] < 0.1 < 0.9 < scores[1]
