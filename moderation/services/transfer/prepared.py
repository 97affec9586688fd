"""A comment as it will be stored: text cleaned and rendered, author bounded, checked for sense."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moderation.domain import characters
from moderation.domain.status import Status

from ..comments.markdown import render
from .html_markdown import LONGEST_TEXT, TooLong, convert
from .records import ImportedAuthor, ImportedComment, Markup, Note, Why
from .values import storable

#: Characters of a text before its conversion.
LONGEST_SOURCE = 100_000
LONGEST_KEY = 80
_LONGEST_NAME = 80
_LONGEST_WEBSITE = 2000
#: Clocks of two machines may differ; a comment from tomorrow has a wrong date.
_AHEAD = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: The name of an author who gave none.
NAMELESS = "Anonymous"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A comment that can be stored."""

    comment: ImportedComment
    key: str
    thread: str
    parent: str | None
    author: ImportedAuthor
    text: str
    html: str

    def row(self) -> tuple[Any, ...]:
        """Return the columns of the spill, from `key` to `own_id`."""
        from_file, author = self.comment, self.author
        edited = from_file.edited_at
        return (
            *(self.key, micros(from_file.created_at), self.thread, self.parent),
            *(from_file.status.value, self.text, self.html),
            None if edited is None else micros(edited),
            *(from_file.place[:200], author.key, author.name, author.email, author.website),
            *(author.is_staff, from_file.votes_up, from_file.votes_down, from_file.is_featured),
            None if from_file.own_id is None else str(from_file.own_id),
        )


def micros(moment: datetime) -> int:
    """Return a time in microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(value: int | None) -> datetime | None:
    """Return the time of a number of microseconds."""
    return None if value is None else _EPOCH + timedelta(microseconds=value)


def short_key(key: str) -> str:
    """Return an id of the source, or the hash of a long one."""
    if len(key) <= LONGEST_KEY and characters.is_identifier(key):
        return key
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def prepare(comment: ImportedComment, now: datetime) -> Prepared | Note:
    """Clean and render a comment; a note names why it cannot be imported."""
    if comment.created_at > now + _AHEAD:
        return Note(comment.place, Why.REFUSED, "the date is in the future")
    text = html = ""
    if comment.status is not Status.DELETED:
        if len(comment.text) > LONGEST_SOURCE:
            return Note(comment.place, Why.REFUSED, "too long")
        try:
            text, html = _rendered(comment.text, comment.markup)
        except TooLong:
            return Note(comment.place, Why.REFUSED, "too long")
        if not text or not characters.is_visible(text):
            return Note(comment.place, Why.REFUSED, "no text")
        if len(text) > LONGEST_TEXT:
            return Note(comment.place, Why.REFUSED, "too long")
    return Prepared(
        comment,
        short_key(comment.key),
        comment.thread,
        short_key(comment.parent) if comment.parent else None,
        bounded(comment.author),
        text,
        html,
    )


def _rendered(written: str, markup: Markup) -> tuple[str, str]:
    source = storable(written)
    if markup is Markup.MARKDOWN:
        text = characters.paragraphs(source)
        if len(text) > LONGEST_TEXT:
            raise TooLong
        return text, render(text)
    text, html = convert(characters.paragraphs(source), lines=markup is Markup.HTML_LINES)
    cleaned = characters.paragraphs(text)
    return (text, html) if cleaned == text else (cleaned, render(cleaned))


def bounded(author: ImportedAuthor) -> ImportedAuthor:
    """Return an author with a clean name, and with a website only where it is an address."""
    website = characters.line(storable(author.website.strip()))
    if not website.lower().startswith(("https://", "http://")) or len(website) > _LONGEST_WEBSITE:
        website = ""
    return ImportedAuthor(
        key=storable(author.key)[:500],
        name=characters.name(storable(author.name))[:_LONGEST_NAME].strip(),
        # Compared in lower case, as everywhere.
        email=storable(author.email).strip().casefold()[:254],
        website="" if characters.escaped(website) != website else website,
        is_staff=author.is_staff,
    )
