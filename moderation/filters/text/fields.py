"""The texts of a comment that readers see: what the author wrote, and the author's name.

A filter that judges words loops over `shown`, gives its signals the field, and adds `where(field)`
to their explanations. Scores of a filter cover all fields.
"""

from collections.abc import Iterator

from moderation.domain.judgement import AUTHOR_NAME, TEXT, Draft

from .document import Text


def shown(text: Text, draft: Draft) -> Iterator[tuple[str, Text]]:
    """Yield the fields with their views: the text, then the name unless it is empty."""
    yield TEXT, text
    if draft.author_name:
        yield AUTHOR_NAME, text.name(draft.author_name)


def where(field: str) -> str:
    """Return the words that tell moderators the place of a finding; none for the text."""
    return " in the name" if field == AUTHOR_NAME else ""
