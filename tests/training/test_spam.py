"""The model of spam learns, is small, and stays the same when it learns elsewhere."""

import csv
import gzip

import numpy as np
from click.testing import CliRunner

from moderation.cli import main
from moderation.filters.spam import classifier
from moderation.filters.text.document import Text
from moderation.training import spam as train_spam

SPAM = [
    "Cheap pills at http://pills.example.com now!!!",
    "Subscribe to my channel guys",
    "Win $$$ now",
]
HAM = [
    "The tram was late again.",
    "I agree with the mayor about the trees.",
    "Well written, thanks.",
]


def seen(text):
    return classifier.features(Text(text))


def test_decisions_move_the_score_and_leave_the_old_weights_alone():
    weights = classifier.blank()
    before = weights.score(seen(SPAM[0]))

    learned = weights
    for _ in range(60):
        for spam, ham in zip(SPAM, HAM, strict=True):
            learned = learned.update(seen(spam), True).update(seen(ham), False)

    assert before == weights.score(seen(SPAM[0])) == 0.5
    assert all(learned.score(seen(text)) > 0.7 for text in SPAM)
    assert all(learned.score(seen(text)) < 0.3 for text in HAM)


def test_shipped_weights_are_small_and_come_back_nearly_the_same():
    weights = classifier.prior()

    shipped = classifier.save(weights)
    again = classifier.load(shipped)

    assert len(shipped) < 1_000_000
    assert np.array_equal(weights.measures, again.measures)
    assert np.abs(weights.buckets - again.buckets).max() < 0.01
    assert classifier.load(classifier.save(classifier.blank())).score(seen("x")) == 0.5


def test_an_empty_text_is_nothing_special():
    assert 0.0 < classifier.prior().score(seen("")) < 0.5


def test_training_writes_weights_that_separate_spam_from_talk(tmp_path, capsys):
    for name in ("a", "b"):
        with (tmp_path / f"{name}.csv").open("w", newline="") as out:
            rows = csv.DictWriter(out, ["CONTENT", "CLASS"])
            rows.writeheader()
            for spam, ham in zip(SPAM * 4, HAM * 4, strict=True):
                rows.writerow({"CONTENT": spam, "CLASS": "1"})
                rows.writerow({"CONTENT": ham, "CLASS": "0"})
    with gzip.open(tmp_path / "talk.csv.gz", "wt", newline="") as out:
        talk = csv.DictWriter(out, ["id", "comment_text", "toxic", "natural"])
        talk.writeheader()
        for number in range(40):
            talk.writerow(
                {
                    "id": number,
                    "comment_text": "Fine.",
                    "toxic": (number % 3 == 0 and 1) or 0,
                    "natural": 1,
                }
            )
    target = tmp_path / "spam.bin"

    train_spam.main(target, tmp_path, tmp_path / "talk.csv.gz")
    weights = classifier.load(target.read_bytes())

    assert "video 1: AUC 1.0" in capsys.readouterr().out
    assert weights.score(seen(SPAM[0])) > 0.5 > weights.score(seen(HAM[0]))
    train_spam.main(tmp_path / "again.bin", tmp_path, tmp_path / "talk.csv.gz")
    assert (tmp_path / "again.bin").read_bytes() == target.read_bytes()


def test_the_command_trains_from_a_folder_of_sources_and_names_missing_ones(tmp_path):
    runner, target = CliRunner(), tmp_path / "spam.bin"
    given = ["train", "spam", "--data", str(tmp_path), "--out", str(target)]

    missing = runner.invoke(main, given)
    (tmp_path / "youtube-spam").mkdir()
    for number in range(2):
        with open(tmp_path / "youtube-spam" / f"{number}.csv", "w", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["CONTENT", "CLASS"])
            rows.writerows([[text, "1"] for text in SPAM] + [[text, "0"] for text in HAM])
    trained = runner.invoke(main, given)

    assert (missing.exit_code, "youtube-spam" in missing.output) == (1, True)
    assert trained.exit_code == 0, trained.output
    assert "video 2: AUC" in trained.output
    weights = classifier.load(target.read_bytes())
    assert weights.score(seen(SPAM[0])) > weights.score(seen(HAM[0]))


def test_training_stops_at_enough_ordinary_talk(tmp_path, monkeypatch):
    with gzip.open(tmp_path / "talk.csv.gz", "wt", newline="") as out:
        talk = csv.DictWriter(out, ["id", "comment_text", "toxic", "natural"])
        talk.writeheader()
        for number in range(40):
            talk.writerow({"id": number, "comment_text": "Fine.", "toxic": 0, "natural": 1})
    monkeypatch.setattr(train_spam, "HAM_COMMENTS", 3)

    assert len(list(train_spam.ordinary(tmp_path / "talk.csv.gz"))) == 3


def test_a_single_decision_is_felt_and_no_more_than_that():
    weights = classifier.prior()
    before = weights.score(seen(HAM[0]))

    after = weights.update(seen(HAM[0]), True).score(seen(HAM[0]))

    assert before < after < 0.5


def test_a_calm_comment_with_a_link_is_not_held_for_it():
    comment = (
        "The figures are on page 12 of the report, http://council.example.org/report, and they"
        " do not say what the article makes of them: the number of trees fell by a third."
    )

    assert classifier.prior().score(seen(comment)) < 0.5
