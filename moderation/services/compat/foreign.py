"""Comments of foreign platforms in the review queue.

A platform asks about a comment, a moderator decides, and the platform hears the verdict where it
waits for it. The comment is never public here: see services/comments/foreign_verdicts.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain import actors, characters
from moderation.domain.actors import By
from moderation.domain.judgement import Verdict
from moderation.domain.status import Actor, Outcome, Status
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.foreign import ForeignComment
from moderation.storage.models.sites import Site
from moderation.storage.posts import lock_foreign_post
from moderation.storage.transactions import transact

from ..comments import facts, ledger
from ..comments.identity import identify
from ..comments.markdown import render
from ..comments.requests import Sender, Submission
from ..signing import Signing

#: Characters of a text that is stored; the rest is cut.
LONGEST_TEXT = 20_000
LONGEST_ADDRESS = 2000
_LONGEST_NAME = 80
_LONGEST_EMAIL = 254
_LONGEST_FACT = 500
_MOST_FACTS = 20
#: Ids of a platform's questions about one comment that are kept, the newest ones.
_MOST_GUIDS = 8


class Source(StrEnum):
    """A protocol by which a foreign platform asks."""

    AKISMET = "akismet"
    CORAL = "coral"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A comment of a foreign platform; empty strings for what the platform did not send."""

    source: Source
    text: str
    verdict: Verdict
    #: The platform's id of this question.
    guid: str
    author_name: str = ""
    author_email: str = ""
    author_website: str = ""
    #: Network address of the author.
    address: str = ""
    #: The page that the comment is on.
    place_url: str = ""
    place_title: str = ""
    #: Where the platform waits for the verdict.
    callback: str | None = None
    key_name: str = ""
    #: Further facts for moderators, by name.
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def fingerprint(self) -> str:
        """Return the hash by which the same comment is recognised when it is checked again."""
        author = self.author_email.casefold() or self.author_name.casefold()
        parts = (self.source.value, self.place_url, author, self.text)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def hold_foreign(
    session: Session, runtime: Signing, site: Site, foreign: Foreign, *, now: datetime
) -> UUID:
    """Put a comment into the review queue and return its id; commits.

    The same comment, sent again, is one item: its newest guids get the verdict.
    """
    return transact(session, partial(_hold, session, runtime, site, foreign, now))


def _hold(session: Session, runtime: Signing, site: Site, foreign: Foreign, now: datetime) -> UUID:
    url = characters.escaped(foreign.place_url[:LONGEST_ADDRESS])
    # Keyed, so that no reader can comment on a post of this id before it is there.
    place = runtime.author_key("page", url)
    post = lock_foreign_post(
        session,
        site.id,
        f"{foreign.source.value}:{place}",
        origin=foreign.source.value,
        title=characters.line(storable(foreign.place_title, 200)),
        url=url,
        now=now,
    )
    known = find(session, site, foreign.fingerprint)
    if known is not None:
        ask_again(session, known, foreign)
        return known.comment_id
    name = characters.name(storable(foreign.author_name, _LONGEST_NAME))
    email = characters.line(storable(foreign.author_email, _LONGEST_EMAIL))
    text = characters.paragraphs(storable(foreign.text, LONGEST_TEXT))
    identity = identify(runtime, Submission(text, name, email), Sender(foreign.address))
    comment_id = new_id()
    row: dict[str, Any] = {
        "id": comment_id,
        "site_id": site.id,
        "post_id": post.id,
        "parent_id": None,
        "author_name": name,
        "author_email": email or None,
        "author_website": characters.escaped(storable(foreign.author_website, LONGEST_ADDRESS))
        or None,
        "author_id": None,
        "staff": False,
        "author_key": identity.author_key,
        "email_key": identity.email_key,
        "address_key": identity.address_key,
        "block_key": identity.block_key,
        "text": text,
        "html": render(text),
        **facts.text_columns(text),
        "revision": 1,
        "created_at": now,
    }
    ledger.record(session, row, post, Outcome.HOLD, actors.POLICY, now=now, verdict=foreign.verdict)
    session.add(
        ForeignComment(
            comment_id=comment_id,
            site_id=site.id,
            fingerprint=foreign.fingerprint,
            guids=[foreign.guid],
            callback=foreign.callback,
            key_name=foreign.key_name,
            details=_bounded(foreign.details),
            created_at=now,
        )
    )
    session.flush()
    return comment_id


def find(session: Session, site: Site, fingerprint: str) -> ForeignComment | None:
    """Return the item of a comment that was held before; None without one."""
    return session.scalars(
        select(ForeignComment)
        .where(ForeignComment.site_id == site.id, ForeignComment.fingerprint == fingerprint)
        .execution_options(populate_existing=True)
    ).first()


def ask_again(session: Session, known: ForeignComment, foreign: Foreign) -> None:
    """Add a question about a comment that is in the queue already, in the caller's transaction."""
    session.execute(
        update(ForeignComment)
        .where(ForeignComment.comment_id == known.comment_id)
        .values(
            guids=[*known.guids, foreign.guid][-_MOST_GUIDS:],
            callback=foreign.callback or known.callback,
            key_name=foreign.key_name or known.key_name,
        )
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a comment that was held before; `decided` when people have decided."""

    comment_id: UUID
    status: Status
    decided: bool


def standing(session: Session, site: Site, fingerprint: str) -> Standing | None:
    """Return the state of a comment that was held before; None for a new or removed one."""
    row = session.execute(
        select(Comment.id, Comment.status, Comment.decided_at)
        .join(ForeignComment, ForeignComment.comment_id == Comment.id)
        .where(ForeignComment.site_id == site.id, ForeignComment.fingerprint == fingerprint)
    ).first()
    if row is None or row.status == Status.DELETED:
        return None
    return Standing(row.id, Status(row.status), row.decided_at is not None)


def settle(
    session: Session, site: Site, fingerprint: str, outcome: Outcome, *, now: datetime
) -> bool:
    """Decide a waiting comment as the platform's own moderators did; in the caller's transaction.

    Returns False without one. A decision of our moderators is not changed.
    """
    known = standing(session, site, fingerprint)
    if known is None or known.status is not Status.HELD:
        return False
    comment, post = ledger.lock(session, known.comment_id)
    if comment.status != Status.HELD:
        return False
    by = By(Actor.SITE, site.name)
    columns = ledger.comment_columns(comment)
    ledger.record(session, columns, post, outcome, by, now=now, changes={"decided_at": now})
    return True


def storable(text: str, most: int) -> str:
    """Cut a text, and replace NUL and lone surrogates, which PostgreSQL cannot store."""
    cut = text[:most].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return cut.encode("utf-8", "replace").decode()


def _bounded(details: Mapping[str, str]) -> dict[str, str]:
    facts = list(details.items())[:_MOST_FACTS]
    return {name: characters.line(storable(value, _LONGEST_FACT)) for name, value in facts}
