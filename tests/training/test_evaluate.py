"""Measuring a score against labels: the figures, the rows most wrong, and no texts unasked."""

import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.cli.evaluate import evaluate as command
from moderation.cli.train import train
from moderation.domain.judgement import Assessment, Draft
from moderation.training.evaluate import Evaluation, Unusable, evaluate, report
from moderation.training.plots import plot
from moderation.training.reader.dataset import held_out

ROWS = [("calm 0.1", 0), ("calm 0.2", 0), ("odd 0.9", 0), ("rude 0.8", 1), ("rude 0.4", 1)]
PNG = b"\x89PNG\r\n\x1a\n"


def by_last_word(draft: Draft) -> Assessment:
    """Score a text by the number it ends with."""
    return Assessment((), {"toxicity": float(draft.text.split()[-1])}, {"toxicity": "t-1"})


def write_csv(file: Path, rows: list[tuple[str, object]], header: tuple[str, str]) -> Path:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "wt", encoding="utf-8", newline="") as stored:
        csv.writer(stored).writerows([header, *rows])
    return file


def measured(file: Path, **options: object) -> Evaluation:
    arguments = {"text": "text", "label": "bad", "score": "toxicity", **options}
    return evaluate(file, assess=by_last_word, **arguments)  # type: ignore[arg-type]


def test_the_figures_are_those_of_the_rows(tmp_path: Path) -> None:
    found = measured(write_csv(tmp_path / "rows.csv", ROWS, ("text", "bad")))

    assert found.auc == pytest.approx(4 / 6)
    at = {at.threshold: at for at in found.thresholds}
    assert (at[0.8].found, at[0.8].precision, at[0.8].recall) == (2, 0.5, 0.5)
    assert at[0.3].recall == 1.0
    assert at[0.95].found == 0
    assert found.calibration_error == pytest.approx((0.1 + 0.2 + 0.9 + 0.2 + 0.6) / 5)
    assert [part.rows for part in found.bins] == [1, 1, 1, 1, 1]


def test_the_rows_most_wrong_are_named_without_their_text(tmp_path: Path) -> None:
    found = measured(write_csv(tmp_path / "rows.csv", ROWS, ("text", "bad")))

    assert [(wrong.row, wrong.label) for wrong in found.worst] == [(3, False), (5, True)]
    assert not any("odd" in line or "rude" in line for line in report(found))


def test_texts_are_shown_to_who_asks(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "rows.csv", ROWS, ("text", "bad"))

    assert "odd 0.9" in "\n".join(report(measured(file, show_text=True)))


def test_json_lines_and_gzip_give_the_same_figures(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": text, "bad": bad}) + "\n" for text, bad in ROWS)
    (tmp_path / "rows.jsonl").write_text(lines, encoding="utf-8")
    with gzip.open(tmp_path / "rows.jsonl.gz", "wt", encoding="utf-8") as packed:
        packed.write(lines)
    files = [
        tmp_path / "rows.jsonl",
        tmp_path / "rows.jsonl.gz",
        write_csv(tmp_path / "rows.csv", ROWS, ("text", "bad")),
        write_csv(tmp_path / "rows.csv.gz", ROWS, ("text", "bad")),
    ]

    assert len({"\n".join(report(measured(file))) for file in files}) == 1


@pytest.mark.parametrize(
    ("given", "meant"),
    [("1", 1), ("0.67", 1), ("0.33", 0), ("yes", 1), ("False", 0), ("", 0), ("TRUE", 1)],
)
def test_labels_are_numbers_shares_or_words(tmp_path: Path, given: str, meant: int) -> None:
    found = measured(write_csv(tmp_path / "rows.csv", [("calm 0.1", given)], ("text", "bad")))

    assert found.labels.tolist() == [meant]


def test_a_value_can_be_named_that_counts(tmp_path: Path) -> None:
    rows: list[tuple[str, object]] = [("rude 0.9", "Toxic"), ("calm 0.1", "Not Toxic")]
    file = write_csv(tmp_path / "rows.csv", rows, ("text", "bad"))

    assert measured(file, positive="Toxic").auc == 1.0


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([], {}, "has no rows"),
        (ROWS, {"text": "body"}, "no text in column 'body'"),
        (ROWS, {"label": "worse"}, "no label in column 'worse'"),
        ([("calm 0.1", "perhaps")], {}, "neither a number nor yes or no"),
        ([("calm 0.1", "nan")], {}, "neither a number nor yes or no"),
        (ROWS, {"score": "mood"}, "no filter gives a score 'mood'; there are: toxicity"),
    ],
)
def test_a_measure_without_enough_texts_is_reported_as_such(
    tmp_path: Path, rows: list[tuple[str, object]], options: dict[str, object], message: str
) -> None:
    file = write_csv(tmp_path / "rows.csv", rows, ("text", "bad"))

    with pytest.raises(Unusable, match=message):
        measured(file, **options)


@pytest.mark.parametrize("line", ["[1]", "{"])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "calm 0.1", "bad": 0}\n' + line, encoding="utf-8")

    with pytest.raises(Unusable, match=r"line 2 of rows\.jsonl is not a JSON object"):
        measured(file)


def test_only_chosen_rows_are_measured_and_keep_their_numbers(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "rows.csv", ROWS, ("text", "bad"))

    found = measured(file, choose=lambda text: not text.startswith("calm"))

    assert len(found.scores) == 3
    assert [wrong.row for wrong in found.worst] == [3, 5]


def test_the_command_can_measure_the_held_out_tenth_alone(tmp_path: Path) -> None:
    rows: list[tuple[str, object]] = [(f"sentence number {n}", n % 2) for n in range(200)]
    file = write_csv(tmp_path / "rows.csv", rows, ("text", "bad"))
    arguments = ["--data", str(file), "--text", "text", "--label", "bad", "--score", "profanity"]

    done = CliRunner().invoke(command, [*arguments, "--held-out"])

    held = sum(held_out(text) for text, _ in rows)
    assert 0 < held < 60
    assert f"profanity: {held} rows" in done.output


def test_a_file_of_one_kind_has_no_area(tmp_path: Path) -> None:
    lines = list(report(measured(write_csv(tmp_path / "rows.csv", ROWS[:2], ("text", "bad")))))

    assert "ROC-AUC: nan" in lines


def test_curves_are_written_as_pictures(tmp_path: Path) -> None:
    bins = [(0.1, 0.0, 2), (0.8, 1.0, 2)]

    files = plot(tmp_path / "plots", "toxicity", [0, 0, 1, 1], [0.1, 0.1, 0.8, 0.8], bins)

    assert [file.name for file in files] == [
        "toxicity-roc.png",
        "toxicity-pr.png",
        "toxicity-reliability.png",
    ]
    assert all(file.read_bytes().startswith(PNG) for file in files)


def test_the_command_measures_a_real_score_and_draws(tmp_path: Path) -> None:
    rows: list[tuple[str, object]] = [("you piece of shit", 1), ("a lovely garden", 0)] * 3
    file = write_csv(tmp_path / "rows.csv", rows, ("text", "bad"))
    arguments = ["--data", str(file), "--text", "text", "--label", "bad", "--score", "profanity"]

    done = CliRunner().invoke(command, [*arguments, "--plot", str(tmp_path / "plots")])

    assert done.exit_code == 0, done.output
    assert "ROC-AUC: 1.0000" in done.output
    assert "garden" not in done.output
    assert (tmp_path / "plots" / "profanity-roc.png").exists()


def test_the_command_names_unusable_values(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "rows.csv", ROWS, ("text", "bad"))
    arguments = ["--data", str(file), "--text", "text", "--label", "bad", "--score", "mood"]

    done = CliRunner().invoke(command, arguments)

    assert done.exit_code == 1
    assert "no filter gives a score 'mood'" in done.output


def test_training_without_sources_names_the_missing_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()

    done = CliRunner().invoke(train, ["reader", "--data", str(tmp_path), "--out", str(out)])

    assert done.exit_code == 1
    assert "jigsaw/train.csv.gz" in done.output
    assert list(out.iterdir()) == []


def test_offering_the_commands_loads_nothing_heavy() -> None:
    code = (
        "import sys, moderation.cli.train, moderation.cli.evaluate; "
        "heavy = {'scipy', 'sklearn', 'matplotlib', 'numpy'} & set(sys.modules); "
        "sys.exit(','.join(heavy) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
