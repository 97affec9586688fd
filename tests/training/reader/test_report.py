"""The checkup of a model: what it measures, and on sentences that no training sees."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.filters.toxicity import Toxicity
from moderation.training import frames
from moderation.training.cli import train
from moderation.training.functional import abilities
from moderation.training.identity import MORE_TERMS, SENTENCES, TERMS
from moderation.training.report import Checkup
from tests.toxicity.conftest import Trained


def test_every_ability_has_enough_sentences_and_both_kinds_are_tested() -> None:
    found = abilities()

    assert {ability.abuse for ability in found} == {True, False}
    assert sum(len(ability.sentences) for ability in found) > 300
    assert all(len(set(ability.sentences)) >= 8 for ability in found)


def test_no_sentence_to_measure_with_was_trained_on() -> None:
    def bare(text: str) -> str:
        return text.casefold().strip(" .!?,")

    trained_on = "\n".join({bare(sentence.text) for sentence in frames.sentences()})
    measured = [sentence for ability in abilities() for sentence in ability.sentences]
    measured += [sentence.format("gay") for sentence in SENTENCES]

    assert not [sentence for sentence in measured if bare(sentence) in trained_on]


def test_the_terms_of_the_two_lists_differ() -> None:
    assert not set(TERMS) & set(MORE_TERMS)
    assert len(MORE_TERMS) >= 60


@pytest.fixture(scope="module")
def lines(made_up_data: Path, trained: Trained) -> list[str]:
    return list(Checkup(Toxicity(trained.file), made_up_data).lines())


@pytest.mark.parametrize(
    "said",
    [
        "talk pages, held-out tenth",
        "identity_attack  AUC",
        "tweets, held-out tenth",
        "news comments, held-out tenth",
        "Perspective, held-out tenth",
        "names of groups, listed: 58 terms x 16 sentences",
        "names of groups, other: ",
        "negated insult",
        "highest of six",
    ],
)
def test_a_checkup_measures_everything_there_is(lines: list[str], said: str) -> None:
    assert sum(said in line for line in lines) == 1


def test_a_checkup_names_the_model(lines: list[str], trained: Trained) -> None:
    assert lines[0] == f"model {Toxicity(trained.file).version}"


def test_sources_that_are_not_there_are_left_out(
    made_up_data: Path, trained: Trained, tmp_path: Path
) -> None:
    (tmp_path / "jigsaw").symlink_to(made_up_data / "jigsaw")
    (tmp_path / "surge-toxicity").mkdir()
    (tmp_path / "surge-toxicity" / "toxicity_en.csv").write_text(
        "text,is_toxic\nyou filthy toad,Toxic\nlovely beans,Not Toxic\n", encoding="utf-8"
    )
    checkup = Checkup(Toxicity(trained.file), tmp_path)

    assert list(checkup.perspective()) == []
    assert [line.split(":")[0] for line in checkup.other_ground()] == [
        "insults of other sites, never trained on"
    ]


def test_the_command_prints_a_checkup(made_up_data: Path, trained: Trained) -> None:
    arguments = ["measure", "--data", str(made_up_data), "--model", str(trained.file)]

    done = CliRunner().invoke(train, arguments)

    assert done.exit_code == 0, done.output
    assert "calibration error" in done.output


def test_the_command_says_which_source_it_cannot_do_without(tmp_path: Path) -> None:
    done = CliRunner().invoke(train, ["measure", "--data", str(tmp_path)])

    assert done.exit_code == 1
    assert "jigsaw/train.csv.gz" in done.output
