"""One judgement: the filters find, the policy decides. Loads no store and no web framework."""

from moderation import filters, policy
from moderation.domain.judgement import Draft, Facts, Rules, Verdict


def judge(draft: Draft, facts: Facts, rules: Rules) -> Verdict:
    """Run every filter over a draft and let the rules' thresholds decide."""
    return policy.decide(filters.run(draft, facts, rules), rules)
