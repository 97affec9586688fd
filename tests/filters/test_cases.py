"""What every filter finds, and what it must leave alone, line by line from tests/data."""

import pytest

from moderation import filters
from moderation.filters.text import Text, utf16_span
from tests.filters.cases import cases, judged

FILES = ("profanity", "spam", "links", "flood", "personal_data", "standing", "language")


def name_of(case):
    return f"{case['kind']}: {case['text'][:40]}"


@pytest.mark.parametrize("name", FILES)
def test_each_case_is_found_as_its_line_says(name):
    judge = next(f for f in filters.FILTERS if f.name == name)
    wrong = []
    for case in cases(name):
        draft, facts, rules = judged(case)
        findings = judge.check(Text(draft.text), draft, facts, rules)
        signals = {s.code.value: s for s in findings.signals}
        holding = {
            code: s
            for code, s in signals.items()
            if s.score >= rules.thresholds.get(name, 0.5) or s.code.value == case["code"]
        }
        right = not holding if case["code"] is None else case["code"] in signals
        if right and case["code"] and "match" in case:
            spans = signals[case["code"]].spans
            wanted = case["match"] if isinstance(case["match"], list) else [case["match"]]
            right = [draft.text[b:e] for b, e in spans] == wanted
        if not right:
            wrong.append((name_of(case), [(s.code.value, s.explanation) for s in findings.signals]))

    assert wrong == []


def test_profanity_scores_a_half_exactly_when_it_found_one():
    judge = filters.FILTERS[0]
    for case in cases("profanity"):
        draft, facts, rules = judged(case)

        score = judge.check(Text(draft.text), draft, facts, rules).scores["profanity"]

        assert (score >= 0.5) == (case["code"] is not None), case


def test_links_are_read_as_the_hosts_they_lead_to():
    for case in cases("links"):
        if "hosts" in case:
            assert [link.host for link in Text(case["text"]).links] == case["hosts"], case


def test_languages_are_told_apart():
    for case in cases("language"):
        assert Text(case["text"]).language.code == case["language"], case


@pytest.mark.parametrize("name", FILES)
def test_every_case_that_has_spans_names_the_letters_they_hold(name):
    judge = next(f for f in filters.FILTERS if f.name == name)
    for case in cases(name):
        draft, facts, rules = judged(case)
        found = judge.check(Text(draft.text), draft, facts, rules).signals
        spans = [s.spans for s in found if s.code.value == case["code"]]

        assert any(spans) == ("match" in case), case


@pytest.mark.parametrize("name", FILES)
def test_spans_of_cases_cut_the_same_letters_for_browsers(name):
    judge = next(f for f in filters.FILTERS if f.name == name)
    for case in cases(name):
        draft, facts, rules = judged(case)
        units = draft.text.encode("utf-16-le", "surrogatepass")
        for signal in judge.check(Text(draft.text), draft, facts, rules).signals:
            for begin, end in signal.spans:
                assert 0 <= begin < end <= len(draft.text)
                first, last = utf16_span(draft.text, (begin, end))
                cut = units[2 * first : 2 * last].decode("utf-16-le", "surrogatepass")
                assert cut == draft.text[begin:end]


def test_explanations_name_what_was_found_and_no_two_filters_share_one():
    said = {}
    for name in FILES:
        for case in cases(name):
            draft, facts, rules = judged(case)
            text = Text(draft.text)
            for judge in filters.FILTERS:
                for signal in judge.check(text, draft, facts, rules).signals:
                    assert signal.explanation.endswith((".", ")")), signal
                    assert said.setdefault(signal.explanation, judge.name) == judge.name
    assert set(said.values()) >= {"profanity", "spam", "links", "flood", "personal_data"}
