"""The language of a comment, made known to whoever decides by it."""

from moderation.domain.judgement import Draft, Facts, Findings, Rules

from .text import Text


class LanguageFilter:
    """Finds nothing wrong; makes the language known before anyone decides by it."""

    name = "language"
    version = "2"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        return Findings(scores={"language": text.language.confidence})
