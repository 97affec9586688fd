"""Expected findings of every filter, and texts without any, line by line from tests/data."""

import pytest

from moderation import filters
from moderation.domain.reasons import CODES
from moderation.filters.text.document import Text, utf16_span
from tests.filters.cases import cases, judged, typed

FILES = (
    "profanity",
    "toxicity",
    "spam",
    "links",
    "flood",
    "personal_data",
    "names",
    "standing",
    "language",
)


def name_of(case):
    return f"{case['kind']}: {case.get('author') or case['text'][:40]}"


def judge_named(name):
    return next(f for f in filters.FILTERS if f.name == name)


def has_expected_findings(judge, case):
    """Return whether a filter has exactly the findings of the line, and the findings."""
    draft, facts, rules = judged(case)
    findings = judge.check(Text(draft.text), draft, facts, rules)
    signals = {s.code.value: s for s in findings.signals}
    if case["code"] is None:
        right = all(s.score < rules.thresholds[CODES[s.code].threshold] for s in signals.values())
    else:
        right = case["code"] in signals
    if right and case["code"] and "match" in case:
        signal = signals[case["code"]]
        wanted = case["match"] if isinstance(case["match"], list) else [case["match"]]
        right = [typed(draft, signal.field)[b:e] for b, e in signal.spans] == wanted
    return right, [(s.code.value, s.explanation) for s in findings.signals]


@pytest.mark.parametrize("name", FILES)
def test_each_case_has_the_findings_of_its_line(name):
    wrong = []
    for case in cases(name):
        right, found = has_expected_findings(judge_named(name), case)
        if not right and not case.get("known"):
            wrong.append((name_of(case), found))

    assert wrong == []


@pytest.mark.parametrize("name", FILES)
def test_known_mistakes_of_the_filters_are_still_made(name):
    """A line that fails here is found as it should be: take `known` out of it."""
    known = [case for case in cases(name) if case.get("known")]

    better = [name_of(case) for case in known if has_expected_findings(judge_named(name), case)[0]]

    assert better == []


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


def test_languages_are_recognised():
    for case in cases("language"):
        assert Text(case["text"]).language.code == case["language"], case


# Which words weighed most for the model is no rule: there a line names them where it wants to.
@pytest.mark.parametrize("name", [name for name in FILES if name != "toxicity"])
def test_every_case_that_has_spans_names_the_letters_they_hold(name):
    judge = judge_named(name)
    for case in cases(name):
        draft, facts, rules = judged(case)
        found = judge.check(Text(draft.text), draft, facts, rules).signals
        spans = [s.spans for s in found if s.code.value == case["code"]]

        assert any(spans) == ("match" in case), case


@pytest.mark.parametrize("name", FILES)
def test_spans_of_cases_cut_the_same_letters_for_browsers(name):
    judge = judge_named(name)
    for case in cases(name):
        draft, facts, rules = judged(case)
        for signal in judge.check(Text(draft.text), draft, facts, rules).signals:
            text = typed(draft, signal.field)
            units = text.encode("utf-16-le", "surrogatepass")
            for begin, end in signal.spans:
                assert 0 <= begin < end <= len(text)
                first, last = utf16_span(text, (begin, end))
                cut = units[2 * first : 2 * last].decode("utf-16-le", "surrogatepass")
                assert cut == text[begin:end]


def test_explanations_name_the_finding_and_no_two_filters_share_one():
    explained = {}
    for name in FILES:
        for case in cases(name):
            draft, facts, rules = judged(case)
            text = Text(draft.text)
            for judge in filters.FILTERS:
                for signal in judge.check(text, draft, facts, rules).signals:
                    assert signal.explanation.endswith((".", ")")), signal
                    assert explained.setdefault(signal.explanation, judge.name) == judge.name
    assert {"profanity", "toxicity", "spam", "links", "flood"} <= set(explained.values())
    assert "personal_data" in explained.values()
