"""Fields of requests and settings that hold texts from outside, each cleaned when it is loaded.

A schema that is loaded from outside uses one of these for every text; a test walks them all.
"""

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, fields

from moderation.domain import characters

_UNSEEN = "Must have a visible character."


class _Cleaned(fields.String):
    """A text that is cleaned; where nothing visible was typed, it is refused.

    With `blank` such a text counts as left out.
    """

    clean: Callable[[str], str]

    def __init__(self, *, blank: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._blank = blank

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        require_storable(text)
        cleaned = type(self).clean(text)
        if characters.is_visible(cleaned):
            return cleaned
        if text.strip() and not self._blank:
            raise ValidationError(_UNSEEN)
        return ""


class Name(_Cleaned):
    """The name of a person, a token or a list entry."""

    clean = staticmethod(characters.name)


class Line(_Cleaned):
    """A text of one line."""

    clean = staticmethod(characters.line)


class Paragraphs(_Cleaned):
    """A text of several lines."""

    clean = staticmethod(characters.paragraphs)


class Exact(Name):
    """A name that people type again elsewhere: refused unless it is clean as it was typed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        cleaned = super()._deserialize(value, attr, data, **kwargs)
        if cleaned != value:
            raise ValidationError("Must have single spaces, none at the ends, nothing invisible.")
        return cleaned


class Identifier(fields.String):
    """An identifier of another system: kept unchanged, or refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if text and not characters.is_identifier(text):
            raise ValidationError("Must have no control characters or line breaks, and be visible.")
        return text


class Sought(fields.String):
    """A search key, compared with stored texts unchanged, those of earlier releases included."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        require_storable(text)
        return text


def require_storable(text: str) -> None:
    """Raise ValidationError for NUL, which PostgreSQL cannot store, and for lone surrogates."""
    if "\0" in text:
        raise ValidationError("Must not contain NUL.")
    if characters.has_lone_surrogate(text):
        raise ValidationError("Must be valid Unicode.")


def require_address(text: str) -> None:
    """Raise ValidationError for an address or URL with control characters."""
    require_storable(text)
    if characters.escaped(text) != text:
        raise ValidationError("Must not contain control characters.")
