"""Row filters for conditions without an index: words, reasons and scores of decided comments.

The database excludes most rows by a test without false negatives; the remaining rows are tested
here, with the case folding and word boundaries of the search.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import Session

from moderation.domain.reasons import Code
from moderation.domain.writing import has_word, searched
from moderation.storage import full_text
from moderation.storage.models.comments import Comment


@dataclass(frozen=True)
class RowFilter:
    """Conditions on a row; None and empty match any."""

    code: Code | None
    score_from: float | None
    score_to: float | None
    text: str

    @property
    def is_sorted_out(self) -> bool:
        """Return whether the database can exclude rows, or has to send every row."""
        return not self.text or any(word.isascii() for word in self._words or [self.text])

    def maybe(self, session: Session) -> Iterator[Any]:
        """Yield the conditions for the database; those of words have false positives."""
        if self.code is not None:
            yield has_code(self.code)
        if self.score_from is not None:
            yield Comment.score >= self.score_from
        if self.score_to is not None:
            yield Comment.score <= self.score_to
        for word in self._words or filter(None, [self.text]):
            # Databases fold the case of few letters beside ASCII.
            if word.isascii():
                columns = (Comment.text, Comment.author_name)
                yield or_(*(full_text.may_have(session, column, word) for column in columns))

    def matches(self, row: Any) -> bool:
        """Return whether a row matches: it has all words, or ones with these prefixes."""
        if not self.text:
            return True
        plain = searched(f"{row.author_name} {row.text}")
        if not self._words:
            return searched(self.text) in plain
        return all(has_word(plain, word) for word in self._words)

    @cached_property
    def _words(self) -> list[str]:
        return full_text.words_of(self.text)


def row_filter_for(
    *, code: Code | None, score_from: float | None, score_to: float | None, text: str
) -> RowFilter | None:
    """Return the row filter of these conditions; None without any."""
    if code is None and score_from is None and score_to is None and not text:
        return None
    return RowFilter(code, score_from, score_to, text)


def has_code(code: Code) -> Any:
    """Return the condition that a comment has findings of this code."""
    return Comment.reasons.contains(f"|{code.value}|", autoescape=True)
