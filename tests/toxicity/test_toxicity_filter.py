"""The toxicity filter: six scores, the words that spoke, and no more than it can know."""

import hashlib
import json
import threading
import time
import unicodedata

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal
from moderation.domain.reasons import CODES, Code
from moderation.filters import toxicity as module
from moderation.filters.toxicity import Reading, Toxicity, normal, table, toxicity
from moderation.filters.toxicity.vectors import SIZE
from moderation.training.identity import MORE_TERMS, TERMS, called_toxic
from tests.toxicity.conftest import content_hash
from tests.toxicity.saved_scores import FILE, scores

SCORES = {"toxicity", "severe_toxicity", "obscene", "insult", "threat", "identity_attack"}


def check(text: str, model: Toxicity = toxicity) -> Findings:
    return model.check(None, Draft(text), Facts(), Rules())


def near(findings: Findings) -> object:
    """The scores, give or take the last place."""
    return pytest.approx(dict(findings.scores), abs=2e-4)


def signal(text: str, code: Code) -> Signal:
    found = [signal for signal in check(text).signals if signal.code is code]
    assert found, f"{text!r} has no {code}: {dict(check(text).scores)}"
    return found[0]


def words(text: str, found: Signal) -> list[str]:
    return [text[begin:end] for begin, end in found.spans]


@pytest.mark.parametrize("text", ["", " \n", "a", "Lovely garden!", "你好", "\u200b", "> quoted"])
def test_every_text_has_all_six_scores(text: str) -> None:
    findings = check(text)

    assert set(findings.scores) == SCORES
    assert all(0.0 <= score <= 1.0 for score in findings.scores.values())


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("Honestly, you are such a pathetic idiot.", Code.INSULT, "idiot"),
        ("What an asshole that referee is.", Code.TOXICITY, "asshole"),
        ("fuck this stupid shit", Code.OBSCENE, "fuck"),
        ("Be careful, I will kill you and your dog.", Code.THREAT, "I will kill you"),
        ("Those filthy Turks are vermin.", Code.IDENTITY_ATTACK, "filthy Turks are vermin"),
    ],
)
def test_a_finding_marks_and_names_the_words_that_spoke(text: str, code: Code, word: str) -> None:
    found = signal(text, code)

    assert word in words(text, found)
    assert any(f"“{marked}”" in found.explanation for marked in words(text, found))


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, the recipe worked and the children loved it.",
        "I disagree: the figures of 2019 do not show a decline.",
        "Could somebody please add a source to the second paragraph?",
        "The match was terrible, but nobody was hurt.",
        "You are right about the dates, I have corrected them.",
    ],
)
def test_a_polite_comment_has_no_finding(text: str) -> None:
    assert check(text).signals == ()


def test_what_others_wrote_is_not_scored() -> None:
    quoted = check("> you fucking idiot, shut up\nPlease stay polite.\n  > piece of shit\n")
    alone = check("\nPlease stay polite.\n\n")

    assert quoted.signals == ()
    assert quoted.scores["obscene"] == pytest.approx(alone.scores["obscene"], abs=0.02)


def test_addresses_are_not_scored() -> None:
    with_address = (
        "See https://example.org/fuck-you-stupid-bitch and www.example.org/asshole please."
    )

    assert check(with_address).signals == ()


def test_spans_fit_a_text_that_folding_makes_longer_and_shorter() -> None:
    text = "ﬁﬀ “straße” 🙂 e\u0301\u0301 … you ｉｄｉｏｔ\u200d, you stu\u200bpid fool!"

    marked = words(text, signal(text, Code.INSULT))

    assert any(unicodedata.normalize("NFKC", word).startswith("idiot") for word in marked)
    assert all(word.strip() == word for word in marked)


def test_a_stretched_or_decorated_word_is_read_as_itself() -> None:
    assert normal("'idioooot*") == normal("idioot")
    assert check("you IDIOT").scores["insult"] > 0.5
    assert words("you **idiot**", signal("you **idiot**", Code.INSULT)).count("idiot") == 1


def test_a_word_longer_than_a_piece_is_marked_whole() -> None:
    long = "fuck" * 20
    text = f"oh {long} off!!! you idiot"

    spans = Reading.of(text).spans

    assert (3, 3 + len(long)) in spans
    assert len(set(spans)) == len(spans) - 1


@pytest.mark.parametrize("terms", [TERMS, MORE_TERMS], ids=["listed", "other"])
def test_a_name_of_a_group_does_not_make_a_sentence_toxic(terms: tuple[str, ...]) -> None:
    def score(text: str) -> float:
        return check(text).scores["toxicity"]

    called = {term: called_toxic(term, score)[2] for term in terms}

    assert np.mean(list(called.values())) <= 0.01
    assert max(called.values()) <= 0.03, max(called, key=lambda term: called[term])


@pytest.mark.parametrize(
    "text",
    [
        'A reader wrote "all foreigners are vermin", and we deleted it at once.',
        "Nobody in this town believes that women are inferior.",
    ],
)
def test_what_words_cannot_tell_stays_below_holding(text: str) -> None:
    scores = check(text).scores

    assert scores["toxicity"] < Rules().thresholds["toxicity"]
    assert scores["identity_attack"] < Rules().thresholds["toxicity"]


@pytest.mark.parametrize(
    "spared",
    ["I am not saying that you are an idiot.", "He wrote 'you are an idiot' and got banned."],
)
def test_an_insult_denied_or_reported_does_not_hold_as_one_said_does(spared: str) -> None:
    said = check("You are an idiot.").scores["toxicity"]
    scores = check(spared).scores

    assert scores["toxicity"] < said - 0.2
    assert max(scores.values()) < Rules().thresholds["toxicity"] <= said


@pytest.mark.parametrize("place", [module.DENIED, module.REPORTED])
def test_what_is_denied_or_reported_the_other_model_lifts_to_the_middle_only(place: int) -> None:
    network = toxicity.model.network
    reading = module.Reading.of("What a silly thing to write.")
    inputs = toxicity.model.table.describe(reading).inputs[None].copy()
    inputs[0, [module.DENIED, module.REPORTED]] = 0.0
    both = np.array([-0.84, 9.0], np.float32)
    plain = network.probabilities(inputs[[0, 0]], both)[:, 0]
    inputs[0, place] = 1.0
    doubted = network.probabilities(inputs[[0, 0]], both)[:, 0]

    assert plain[0] < plain[1]
    assert doubted[0] == pytest.approx(doubted[1], abs=0.005)


def test_the_shipped_model_says_what_it_said_when_it_was_made() -> None:
    saved = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]

    now = [dict(scores(row["text"])) for row in saved]

    assert len(saved) == 100
    assert now == [pytest.approx(row["scores"], abs=1e-3) for row in saved]


def test_one_text_is_scored_as_many_are() -> None:
    network = toxicity.model.network
    inputs = np.random.default_rng(4).normal(0, 3, (50, module.INPUTS)).astype(np.float32)
    inputs[::2, [module.DENIED, module.REPORTED]] = 0.0
    other = np.linspace(-50, 50, 50, dtype=np.float32)

    alone = [
        network.probabilities_of_one(row, float(logit))
        for row, logit in zip(inputs, other, strict=True)
    ]

    assert network.probabilities(inputs, other) == pytest.approx(np.array(alone), abs=1e-5)


def test_likeness_is_the_same_for_one_text_as_for_many() -> None:
    likeness = toxicity.model.likeness
    rng = np.random.default_rng(5)
    inputs = rng.normal(0, 3, (20, module.INPUTS)).astype(np.float32)
    directions = rng.normal(0, 0.1, (20, likeness.directions.shape[1])).astype(np.float32)
    words = rng.normal(0, 1, 20).astype(np.float32)

    alone = [likeness.logits(*row) for row in zip(inputs, directions, words, strict=True)]

    assert likeness.logits(inputs, directions, words) == pytest.approx(np.array(alone), abs=1e-2)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 9, 40])
def test_the_strongest_passage_of_each_length_is_found_to_the_last_word(count: int) -> None:
    chance = np.random.default_rng(count)
    words = chance.normal(size=(count, table.HEADS)).astype(np.float32)

    found = table._strongest(words).reshape(-1, table.HEADS)

    for size, strongest in zip(table.PASSAGES, found, strict=True):
        passages = [words[at : at + size].sum(0) for at in range(max(1, count - size + 1))]
        assert strongest == pytest.approx(np.max(passages, axis=0), abs=1e-5)


def test_words_without_a_vector_point_nowhere() -> None:
    vectors = module.Vectors(np.array([7], np.uint32), np.ones((1, SIZE), np.int8), np.ones(1))

    assert vectors.places(np.array([6, 7, 8], np.uint32)).tolist() == [1, 0, 1]
    assert not vectors.mean(np.array([1, 1])).any()
    assert not vectors.mean(np.array([], np.intp)).any()
    assert float(np.linalg.norm(vectors.mean(np.array([0, 1])))) == pytest.approx(1.0)


def test_no_finding_of_this_filter_can_reject() -> None:
    codes = [code for code, _ in module.ATTRIBUTES.values()]

    assert all(CODES[code].filter == toxicity.name for code in codes)
    assert not any(CODES[code].deterministic for code in codes)


def test_each_attribute_has_its_own_sentence() -> None:
    sentences = [sentence for _, sentence in module.ATTRIBUTES.values()]

    assert len(set(sentences)) == len(sentences)


def described(weight: float) -> table.Description:
    """A description of one word that weighs so much, and of no clause."""
    nothing = np.zeros(0, np.float32)
    return table.Description(nothing, np.full((1, module.HEADS), weight, np.float32), nothing, ())


def test_a_finding_without_a_loud_word_says_so() -> None:
    reading = Reading.of("well")

    found = module._signal("insult", 0.6, reading, described(-1), frozenset(), 3)

    assert found.spans == ()
    assert found.explanation.startswith("The text as a whole")


def test_a_long_word_is_shortened_in_the_explanation() -> None:
    reading = Reading.of("b" * 35)

    found = module._signal("insult", 0.6, reading, described(1), frozenset(), 3)

    assert f"“{'b' * 29}…”" in found.explanation


def test_a_score_does_not_depend_on_what_was_read_before() -> None:
    text = "You are a rotten liar and everybody in Leeds knows it."
    fresh, used = Toxicity(), Toxicity()
    check("Some other words about the weather in Leeds.", used)

    assert dict(check(text, fresh).scores) == near(check(text, used))


def test_a_full_memory_starts_again_with_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "REMEMBERED", 2000)
    text = "You are a rotten liar."
    model = Toxicity()
    before = check(text, model)
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 1500)]

    check("!".join(letters), model)
    check("!".join(f"a{letter}" for letter in letters), model)
    check("!".join(letters), model)

    assert dict(check(text, model).scores) == near(before)


def test_threads_that_learn_the_same_words_agree() -> None:
    model = Toxicity()
    texts = [f"word{'x' * n} and you stupid liar number{'y' * n}" for n in range(1, 30)]
    alone = [near(check(text)) for text in texts]
    got: list[list[dict[str, float]]] = []

    def judge() -> None:
        got.append([dict(check(text, model).scores) for text in texts])

    threads = [threading.Thread(target=judge) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == [alone] * 4


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=300))
@example("\ud800 you idiot \udfff")
@example("ﷺ" * 50 + " you fool")
@example("'*'* '''' ** you idiot**''")
@example("!?!?!?" * 30)
def test_any_text_is_judged_with_valid_spans(text: str) -> None:
    findings = check(text + " you stupid idiot")

    for found in findings.signals:
        for begin, end in found.spans:
            assert 0 <= begin < end <= len(text) + 17


@pytest.mark.parametrize(
    "unit",
    [
        "fuck you idiot ",
        "a!",
        "é’ß… ",
        "x",
        "> a\n",
        "ﷺ",
        "字!",
        "muslims ",
        '"I will kill, ',
        "kill ",
    ],
)
def test_time_is_linear_in_the_length(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        check(text)
        best = 1.0
        for _ in range(3):
            begin = time.thread_time()
            check(text)
            best = min(best, time.thread_time() - begin)
        return best

    short, long = seconds(8_000), seconds(64_000)

    assert long < 8 * short * 3 + 0.01


def test_nothing_past_the_limit_is_read() -> None:
    assert len(Reading.of("a " * 65_536).tokens) == module.MAX_LENGTH // 2


def test_the_version_names_the_content_of_the_model() -> None:
    assert toxicity.version == Toxicity().version
    assert toxicity.version == f"tox-4:{content_hash(module.MODEL)[:8]}"


def test_the_model_in_the_package_is_small() -> None:
    assert module.MODEL.stat().st_size <= 2_000_000


def test_the_model_card_is_that_of_the_model_in_the_package() -> None:
    card = module.MODEL.with_name("toxicity.MODEL_CARD.md").read_text(encoding="utf-8")

    assert hashlib.sha256(module.MODEL.read_bytes()).hexdigest()[:12] in card


def test_words_that_another_thread_learned_meanwhile_are_not_learned_twice() -> None:
    model = Toxicity()
    table, lock = model.model.table, model.model.table._lock

    class Busy:
        """A lock that is free only after the other thread has learned the same words."""

        def __enter__(self) -> None:
            table._lock = lock
            check("you stupid liar", model)

        def __exit__(self, *_: object) -> None:
            pass

    table._lock = Busy()  # type: ignore[assignment]

    assert dict(check("you stupid liar", model).scores) == near(check("you stupid liar"))
    assert len(table._words.rows) == 3
