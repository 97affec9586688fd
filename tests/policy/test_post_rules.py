"""The rules in effect for a post, and their precedence."""

from datetime import UTC, datetime, timedelta

import pytest

from moderation.domain.judgement import DEFAULT_THRESHOLDS, KINDS
from moderation.domain.status import PostState
from moderation.policy.post_rules import PostRules, resolve

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPEN, PREMODERATED, CLOSED = PostState.OPEN, PostState.PREMODERATED, PostState.CLOSED
NEWS = {"prefix": "/news/", "state": "premoderated", "close_after_days": 7, "slow_seconds": 30}
FREE = {"prefix": "/free", "state": "open"}
QUIET = {"prefix": "/news/quiet", "state": "closed", "slow_seconds": 0}


def rules(site=None, own=None, state=OPEN, name="/news/a", **fields) -> PostRules:
    return resolve(site or {}, external_id=name, own=own, state=state, **fields)


@pytest.mark.parametrize(
    ("site", "own", "state", "name", "expected"),
    [
        ({}, None, OPEN, "/a", OPEN),
        ({"premoderate": True}, None, OPEN, "/a", PREMODERATED),
        ({"premoderate": True}, {"state": "open"}, OPEN, "/a", OPEN),
        ({"premoderate": True}, None, CLOSED, "/a", CLOSED),
        ({"premoderate": True, "sections": [FREE]}, None, OPEN, "/free/a", OPEN),
        ({"sections": [NEWS]}, None, OPEN, "/news/a", PREMODERATED),
        ({"sections": [NEWS]}, None, OPEN, "/sport/a", OPEN),
        ({"sections": [NEWS, QUIET]}, None, OPEN, "/news/quiet/a", CLOSED),
        ({"sections": [QUIET, NEWS]}, None, OPEN, "/news/quiet/a", CLOSED),
        ({"sections": [QUIET, NEWS]}, {"state": "open"}, OPEN, "/news/quiet/a", OPEN),
        ({"sections": [NEWS]}, None, PREMODERATED, "/news/a", PREMODERATED),
        ({"sections": [{"prefix": "/n"}]}, None, OPEN, "/n/a", OPEN),
        ({"premoderate": True, "sections": [{"prefix": "/n"}]}, None, OPEN, "/n/a", PREMODERATED),
        ({"hold_everything": True, "sections": [FREE]}, None, OPEN, "/free/a", PREMODERATED),
        ({"hold_everything": True}, {"state": "open"}, OPEN, "/a", PREMODERATED),
        ({"hold_everything": True}, None, CLOSED, "/a", CLOSED),
        ({"hold_everything": True, "sections": [QUIET]}, None, OPEN, "/news/quiet/a", CLOSED),
        ({}, {"state": "open"}, PostState.REMOVED, "/a", PostState.REMOVED),
    ],
)  # fmt: skip
def test_a_post_goes_before_its_section_and_a_section_before_the_site(
    site, own, state, name, expected
):
    assert rules(site, own, state, name).state is expected


def test_where_nothing_was_settled_nothing_waits_and_nothing_closes():
    assert rules() == PostRules()
    assert PostRules() == PostRules(
        state=OPEN, closes_at=None, slow_seconds=0, strict_thresholds={}, hold_everything=False
    )


def test_a_section_is_known_by_id_address_or_path():
    site = {"sections": [{"prefix": "/news/", "slow_seconds": 5}]}
    by_address = {"sections": [{"prefix": "https://a.example/news", "slow_seconds": 6}]}

    assert rules(site, name="4711", url="https://a.example/news/x?y").slow_seconds == 5
    assert rules(by_address, name="4711", url="https://a.example/news/x").slow_seconds == 6
    assert rules(site, name="4711", url=None).slow_seconds == 0


@pytest.mark.parametrize(
    ("site", "own", "seconds"),
    [
        ({}, None, 0),
        ({"slow_seconds": 10}, None, 10),
        ({"slow_seconds": 10, "sections": [NEWS]}, None, 30),
        ({"slow_seconds": 10, "sections": [NEWS]}, {"slow_seconds": 5}, 5),
        ({"slow_seconds": 10}, {"slow_seconds": 0}, 0),
    ],
)
def test_a_posts_own_slow_mode_replaces_the_sites(site, own, seconds):
    assert rules(site, own).slow_seconds == seconds


@pytest.mark.parametrize(
    ("site", "own", "state", "days"),
    [
        ({}, None, OPEN, None),
        ({"close_after_days": 14}, None, OPEN, 14),
        ({"close_after_days": 14}, None, PREMODERATED, 14),
        ({"close_after_days": 14, "sections": [NEWS]}, None, OPEN, 7),
        ({"close_after_days": 14}, {"close_after_days": 0}, OPEN, None),
        ({"close_after_days": 14}, {"state": "open"}, OPEN, None),
        ({"close_after_days": 14}, {"state": "open", "close_after_days": 3}, OPEN, 3),
        ({"close_after_days": 14}, None, CLOSED, None),
    ],
)
def test_a_post_closes_by_age_unless_a_moderator_opened_it(site, own, state, days):
    closes_at = rules(site, own, state, opened_at=NOON).closes_at

    assert closes_at == (None if days is None else NOON + timedelta(days=days))


def test_an_unknown_post_has_no_age():
    assert rules({"close_after_days": 1}).closes_at is None


def test_its_age_closes_a_post_at_that_moment():
    found = rules({"close_after_days": 1}, opened_at=NOON)

    assert found.state_at(NOON + timedelta(hours=23)) is OPEN
    assert found.state_at(NOON + timedelta(hours=24)) is CLOSED


def test_stricter_thresholds_apply_until_their_end_and_never_loosen():
    strict = {
        "strict_thresholds": {"toxicity": 0.5, "spam": 0.9},
        "strict_until": "2026-11-22T13:00:00+01:00",
    }
    found = rules(strict)

    before = found.thresholds_at(NOON - timedelta(seconds=1), DEFAULT_THRESHOLDS)
    lowered = {kind: min(DEFAULT_THRESHOLDS[kind], 0.5) for kind in (*KINDS, "toxicity")}
    assert before == {**DEFAULT_THRESHOLDS, **lowered}
    assert found.thresholds_at(NOON, DEFAULT_THRESHOLDS) is DEFAULT_THRESHOLDS
    assert rules({}).thresholds_at(NOON, DEFAULT_THRESHOLDS) is DEFAULT_THRESHOLDS


def test_a_stricter_threshold_of_a_filter_lowers_its_kinds_and_never_raises_one():
    found = rules({"strict_thresholds": {"toxicity": 0.65, "insult": 0.7}})

    strict = found.thresholds_at(NOON, {**DEFAULT_THRESHOLDS, "obscene": 0.4, "insult": 0.9})

    kinds = {"toxicity": 0.65, "severe_toxicity": 0.6, "obscene": 0.4, "insult": 0.7}
    kinds |= {kind: DEFAULT_THRESHOLDS[kind] for kind in ("sexually_explicit", "threat")}
    assert {name: strict[name] for name in kinds} == kinds


def test_the_nearest_strict_level_sets_its_strictness_and_end():
    site = {"strict_thresholds": {"spam": 0.1}, "strict_until": "2020-01-01T00:00:00+00:00"}
    own = {"strict_thresholds": {"toxicity": 0.2}}

    assert rules(site, own).thresholds_at(NOON, {}) == {"toxicity": 0.2}
