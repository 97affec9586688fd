"""Every filter answers, and a broken one holds."""

import gc
import subprocess
import sys

from moderation import filters, policy
from moderation.domain.judgement import Draft, Facts, Findings, Rules
from moderation.domain.reasons import Code
from moderation.domain.status import Outcome


class Broken:
    name = "broken"
    version = "1"

    def check(self, text, draft, facts, rules):
        raise RuntimeError("secret detail of the comment")


class Quiet:
    name = "quiet"
    version = "7"

    def check(self, text, draft, facts, rules):
        return Findings(scores={"quiet": 0.25})


def test_a_filter_that_raises_holds_and_the_others_still_answer():
    found = filters.run(Draft("Hello"), filters=(Broken(), *filters.FILTERS, Quiet()))

    assert [s.code for s in found.signals] == [Code.FILTER_FAILED]
    assert "broken" in found.signals[0].explanation
    assert "secret" not in found.signals[0].explanation
    assert found.scores["quiet"] == 0.25
    assert policy.decide(found, Rules()).outcome is Outcome.HOLD


def test_a_filter_over_its_budget_holds_and_keeps_its_findings():
    ticks, turns = iter([0.0, 5.0]), iter([10.0, 16.0, 16.1])

    found = filters.run(
        Draft("Hello"),
        rules=Rules(filter_budget=1.0),
        filters=(Quiet(), Quiet()),
        clock=lambda: next(ticks),
        watch=lambda: next(turns),
    )

    assert [s.code for s in found.signals] == [Code.FILTER_FAILED]
    assert found.scores == {"quiet": 0.25}


def test_a_filter_that_only_waited_for_a_busy_machine_is_within_its_budget():
    ticks, turns = iter([0.0, 0.2]), iter([10.0, 16.0, 16.1])

    found = filters.run(
        Draft("Hello"),
        rules=Rules(filter_budget=1.0),
        filters=(Quiet(), Quiet()),
        clock=lambda: next(ticks),
        watch=lambda: next(turns),
    )

    assert found.signals == ()


def test_every_filter_scores_every_text():
    found = filters.run(Draft("A calm and ordinary remark about the new bus lane."))

    names = {f.name for f in filters.FILTERS}
    assert names <= set(found.scores)
    assert names <= set(found.versions)
    assert found.signals == ()


def test_importing_the_filters_loads_neither_flask_nor_sqlalchemy():
    code = (
        "import sys, moderation.filters, moderation.cli.classify;"
        "print([m for m in ('flask', 'sqlalchemy') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout.strip() == "[]"


def test_facts_about_the_form_reach_the_verdict():
    found = filters.run(Draft("Hello"), Facts(honeypot_filled=True))

    assert policy.decide(found, Rules()).outcome is Outcome.REJECT


def test_loading_leaves_the_garbage_collector_as_it_was():
    gc.disable()
    try:
        filters.load.__wrapped__()
        assert not gc.isenabled()
    finally:
        gc.enable()
    filters.load.__wrapped__()

    assert gc.isenabled()
