"""The policy turns signals into one outcome and keeps every reason."""

import pytest

from moderation.domain.judgement import (
    DEFAULT_THRESHOLDS,
    KINDS,
    Assessment,
    Rules,
    Signal,
    thresholds_of,
)
from moderation.domain.reasons import CODES, Code
from moderation.domain.status import Outcome
from moderation.policy import decide, policy_name


def assessed(*signals: Signal) -> Assessment:
    return Assessment(signals, {"profanity": 0.0}, {"profanity": "p-1"})


def test_nothing_found_is_approved_with_its_scores_and_versions_kept():
    verdict = decide(assessed(), Rules())

    assert verdict.outcome is Outcome.APPROVE
    assert verdict.causes == ()
    assert (verdict.scores, verdict.versions) == ({"profanity": 0.0}, {"profanity": "p-1"})


@pytest.mark.parametrize(("score", "outcome"), [(0.69, Outcome.APPROVE), (0.7, Outcome.HOLD)])
def test_a_score_holds_from_its_threshold_on(score, outcome):
    verdict = decide(assessed(Signal(Code.PROFANITY, score, "x")), Rules())

    assert verdict.outcome is outcome
    assert verdict.causes[0].threshold == 0.7


@pytest.mark.parametrize("code", [c for c in Code if not CODES[c].deterministic])
def test_no_score_of_a_model_or_list_of_ours_ever_rejects(code):
    verdict = decide(assessed(Signal(code, 1.0, "x")), Rules())

    assert verdict.outcome is Outcome.HOLD


@pytest.mark.parametrize("code", [c for c in Code if CODES[c].deterministic])
def test_a_deterministic_rule_rejects_and_the_other_reasons_stay(code):
    other = Signal(Code.LINKS, 0.9, "3 links")

    verdict = decide(assessed(other, Signal(code, 1.0, "x")), Rules())

    assert verdict.outcome is Outcome.REJECT
    assert [c.signal.code for c in verdict.deciding] == [code]
    assert {c.signal.code for c in verdict.causes} == {code, Code.LINKS}


def test_a_failed_filter_holds_with_any_thresholds():
    rules = Rules(thresholds={"pipeline": 2.0})

    verdict = decide(assessed(Signal(Code.FILTER_FAILED, 1.0, "links failed")), rules)

    assert verdict.outcome is Outcome.HOLD


def test_a_failed_filter_is_named_before_higher_scores():
    verdict = decide(
        assessed(Signal(Code.PROFANITY, 1.0, "x"), Signal(Code.FILTER_FAILED, 0.5, "y")), Rules()
    )

    assert verdict.causes[0].signal.code is Code.FILTER_FAILED


def test_reasons_are_listed_by_weight():
    passed, held = Signal(Code.PROFANITY, 0.1, "x"), Signal(Code.LINKS, 0.9, "y")
    refused = Signal(Code.BLOCKED_WORD, 1.0, "z")

    for order in ((passed, held, refused), (held, refused, passed), (refused, passed, held)):
        causes = decide(assessed(*order), Rules()).causes

        assert [cause.signal for cause in causes] == [refused, held, passed]


@pytest.mark.parametrize(
    "code", [Code.EDITED_AFTER_DECISION, Code.POST_PREMODERATED, Code.AUTHOR_PREMODERATED]
)
def test_comments_that_a_moderator_asked_to_see_are_held_with_any_thresholds(code):
    signal = Signal(code, 1.0, "x")

    assert decide(assessed(signal), Rules(thresholds={"standing": 2.0})).outcome is Outcome.HOLD


def test_a_threshold_the_site_left_out_keeps_its_default():
    verdict = decide(assessed(Signal(Code.LINKS, 0.5, "x")), Rules(thresholds={"spam": 0.9}))

    assert verdict.outcome is Outcome.HOLD


def test_the_policy_name_changes_with_a_threshold_and_not_without():
    strict = Rules(thresholds={"profanity": 0.5})

    assert policy_name(Rules()) == policy_name(Rules())
    assert policy_name(strict) != policy_name(Rules())


@pytest.mark.parametrize("code", [code for code in Code if CODES[code].kind])
def test_a_kind_of_toxicity_holds_from_its_own_threshold_on(code):
    own = DEFAULT_THRESHOLDS[CODES[code].kind]

    outcomes = [
        decide(assessed(Signal(code, score, "x")), Rules()).outcome for score in (own, own - 0.01)
    ]

    assert outcomes == [Outcome.HOLD, Outcome.APPROVE]
    assert CODES[code].threshold == CODES[code].kind == code.value.lower()


def test_a_code_without_a_kind_has_the_threshold_of_its_filter():
    assert {CODES[code].threshold for code in Code if not CODES[code].kind} == {
        facts.filter for facts in CODES.values()
    }


def test_every_name_has_a_default_threshold_and_every_threshold_a_name():
    # A language is taken or not; a site's own checker and its readers' reports have settings.
    without = {"language", "outside_check", "reports"}
    assert {facts.threshold for facts in CODES.values()} - without == set(DEFAULT_THRESHOLDS)


def test_threats_and_attacks_on_groups_hold_before_plain_toxicity():
    for kind in ("threat", "identity_attack"):
        assert DEFAULT_THRESHOLDS[kind] < DEFAULT_THRESHOLDS["toxicity"]


def test_a_site_without_thresholds_has_the_defaults():
    assert thresholds_of({}) == DEFAULT_THRESHOLDS


def test_a_site_that_set_toxicity_alone_keeps_it_for_every_kind():
    found = thresholds_of({"toxicity": 0.9, "spam": 0.4})

    assert {found[kind] for kind in KINDS} == {0.9}
    assert found == {
        **DEFAULT_THRESHOLDS,
        **dict.fromkeys(KINDS, 0.9),
        "toxicity": 0.9,
        "spam": 0.4,
    }


def test_a_kind_that_a_site_set_does_not_move_with_toxicity():
    found = thresholds_of({"toxicity": 0.9, "threat": 0.3})

    assert (found["threat"], found["identity_attack"]) == (0.3, 0.9)
    assert thresholds_of({"threat": 0.3})["toxicity"] == DEFAULT_THRESHOLDS["toxicity"]
