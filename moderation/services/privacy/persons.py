"""A person on one site, as the store knows them: by keyed hashes, or by single comments."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from moderation.domain.errors import CommentNotFound, FieldError, Invalid
from moderation.domain.members import Member
from moderation.domain.status import Status
from moderation.storage.models.comments import Comment
from moderation.storage.models.sites import Site

from ..comments import vote_counts
from ..comments.own_comments import member_key
from ..signing import Signing

#: Comments that one request names.
MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class Person:
    """Everything by which a person's rows are found on one site; never a name or an address."""

    site_id: int
    #: As in `comments.author_key`: of the main site's id, an e-mail address, or name and address.
    keys: tuple[str, ...]
    #: Those of `keys` that were made of an e-mail address: as in `comments.email_key`.
    email_keys: tuple[str, ...] = ()
    #: Comments that the request names: a guest's key is forgotten after the retention time.
    comment_ids: tuple[UUID, ...] = ()
    #: As in `comment_votes.voter`, in hexadecimal: made of the main site's id with another key.
    voters: tuple[str, ...] = ()

    def stored(self) -> dict[str, Any]:
        """Return the person as JSON, without the site."""
        return {
            "keys": list(self.keys),
            "email_keys": list(self.email_keys),
            "comments": [str(id) for id in self.comment_ids],
            "voters": list(self.voters),
        }

    @classmethod
    def loaded(cls, site_id: int, stored: dict[str, Any]) -> Self:
        """Return the person that `stored` wrote."""
        return cls(
            site_id,
            tuple(stored["keys"]),
            tuple(stored["email_keys"]),
            tuple(UUID(id) for id in stored["comments"]),
            tuple(stored["voters"]),
        )

    def digest(self) -> bytes:
        """Return a hash by which two requests for the same person are one."""
        # Without the voters: only some ways of naming a person know the main site's id.
        named = {**self.stored(), "voters": None}
        return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).digest()

    def wrote(self) -> ColumnElement[bool]:
        """Return the condition of the person's comments that still have something of them."""
        ways: list[ColumnElement[bool]] = [Comment.author_key.in_(self.keys)]
        # No index has this key: only a request with an e-mail address pays for it.
        if self.email_keys:
            ways.append(Comment.email_key.in_(self.email_keys))
        if self.comment_ids:
            named = Comment.id.in_(self.comment_ids)
            ways.append(
                and_(
                    named,
                    or_(
                        Comment.status != Status.DELETED.value,
                        Comment.author_key.is_not(None),
                        Comment.email_key.is_not(None),
                        Comment.address_key.is_not(None),
                    ),
                )
            )
        return and_(Comment.site_id == self.site_id, or_(*ways))


def by_identity(
    runtime: Signing,
    site: Site,
    *,
    email: str | None = None,
    author_id: str | None = None,
) -> Person:
    """Return the person with an e-mail address, an id of the main site, or both."""
    email_keys = (runtime.author_key("email", email.casefold()),) if email else ()
    id_keys = (runtime.author_key("id", author_id),) if author_id else ()
    if not email_keys and not id_keys:
        raise Invalid(
            "Name the author by id or by email.",
            errors=(FieldError("#/data/author", "needs id or email"),),
        )
    voters = (_voter(runtime, site.id, author_id),) if author_id else ()
    return Person(site.id, id_keys + email_keys, email_keys, voters=voters)


def of_member(runtime: Signing, member: Member) -> Person:
    """Return a signed-in reader as a person.

    Not by the address of their token: a guest may have typed it.
    """
    keys = (member_key(runtime, member),)
    return Person(member.site_id, keys, voters=(_voter(runtime, member.site_id, member.id),))


def _voter(runtime: Signing, site_id: int, author_id: str) -> str:
    return vote_counts.member_voter(runtime, site_id, author_id).hex()


def with_voters(session: Session, runtime: Signing, person: Person) -> Person:
    """Return a person with the voters of the main site's ids that their comments have."""
    known = session.scalars(
        select(Comment.author_id).where(person.wrote(), Comment.author_id.is_not(None)).distinct()
    )
    found = (_voter(runtime, person.site_id, id) for id in known if id)
    return replace(person, voters=tuple(dict.fromkeys((*person.voters, *found))))


def by_comments(session: Session, site: Site, comment_ids: Iterable[UUID]) -> Person:
    """Return the authors of comments as one person; raise CommentNotFound for a foreign id.

    The e-mail address of a comment counts as its author's: a guest may have typed the address
    of another person, whose comments then are among those found.
    """
    wanted = tuple(dict.fromkeys(comment_ids))
    if len(wanted) > MOST_NAMED:
        raise Invalid(f"Name at most {MOST_NAMED} comments at a time.")
    rows = session.execute(
        select(Comment.id, Comment.author_key, Comment.email_key).where(
            Comment.site_id == site.id, Comment.id.in_(wanted)
        )
    ).all()
    missing = set(wanted) - {row.id for row in rows}
    if missing:
        raise CommentNotFound(
            f"The site {site.name} has no comment {sorted(missing)[0]}. Check its id."
        )
    emails = tuple(dict.fromkeys(row.email_key for row in rows if row.email_key))
    authors = tuple(dict.fromkeys(row.author_key for row in rows if row.author_key))
    return Person(site.id, tuple(dict.fromkeys(authors + emails)), emails, wanted)


def by_key(session: Session, site: Site, key: str) -> Person:
    """Return the author with a key that moderators see.

    Whether it was made of an e-mail address shows in the comments that have it.
    """
    is_email = session.scalar(
        select(Comment.id)
        .where(Comment.site_id == site.id, Comment.author_key == key, Comment.email_key == key)
        .limit(1)
    )
    return Person(site.id, (key,), (key,) if is_email is not None else ())


def together(first: Person, *others: Person) -> Person:
    """Return several persons of one site as one."""
    everyone = (first, *others)
    return Person(
        first.site_id,
        tuple(dict.fromkeys(key for each in everyone for key in each.keys)),
        tuple(dict.fromkeys(key for each in everyone for key in each.email_keys)),
        tuple(dict.fromkeys(id for each in everyone for id in each.comment_ids)),
        tuple(dict.fromkeys(voter for each in everyone for voter in each.voters)),
    )
