"""The registry's terms: what a table holds about commenters, how it is found and erased.

`tables.py` has the entries. A table that is added to the store must be added there as well: a
test compares them with the models, column by column, and docs/privacy.md with both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, delete, select
from sqlalchemy.orm import Session

from ..signing import Signing
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

    CONSENT = "a: consent, by a confirmed address"
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


@dataclass(frozen=True, slots=True)
class Scope:
    """One person's rows, in a transaction of the caller."""

    session: Session
    runtime: Signing
    person: Person
    now: datetime
    #: Ids of comments that the person wrote; empty for rows that are not found by them.
    comments: Sequence[UUID] = ()


#: Returns the condition of the rows in the scope.
Find = Callable[[Table, Scope], ColumnElement[bool]]
#: Erases the rows in the scope.
Erase = Callable[[Table, Scope], object]


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


def of_author(
    column: str = "author_key", *, find: Find | None = None, erase: Erase | None = None
) -> Way:
    """Return the way of rows with a key of the person; they are deleted unless `erase` is given."""

    def by_key(table: Table, scope: Scope) -> ColumnElement[bool]:
        keys = table.c[column].in_(scope.person.keys)
        return and_(table.c.site_id == scope.person.site_id, keys)

    found = find or by_key
    return Way(found, erase or _deleting(found), by_comment=False)


def addresses_in(table: Table, column: str, scope: Scope) -> dict[object, str]:
    """Return the rows with an e-mail address of the person: their keys and the address."""
    if not scope.person.email_keys:
        return {}
    [key] = table.primary_key
    given = select(key, table.c[column]).where(
        table.c.site_id == scope.person.site_id,
        table.c[column].is_not(None),
        table.c[column] != "",
    )
    return {
        id: address
        for id, address in scope.session.execute(given)
        if scope.runtime.author_key("email", address.casefold()) in scope.person.email_keys
    }


def of_address(column: str = "email") -> Way:
    """Return the way of rows with the person's e-mail address in clear, which are deleted.

    A request knows addresses as keyed hashes alone, so each row's address is hashed.
    """

    def find(table: Table, scope: Scope) -> ColumnElement[bool]:
        [key] = table.primary_key
        return key.in_([*addresses_in(table, column, scope)])

    return Way(find, _deleting(find), by_comment=False)


def of_comment(
    column: str = "comment_id", *, erase: Erase | None = None, exported: bool = True
) -> Way:
    """Return the way of rows that refer to a comment; they are deleted unless `erase` is given."""

    def find(table: Table, scope: Scope) -> ColumnElement[bool]:
        return table.c[column].in_(scope.comments)

    return Way(find, erase or _deleting(find), by_comment=True, exported=exported)


def _deleting(find: Find) -> Erase:
    def erase(table: Table, scope: Scope) -> object:
        return scope.session.execute(delete(table).where(find(table, scope)))

    return erase
