"""The checkup of a model: its measures, on sentences that no training sees."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.cli.train import train
from moderation.training.reader.dataset import OUTPUTS
from moderation.training.reader.report import Checkup
from moderation.training.templates import generate
from moderation.training.templates.functional_tests import abilities
from moderation.training.templates.identity_tests import MORE_TERMS, SENTENCES, TERMS
from tests.training.conftest import HOSTILE


def test_every_ability_has_enough_sentences_and_both_kinds_are_tested() -> None:
    found = abilities()

    assert {ability.abuse for ability in found} == {True, False}
    assert sum(len(ability.sentences) for ability in found) > 300
    assert all(len(set(ability.sentences)) >= 8 for ability in found)


def test_no_sentence_to_measure_with_was_trained_on() -> None:
    def bare(text: str) -> str:
        return text.casefold().strip(" .!?,")

    trained_on = "\n".join({bare(sentence.text) for sentence in generate.sentences()})
    measured = [sentence for ability in abilities() for sentence in ability.sentences]
    measured += [sentence.format("gay") for sentence in SENTENCES]

    assert not [sentence for sentence in measured if bare(sentence) in trained_on]


def test_the_terms_of_the_two_lists_differ() -> None:
    assert not set(TERMS) & set(MORE_TERMS)
    assert len(MORE_TERMS) >= 60


def judge(text: str) -> dict[str, float]:
    """Call a text the more toxic the more of its words the made-up abuse uses."""
    words = text.casefold().split()
    share = sum(word.strip(".,!?") in HOSTILE for word in words) / max(len(words), 1)
    return dict.fromkeys(OUTPUTS, share)


@pytest.fixture(scope="module")
def lines(made_up_data: Path) -> list[str]:
    return list(Checkup(judge, "trial-1", made_up_data).lines())


@pytest.mark.parametrize(
    "expected",
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
def test_a_checkup_measures_everything_there_is(lines: list[str], expected: str) -> None:
    assert sum(expected in line for line in lines) == 1


def test_a_checkup_names_the_model_and_measures_its_scores(lines: list[str]) -> None:
    assert lines[0] == "model trial-1"
    assert "AUC 1.0000" in next(line for line in lines if line.startswith("  mean"))


def test_sources_that_are_not_there_are_left_out(made_up_data: Path, tmp_path: Path) -> None:
    (tmp_path / "jigsaw").symlink_to(made_up_data / "jigsaw")
    (tmp_path / "surge-toxicity").mkdir()
    (tmp_path / "surge-toxicity" / "toxicity_en.csv").write_text(
        "text,is_toxic\nyou filthy toad,Toxic\nlovely beans,Not Toxic\n", encoding="utf-8"
    )
    checkup = Checkup(judge, "trial-1", tmp_path)

    assert list(checkup.perspective()) == []
    assert [line.split(":")[0] for line in checkup.other_ground()] == [
        "insults of other sites, never trained on"
    ]


def test_the_command_prints_a_checkup(made_up_data: Path) -> None:
    done = CliRunner().invoke(train, ["measure", "--data", str(made_up_data)])

    assert done.exit_code == 0, done.output
    assert "calibration error" in done.output


def test_the_command_names_the_source_that_it_needs(tmp_path: Path) -> None:
    done = CliRunner().invoke(train, ["measure", "--data", str(tmp_path)])

    assert done.exit_code == 1
    assert "jigsaw/train.csv.gz" in done.output
