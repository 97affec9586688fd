"""Readers who ask for answers by mail, at the form or above a thread.

Nothing but a request for confirmation is sent to an address before its reader confirmed it. The
bounds below keep these requests, and mail of answers, from being used to flood a mailbox. No
answer reveals whether an address is known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.errors import FieldError, Invalid, NoMail
from moderation.domain.hosts import BadAddress
from moderation.domain.mailboxes import mailbox
from moderation.domain.members import Member
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.reader_mail import (
    ReaderAddress,
    ReaderFollow,
    ReaderMail,
    StoppedAddress,
)
from moderation.storage.models.sites import Site
from moderation.storage.posts import add_post
from moderation.storage.transactions import transact
from moderation.storage.upsert import insert_ignoring

from ..comments import moved_posts
from ..comments.posts import find_post, rules_if_open
from ..comments.submission import Also
from ..notifications import reader_messages
from ..notifications.reader_mail import CONFIRM_ADDRESS, queue_reader_mail
from ..signing import Signing

REPLIES, THREAD = "replies", "thread"
#: Requests for confirmation within a day: to one address, from any site it was entered on; from
#: one client network (/24, or /56 of IPv6); and of one site.
CONFIRMATIONS_PER_ADDRESS = 3
CONFIRMATIONS_PER_NETWORK = 20
CONFIRMATIONS_PER_SITE = 2000
#: Pause between two requests for confirmation to one address.
CONFIRMATION_PAUSE = timedelta(minutes=10)
#: What one address of a site can follow at a time, and begin to follow within a day.
FOLLOWS = 500
FOLLOWS_PER_DAY = 50
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ask:
    """A reader's request for answers by mail."""

    address: str
    #: REPLIES to their comment, or the whole THREAD.
    scope: str
    language: str
    #: The client's address; empty where it is unknown.
    client: str = ""
    #: The main site vouches for the address, and the site's settings trust it.
    vouched: bool = False
    #: Keyed hash of a member, whose own comments are not mailed to them.
    author_key: str | None = None


def is_offered(settings: Settings, site: Site) -> bool:
    """Return whether a site mails answers: its own setting, on a service that can send mail."""
    return bool(settings.smtp_url and site.settings.get("replies_by_mail"))


def ask_of(
    runtime: Signing,
    site: Site,
    address: str,
    scope: str,
    *,
    language: str,
    client: str,
    member: bool = False,
) -> Ask | None:
    """Return a checked request; None where the site mails no answers, or nothing was asked.

    A member's address comes with their sign-on token. Without one there is nothing to write to,
    and the comment is more important. Raises Invalid for an address that no mail can reach.
    """
    if not scope or not is_offered(runtime.settings, site) or (member and not address):
        return None
    try:
        checked = mailbox(address)
    except BadAddress as error:
        if member:
            return None
        raise Invalid(
            "Give the e-mail address to which answers are mailed, or do not ask for them.",
            errors=(FieldError("#/author/email", str(error)),),
        ) from None
    vouched = member and bool(site.settings.get("sign_on_confirms_email"))
    known = reader_messages.known_language(language)
    return Ask(checked, scope, known, client, vouched)


def ask_to_follow(
    runtime: Signing,
    site: Site,
    typed: str,
    member: Member | None,
    *,
    language: str,
    client: str,
) -> Ask:
    """Return the checked request of a reader who follows a thread without writing.

    A member's own address is used unless another one is typed. Raises NoMail where the site
    mails no answers, and Invalid for an address that no mail can reach.
    """
    if not is_offered(runtime.settings, site):
        raise NoMail("This site mails no answers: see its setting replies_by_mail.")
    own = member is not None and typed.casefold() in ("", member.email.casefold())
    address = member.email if member is not None and own else typed
    try:
        checked = mailbox(address)
    except BadAddress as error:
        raise Invalid(
            "Give the e-mail address to which comments are mailed.",
            errors=(FieldError("#/email", str(error)),),
        ) from None
    vouched = own and bool(site.settings.get("sign_on_confirms_email"))
    author_key = runtime.author_key("id", member.id) if member is not None else None
    known = reader_messages.known_language(language)
    return Ask(checked, THREAD, known, client, vouched, author_key)


def with_comment(runtime: Signing, site: Site, ask: Ask | None) -> Also | None:
    """Return what `submit` has to store beside a comment whose author asks for answers."""
    if ask is None:
        return None

    def also(unit: Executor, row: Mapping[str, Any], now: datetime) -> None:
        comment_id = row["id"] if ask.scope == REPLIES else None
        _follow(unit, runtime, site, ask, row["post_id"], comment_id, row["author_key"], now)

    return also


def follow_thread(
    session: Session, runtime: Signing, site: Site, external_id: str, ask: Ask, *, now: datetime
) -> None:
    """Let a reader follow a thread, once they have confirmed their address; commits.

    Raises PostClosed or PostNotAnnounced where no comment can follow, and PostMoved where the
    post has another id now.
    """

    def store() -> None:
        # Locked: a merge would take the post away below the follow.
        post = find_post(session, site, external_id, lock=True)
        if post is None:
            moved_posts.require_unmoved(session, site.id, external_id)
        rules_if_open(site, post, external_id, now)
        if post is None:
            if not _may_follow(session, runtime, site, ask, now):
                return
            add_post(session, site.id, external_id, announced=False, now=now)
            post = find_post(session, site, external_id, lock=True)
        if post is not None and post.origin is None:
            _follow(session, runtime, site, ask, post.id, None, ask.author_key, now)

    transact(session, store)


# Storing

_A, _F = ReaderAddress.__table__, ReaderFollow.__table__
_M, _S = ReaderMail.__table__, StoppedAddress.__table__
_ADDRESS = CompiledStatement(
    select(_A.c.id, _A.c.email, _A.c.confirmed_at).where(
        _A.c.site_id == bindparam("site"), _A.c.email_key == bindparam("key")
    )
)
_STOPPED = CompiledStatement(select(_S.c.why).where(_S.c.email_key == bindparam("key")))
_COUNT_FOLLOWS = CompiledStatement(
    select(
        func.count(),
        func.count().filter(_F.c.created_at > bindparam("since", type_=_F.c.created_at.type)),
    ).where(_F.c.address_id == bindparam("address"))
)
_SINCE = _M.c.created_at > bindparam("since", type_=_M.c.created_at.type)
_CONFIRMATION = _M.c.kind == CONFIRM_ADDRESS
_TO_ADDRESS = CompiledStatement(
    select(func.count(), func.max(_M.c.created_at)).where(
        _M.c.email_key == bindparam("key"), _SINCE, _CONFIRMATION
    )
)
_FROM_NETWORK = CompiledStatement(
    select(func.count()).where(_M.c.network_key == bindparam("network"), _SINCE)
)
_OF_SITE = CompiledStatement(
    select(func.count()).where(_M.c.site_id == bindparam("site"), _SINCE, _CONFIRMATION)
)
_CONFIRM = CompiledStatement(
    update(_A)  # type: ignore[arg-type]
    .where(_A.c.id == bindparam("address"), _A.c.confirmed_at.is_(None))
    .values(confirmed_at=bindparam("at", type_=_A.c.confirmed_at.type))
)


def _follow(
    unit: Executor,
    runtime: Signing,
    site: Site,
    ask: Ask,
    post_id: int,
    comment_id: UUID | None,
    author_key: str | None,
    now: datetime,
) -> None:
    """Store a follow, and what its address needs, in the caller's transaction."""
    connection = unit.connection()
    key = _email_key(runtime, ask.address)
    here = {"site": site.id, "key": key}
    if not _may_follow(unit, runtime, site, ask, now):
        return
    found = _ADDRESS.first(connection, here)
    if found is None:
        insert_ignoring(
            unit,
            _A,  # type: ignore[arg-type]
            site_id=site.id,
            email=ask.address,
            email_key=key,
            language=ask.language,
            confirmed_at=None,
            created_at=now,
        )
        found = _ADDRESS.first(connection, here)
    if found is None or found[1] is None:
        return
    address_id, _, confirmed_at = found
    insert_ignoring(
        unit,
        _F,  # type: ignore[arg-type]
        address_id=address_id,
        post_id=post_id,
        comment_id=comment_id,
        author_key=author_key,
        created_at=now,
    )
    if confirmed_at is not None:
        return
    if ask.vouched:
        _CONFIRM.run(connection, {"address": address_id, "at": now})
    elif _may_ask(unit, runtime, site, ask, now):
        _request_confirmation(unit, runtime, site, ask, address_id, now)


def _may_follow(unit: Executor, runtime: Signing, site: Site, ask: Ask, now: datetime) -> bool:
    """Return whether an address may follow one more thread: it wants mail, and is within bounds."""
    connection, key = unit.connection(), _email_key(runtime, ask.address)
    if _STOPPED.first(connection, {"key": key}) is not None:
        return False
    found = _ADDRESS.first(connection, {"site": site.id, "key": key})
    if found is None:
        return ask.vouched or _may_ask(unit, runtime, site, ask, now)
    counted = _COUNT_FOLLOWS.first(connection, {"address": found[0], "since": now - _DAY})
    wants_mail = found[1] is not None
    return (
        wants_mail and counted is not None and counted[0] < FOLLOWS and counted[1] < FOLLOWS_PER_DAY
    )


def _may_ask(unit: Executor, runtime: Signing, site: Site, ask: Ask, now: datetime) -> bool:
    """Return whether a request for confirmation to this address is within all bounds."""
    connection, since = unit.connection(), now - _DAY
    key = _email_key(runtime, ask.address)
    to_address = _TO_ADDRESS.first(connection, {"key": key, "since": since})
    of_site = _OF_SITE.first(connection, {"site": site.id, "since": since})
    from_network = (0,)
    if ask.client:
        network = {"network": runtime.block_key(ask.client), "since": since}
        from_network = _FROM_NETWORK.first(connection, network) or (0,)
    if to_address is None or of_site is None:
        return False
    sent, last = to_address
    return (
        sent < CONFIRMATIONS_PER_ADDRESS
        and (last is None or last <= now - CONFIRMATION_PAUSE)
        and from_network[0] < CONFIRMATIONS_PER_NETWORK
        and of_site[0] < CONFIRMATIONS_PER_SITE
    )


def _request_confirmation(
    unit: Executor, runtime: Signing, site: Site, ask: Ask, address_id: int, now: datetime
) -> None:
    key = _email_key(runtime, ask.address)
    # One for each pause, so that two requests at once make one mail.
    slot = int(now.timestamp() // CONFIRMATION_PAUSE.total_seconds())
    queue_reader_mail(
        unit,
        site_id=site.id,
        kind=CONFIRM_ADDRESS,
        address=ask.address,
        language=ask.language,
        values={},
        key=f"confirm:{key}:{slot}",
        now=now,
        address_id=address_id,
        email_key=key,
        network_key=runtime.block_key(ask.client) if ask.client else None,
    )


def _email_key(runtime: Signing, address: str) -> str:
    return runtime.author_key("email", address.casefold())
