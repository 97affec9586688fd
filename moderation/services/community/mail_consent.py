"""A reader's consent to mail: confirmed once, and withdrawn for a thread, a site or for good."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from moderation.domain.errors import BadMailLink
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.reader_mail import ReaderAddress, ReaderAnswer, ReaderFollow
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact
from moderation.storage.upsert import insert_ignoring

from ..notifications import reader_links
from ..notifications.reader_links import Stop, Stopping
from ..signing import Signing

#: Threads that the page of a confirmation lists.
LISTED = 10
_GONE = "This address is no longer waiting for confirmation. Ask for answers again on the page."


@dataclass(frozen=True, slots=True)
class Asked:
    """An address that waits for confirmation, or is confirmed."""

    site: Site
    language: str
    confirmed: bool
    #: Titles of the posts that it follows.
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The mail that an address gets from a site."""

    site: Site
    #: None where the address is not known here.
    language: str | None
    #: No mail is sent to it, confirmations neither.
    blocked: bool
    #: Title of the post that the mail was about; None for no single one, or one not followed.
    thread: str | None
    follows: bool


def asked(session: Session, runtime: Signing, token: str, *, now: datetime) -> Asked:
    """Return the address that a link confirms; raise BadMailLink when there is none."""
    address = _address(session, runtime, token, now)
    titles = session.execute(
        select(Post.title, Post.external_id)
        .where(
            Post.id.in_(select(ReaderFollow.post_id).where(ReaderFollow.address_id == address.id))
        )
        .order_by(Post.id.desc())
        .limit(LISTED)
    ).all()
    return Asked(
        session.get_one(Site, address.site_id),
        address.language,
        address.confirmed_at is not None,
        tuple(title or id for title, id in titles),
    )


def confirm(session: Session, runtime: Signing, token: str, *, now: datetime) -> None:
    """Confirm a reader's address; commits. A repeated call changes nothing."""

    def store() -> None:
        address = _address(session, runtime, token, now)
        address.confirmed_at = address.confirmed_at or now

    transact(session, store)


def _address(session: Session, runtime: Signing, token: str, now: datetime) -> ReaderAddress:
    id, email_key = reader_links.confirming(runtime, token, now=now)
    address = session.get(ReaderAddress, id, populate_existing=True)
    if address is None or address.email_key != email_key or address.email is None:
        raise BadMailLink(_GONE)
    return address


def standing(session: Session, stopping: Stopping) -> Standing:
    """Return the mail that the reader of a link gets; raise BadMailLink without its site."""
    site = session.get(Site, stopping.site_id)
    if site is None:
        raise BadMailLink("This site is no longer here: no mail comes from it.")
    address = session.scalar(select(ReaderAddress).where(*_theirs(stopping)))
    if address is None or address.email is None:
        blocked = address is not None
        return Standing(site, address.language if address else None, blocked, None, follows=False)
    thread = None
    if stopping.post_id is not None:
        followed = session.execute(
            select(Post.title, Post.external_id)
            .join(ReaderFollow, ReaderFollow.post_id == Post.id)
            .where(ReaderFollow.address_id == address.id, Post.id == stopping.post_id)
            .limit(1)
        ).first()
        thread = followed and (followed[0] or followed[1])
    return Standing(site, address.language, False, thread, follows=True)


def stop(session: Session, stopping: Stopping, what: Stop, language: str, *, now: datetime) -> None:
    """Stop mail to a reader; commits. A repeated call changes nothing.

    `language` is stored with an address that was not known before.
    """

    def store() -> None:
        address_id = session.scalar(select(ReaderAddress.id).where(*_theirs(stopping)))
        if what is Stop.THREAD and stopping.post_id is not None:
            _unfollow(session, address_id, stopping.post_id)
        elif what is Stop.BLOCK:
            _block(session, stopping, language, now)
        else:
            # With it go its follows, its mails that wait, and its confirmation.
            session.execute(
                delete(ReaderAddress).where(*_theirs(stopping), ReaderAddress.email.is_not(None))
            )

    transact(session, store)


def allow(session: Session, stopping: Stopping) -> None:
    """Let a reader who blocked a site's mail ask for it again; commits."""
    blocked = delete(ReaderAddress).where(*_theirs(stopping), ReaderAddress.email.is_(None))
    transact(session, lambda: session.execute(blocked))


def _unfollow(session: Session, address_id: int | None, post_id: int) -> None:
    session.execute(
        delete(ReaderFollow).where(
            ReaderFollow.address_id == address_id, ReaderFollow.post_id == post_id
        )
    )
    session.execute(
        delete(ReaderAnswer).where(
            ReaderAnswer.address_id == address_id,
            ReaderAnswer.mail_id.is_(None),
            ReaderAnswer.comment_id.in_(select(Comment.id).where(Comment.post_id == post_id)),
        )
    )


def _block(session: Session, stopping: Stopping, language: str, now: datetime) -> None:
    # Deleted first: everything that refers to the address goes with it.
    session.execute(
        delete(ReaderAddress).where(*_theirs(stopping), ReaderAddress.email.is_not(None))
    )
    insert_ignoring(
        session,
        ReaderAddress.__table__,  # type: ignore[arg-type]
        site_id=stopping.site_id,
        email=None,
        email_key=stopping.email_key,
        language=language,
        confirmed_at=None,
        created_at=now,
    )


def _theirs(stopping: Stopping) -> tuple[ColumnElement[bool], ...]:
    return (
        ReaderAddress.site_id == stopping.site_id,
        ReaderAddress.email_key == stopping.email_key,
    )
