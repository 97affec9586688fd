"""Looking for what no index can narrow by: the words, reasons and scores of decided comments.

The database sorts out most rows where they lie, by a test that never misses one; what is left
is looked at here, where letters have the case and words the borders that they have in search.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import Session

from moderation.domain.reasons import Code
from moderation.storage import search
from moderation.storage.comments import Comment


@dataclass(frozen=True)
class Look:
    """What a row must have; None and empty: anything."""

    code: Code | None
    score_from: float | None
    score_to: float | None
    text: str

    @property
    def is_sorted_out(self) -> bool:
        """Tell whether the database sorts out what is not meant, or sends every row."""
        words = search.words_of(self.text) or [self.text]
        return not self.text or any(word.isascii() for word in words)

    def maybe(self, session: Session) -> Iterator[Any]:
        """What the database can tell: all of it but the words, and of these where they may be."""
        if self.code is not None:
            yield has_code(self.code)
        if self.score_from is not None:
            yield Comment.score >= self.score_from
        if self.score_to is not None:
            yield Comment.score <= self.score_to
        for word in search.words_of(self.text) or filter(None, [self.text]):
            # Databases fold the case of few letters but those of English.
            if word.isascii():
                said = (Comment.text, Comment.author_name)
                yield or_(*(search.has(session, column, word) for column in said))

    def fits(self, row: Any) -> bool:
        """Tell whether a row that may be meant is."""
        return self._says is None or self._says(f"{row.author_name} {row.text}".lower())

    @cached_property
    def _says(self) -> Callable[[str], bool] | None:
        """Tell whether a text has all words, or ones that begin so, as the index would."""
        if not self.text:
            return None
        words = search.words_of(self.text)
        if not words:
            plain = self.text.lower()
            return lambda said: plain in said
        patterns = [re.compile(rf"(?<![^\W_]){re.escape(word)}") for word in words]
        return lambda said: all(pattern.search(said) for pattern in patterns)


def at(
    *, code: Code | None, score_from: float | None, score_to: float | None, text: str
) -> Look | None:
    """What has to be looked for; None when that is nothing."""
    if code is None and score_from is None and score_to is None and not text:
        return None
    return Look(code, score_from, score_to, text)


def has_code(code: Code) -> Any:
    """The comments that a rule found something in."""
    return Comment.reasons.contains(f"|{code.value}|", autoescape=True)
