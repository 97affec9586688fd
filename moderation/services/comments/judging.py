"""Judgement of a comment with the rules of its site and post."""

from dataclasses import replace
from datetime import datetime
from time import perf_counter

from moderation.domain.judgement import Draft, Facts, Verdict
from moderation.domain.reasons import CODES
from moderation.policy.post_rules import PostRules
from moderation.storage.models.sites import Site

from ..counters import JUDGEMENTS
from ..judging import judge
from ..sites.judgement_rules import rules_of


def judge_for_site(
    site: Site, draft: Draft, facts: Facts, post_rules: PostRules, now: datetime
) -> Verdict:
    """Run every filter and apply the site's policy; touches no database."""
    rules = rules_of(site)
    thresholds = post_rules.thresholds_at(now, rules.thresholds)
    if thresholds is not rules.thresholds:
        rules = replace(rules, thresholds=thresholds)
    begun = perf_counter()
    verdict = judge(draft, facts, rules)
    JUDGEMENTS.observe(perf_counter() - begun)
    return verdict


def public_reason(verdict: Verdict) -> str:
    """Return the public reason code of a refused comment."""
    return CODES[verdict.deciding[0].signal.code].public
