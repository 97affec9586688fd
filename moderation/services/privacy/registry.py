"""The registry's terms: what a table holds about commenters, how it is found and erased.

`tables.py` has the entries. A table that is added to the store must be added there as well: a
test compares them with the models, column by column, and docs/privacy.md with both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, delete, update
from sqlalchemy.orm import Session

from .persons import Person


class Audience(StrEnum):
    """Who receives an export."""

    #: The person, from the widget: nothing that would help to get around a site's filters.
    PERSON = "person"
    #: The site, which answers the person's request and decides what to hand on.
    SITE = "site"


class Section(StrEnum):
    """The part of a readable export in which a table's rows are."""

    COMMENTS = "comments"
    EARLIER = "earlier"
    DECISIONS = "decisions"
    ABOUT = "about"
    TECHNICAL = "technical"


class Ground(StrEnum):
    """The legal ground of keeping something (GDPR, article 6 (1))."""

    CONTRACT = "b: the person asked for it"
    INTEREST = "f: legitimate interest in a forum without abuse"
    DUTY = "c, f: accountability of the moderation"


@dataclass(frozen=True, slots=True)
class Held:
    """A column that holds something about a person."""

    what: str
    #: It leaves with exports for the site alone.
    site_only: bool = False
    #: It leaves with no export: a hash, or something about another person.
    never: bool = False


#: Condition of a person's rows; `comments` are ids of comments that the person wrote.
Find = Callable[[Table, Person, Sequence[UUID]], ColumnElement[bool]]
#: Erases rows in the caller's transaction.
Erase = Callable[[Session, Table, Person, Sequence[UUID]], object]


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which rows of a table belong to a person, and how these are erased."""

    find: Find
    erase: Erase
    #: Found by the person's comments: erased in the commit of each part of these.
    by_comment: bool
    #: Rows that only stand beside a comment of the person are erased with it, but another
    #: person wrote them: they are in no export.
    exported: bool = True


@dataclass(frozen=True, slots=True)
class Personal:
    """A table with rows about commenters."""

    table: Table
    section: Section
    holds: Mapping[str, Held]
    #: Columns without personal data; those in `context` are exported as well.
    rest: str
    context: tuple[str, ...]
    ways: tuple[Way, ...]
    kept: str
    ground: Ground
    after: str
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", (*self.holds, *self.rest.split()))

    def exported(self, audience: Audience) -> tuple[str, ...]:
        """Return the names of the columns that an export for this audience has."""
        held = (
            name
            for name, column in self.holds.items()
            if not column.never and (audience is Audience.SITE or not column.site_only)
        )
        return (*self.context, *held)


@dataclass(frozen=True, slots=True)
class Impersonal:
    """A table without anything about commenters, and the reason."""

    columns: str
    why: str


# Ways


def _by_author(column: str) -> Find:
    def find(table: Table, person: Person, _: Sequence[UUID]) -> ColumnElement[bool]:
        return and_(table.c.site_id == person.site_id, table.c[column].in_(person.keys))

    return find


def _by_comment(column: str) -> Find:
    def find(table: Table, _: Person, comments: Sequence[UUID]) -> ColumnElement[bool]:
        return table.c[column].in_(comments)

    return find


def _deleting(find: Find) -> Erase:
    def erase(session: Session, table: Table, person: Person, comments: Sequence[UUID]) -> object:
        return session.execute(delete(table).where(find(table, person, comments)))

    return erase


def _emptying(find: Find, values: Mapping[str, Any]) -> Erase:
    def erase(session: Session, table: Table, person: Person, comments: Sequence[UUID]) -> object:
        return session.execute(update(table).where(find(table, person, comments)).values(**values))

    return erase


def of_author(
    column: str = "author_key",
    *,
    erase: Erase | None = None,
    find: Find | None = None,
) -> Way:
    """Return the way of rows with a key of the person; they are deleted unless `erase` is given."""
    find = find or _by_author(column)
    return Way(find, erase or _deleting(find), by_comment=False)


def of_comment(
    column: str = "comment_id",
    *,
    erase: Erase | None = None,
    empty: Mapping[str, Any] | None = None,
    exported: bool = True,
) -> Way:
    """Return the way of rows that refer to a comment; `empty` has columns to clear instead."""
    find = _by_comment(column)
    made = erase or (_emptying(find, empty) if empty else _deleting(find))
    return Way(find, made, by_comment=True, exported=exported)
