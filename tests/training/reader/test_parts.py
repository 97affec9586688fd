"""The parts of the reader: each learns from a few texts, and the filters' classes read its file."""

from pathlib import Path

import numpy as np
import pytest

from moderation.filters.text.encoder import FEATURES, encoder
from moderation.filters.text.ngrams import BITS, OUTPUTS, Ngrams
from moderation.filters.text.student import FILE, TABLE, Student
from moderation.filters.text.words import words
from moderation.training.reader import ngrams
from moderation.training.reader.features import features, first_tokens
from moderation.training.reader.files import small
from moderation.training.reader.material import FRAMES, Material, document

pytest.importorskip("jax", reason="JAX has no wheel for this platform")

import jax
import jax.numpy as jnp

from moderation.training.reader.batches import Shape, arranged, batches
from moderation.training.reader.dataset import examples
from moderation.training.reader.heads import HeadPlan, Heads, fit_heads, loss, random_key
from moderation.training.reader.network import (
    OWN,
    PAIRS,
    PROJECTION,
    first_weights,
    judged,
)
from moderation.training.reader.student import save

KIND = ("Thanks for the lovely beans.", "The garden is lovely today!", "We like the old fence.")
RUDE = ("Crawl away, you toad.", "You are a rotten toad!", "What a rotten scoundrel you are.")
TEXTS = [f"{text} Number {n}." for n in range(8) for text in (*KIND, *RUDE)]
LABELS = [float(at % 6 >= 3) for at in range(len(TEXTS))]
TINY = Shape(
    widths=((8, 12), (20, 6)),
    documents=6,
    projected=5,
    learned=3,
    pair_bits=7,
    width=10,
    attention=2,
    attended=4,
    hidden=9,
)


def material() -> Material:
    known = {"toxicity": 0.0, "insult": 0.0}
    targets = [known | {"toxicity": label, "insult": label} for label in LABELS]
    return Material.of([examples(FRAMES, TEXTS, targets)])


def test_small_weights_are_close_and_a_loud_one_is_cut_off() -> None:
    rng = np.random.default_rng(1)
    weights = rng.normal(0, 1, (20_000, 2)).astype(np.float32)
    weights[7, 1] = 900.0

    exact, exact_steps = small(weights)
    cut, cut_steps = small(weights, 1.2)

    assert np.abs(exact * exact_steps - weights).max() <= exact_steps.max() / 2 + 1e-5
    assert exact_steps[1] == pytest.approx(900 / 127)
    assert cut[7, 1] == 127
    assert cut_steps[1] < 0.1
    rest = np.delete(cut * cut_steps - weights, 7, axis=0)
    assert np.abs(rest).max() <= cut_steps.max()


def test_a_column_of_zeros_stays_zero() -> None:
    numbers, steps = small(np.zeros((4, 2), np.float32), 1.5)

    assert not numbers.any()
    assert np.isfinite(steps).all()


def test_the_n_gram_model_separates_what_it_learned(tmp_path: Path) -> None:
    heads = {3: ngrams.Head(3, 4.0), 7: ngrams.Head(0, 4.0, sources=(FRAMES, "other"))}

    file = ngrams.fit_ngrams(material(), tmp_path, heads)

    with np.load(file, allow_pickle=False) as stored:
        model = Ngrams.restored(stored)
    kind, rude = (model.logits(words(text)) for text in ("lovely garden", "you rotten toad"))
    assert rude[3] > 0 > kind[3]
    assert rude[7] > 0 > kind[7]
    assert not rude[[0, 1, 2, 4, 5, 6]].any()
    with np.load(file, allow_pickle=False) as stored:
        assert set(stored) == {"kept", "weights", "steps", "groups"}


def test_the_faintest_buckets_are_dropped(tmp_path: Path) -> None:
    weights = np.zeros((1 << BITS, OUTPUTS), np.float32)
    weights[:4] = [[4.0] * OUTPUTS, [-2.0] * OUTPUTS, [1.0] * OUTPUTS, [0.5] * OUTPUTS]

    file = ngrams.save(tmp_path / "x.npz", weights, kept=3)

    with np.load(file) as stored:
        assert np.unpackbits(stored["kept"])[:5].tolist() == [1, 1, 1, 0, 0]
        assert np.sign(stored["weights"]).tolist() == [[1] * OUTPUTS, [-1] * OUTPUTS, [1] * OUTPUTS]


def test_a_table_of_another_size_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected 262144 buckets"):
        ngrams.save(tmp_path / "x.npz", np.zeros((16, OUTPUTS), np.float32))


def test_a_document_has_sentences_and_is_never_empty() -> None:
    two = document("Hello there. Who are you?")

    assert len(two) == 2
    assert document("   ") == [[0]]
    assert document("Hello there. Who are you?", most=1) == two[:1]
    assert len(document("Yes. " * 90)) == 40
    assert first_tokens(two, 5) == [*two[0], *two[1]][:5]


def test_features_are_those_of_each_text_in_its_place() -> None:
    documents = [document(text) for text in (*RUDE, "No.", *KIND, "word " * 120)]

    found = features(documents)

    assert found.shape == (8, 2 * FEATURES)
    for row, each in enumerate(documents):
        alone = encoder().features([first_tokens(each)])[0]
        assert found[row].astype(np.float32) == pytest.approx(alone, abs=0.02, rel=0.01)


def test_the_heads_learn_and_their_file_gives_the_same_logits(tmp_path: Path) -> None:
    rows = features([document(text) for text in TEXTS])
    targets = np.full((len(TEXTS), 8), np.nan, np.float32)
    targets[:, 0] = LABELS

    heads = fit_heads(rows, targets, np.ones(len(TEXTS), np.float32), HeadPlan(hidden=8, batch=16))

    heads.save(tmp_path / "heads.npz")
    again = Heads.load(tmp_path / "heads.npz")
    fresh = features([document(text) for text in ("The fence is lovely.", "You rotten toad.")])
    kind, rude = again.logits(fresh)[:, 0]
    assert rude > kind + 1
    assert (again.logits(rows) == heads.logits(rows)).all()
    assert again.w1.dtype == np.int8


def test_an_unknown_target_costs_nothing() -> None:
    logits = jnp.asarray([[2.0, -1.0]])
    weights = jnp.ones((1, 1))

    judge = jax.jit(loss)

    one = judge(logits, jnp.asarray([[1.0, jnp.nan]]), weights)

    assert float(one) == pytest.approx(float(np.log1p(np.exp(-2.0))))
    assert float(judge(logits, jnp.full((1, 2), jnp.nan), weights)) == 0.0


def test_documents_fill_batches_in_order_and_each_comes_once() -> None:
    documents = [[[1] * 5] * (1 + n % 4) for n in range(20)]

    found = list(batches(documents, range(20), TINY))

    assert [number for batch in found for number in batch] == list(range(20))
    for batch in found:
        assert len(batch) < TINY.documents
        assert sum(len(documents[number]) for number in batch) <= 12


def test_a_document_that_no_batch_holds_is_cut() -> None:
    long = [[9] * 3] * 40

    (batch,) = batches([long], [0], TINY)
    found = arranged([[[9] * 30], long], TINY)

    assert batch == [0]
    assert np.asarray(found.arrays[1].lengths).tolist() == [20, 0, 0, 0, 0, 0]
    assert (np.asarray(found.arrays[0].lengths) == 3).all()


def test_the_trained_student_judges_as_the_filters_one_does(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    size, rows = 6, 300
    weights = first_weights(rng, rows, size, TINY)
    # Weights as at the end of a training, far from zero.
    weights["o"] = weights["o"] * 20
    table = rng.normal(0, 1, (rows, size)).astype(np.float32)
    documents = [
        [rng.integers(0, rows, count).tolist() for count in lengths]
        for lengths in ([3, 17, 1], [8], [20, 9])
    ]
    batch = arranged(documents, TINY)
    judge = jax.jit(judged, static_argnums=3)
    whole, highest = judge(weights, jnp.asarray(table), batch, TINY.documents)

    projected = (table @ np.asarray(weights.pop(PROJECTION))).astype(np.float16)
    save(tmp_path, projected, {name: np.asarray(part) for name, part in weights.items()})
    with np.load(tmp_path / FILE.name) as stored:
        assert not {OWN, PROJECTION} & set(stored)
        assert stored[PAIRS].dtype == np.int8
        student = Student(np.load(tmp_path / TABLE.name), dict(stored))

    for row, each in enumerate(documents):
        found = student.judge(each)
        most = np.maximum(found.whole, found.sentences.max(axis=0))
        assert found.whole == pytest.approx(np.asarray(whole[row]), abs=0.1)
        assert most == pytest.approx(np.asarray(highest[row]), abs=0.1)


def test_what_is_dropped_is_random_but_the_same_for_a_key() -> None:
    rng = np.random.default_rng(4)
    weights = first_weights(rng, 50, 6, TINY)
    table = jnp.asarray(rng.normal(0, 1, (50, 6)), jnp.float32)
    batch = arranged([[[3, 4, 5, 6], [7, 8]]], TINY)

    judge = jax.jit(judged, static_argnums=(3, 5))

    def seen(seed: int) -> list[float]:
        key = random_key(seed)
        whole, _ = judge(weights, table, batch, TINY.documents, key, 0.3)
        return [float(value) for value in whole[0]]

    assert seen(1) == seen(1)
    assert seen(1) != seen(2)
