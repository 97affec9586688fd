"""The language of a comment: holds those in a language that the site does not take."""

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal
from moderation.domain.languages import LANGUAGES, names, takes
from moderation.domain.reasons import Code

from .text.document import Text

#: Below this confidence a text counts as one of unknown language.
_SURE = 0.4


class LanguageFilter:
    """Reports the confidence in the recognised language, and languages that the site omits."""

    name = "language"
    version = "3"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        language = text.language
        scores = {"language": language.confidence}
        if language.confidence < _SURE or takes(rules.languages, language.code):
            return Findings(scores=scores)
        found = LANGUAGES[language.code]
        explanation = f"The text is in {found}; this site takes {names(rules.languages)}."
        return Findings((Signal(Code.OTHER_LANGUAGE, language.confidence, explanation),), scores)
