"""The standing of the author and the post, independent of the comment's text."""

from types import MappingProxyType

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal
from moderation.domain.reasons import Code

from .text.document import Text

_NOTHING = Findings(scores=MappingProxyType({"standing": 0.0}))


class StandingFilter:
    """Turns facts about author and post into signals for the policy and moderators."""

    name = "standing"
    version = "4"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        signals = []
        if facts.ban is not None:
            why = f": {facts.ban}" if facts.ban else ""
            signals.append(Signal(Code.AUTHOR_BANNED, 1.0, f"The author is banned{why}."))
        vouched_for = facts.staff or facts.author_trusted
        if facts.author_approved < rules.hold_first and not vouched_for:
            signals.append(
                Signal(
                    Code.NEW_AUTHOR,
                    0.5,
                    f"The author has {facts.author_approved or 'no'} approved "
                    f"{'comment' if facts.author_approved <= 1 else 'comments'} here,"
                    f" of {rules.hold_first} that newcomers need to be published at once.",
                )
            )
        if facts.author_premoderated:
            signals.append(
                Signal(
                    Code.AUTHOR_PREMODERATED,
                    1.0,
                    "A moderator has asked to see everything that this author writes.",
                )
            )
        if facts.post_premoderated:
            signals.append(
                Signal(
                    Code.POST_PREMODERATED, 1.0, "Every comment on this post waits for a moderator."
                )
            )
        if facts.guest_held:
            signals.append(
                Signal(
                    Code.GUEST,
                    1.0,
                    "The author is not signed in, and this site holds comments of guests.",
                )
            )
        if facts.edited_after_decision:
            signals.append(
                Signal(
                    Code.EDITED_AFTER_DECISION,
                    1.0,
                    "The author changed the comment after a moderator had decided about it.",
                )
            )
        if not signals:
            return _NOTHING
        return Findings(tuple(signals), {"standing": max(s.score for s in signals)})
