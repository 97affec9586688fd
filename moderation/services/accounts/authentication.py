"""Authentication of moderators in the console and of API tokens.

Administration by admins is in `administration`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from moderation.domain import characters
from moderation.domain.actors import By
from moderation.domain.errors import (
    BadCsrfToken,
    Busy,
    Invalid,
    NotFound,
    Unauthenticated,
)
from moderation.domain.roles import Reach, Role
from moderation.domain.status import Actor
from moderation.storage.engine import begin_write
from moderation.storage.models.accounts import ConsoleSession, Moderator, SiteRole, Token
from moderation.storage.models.sites import Site

from .. import audit
from ..sites import reserved_names
from ..sites.reserved_names import NOWHERE
from . import credential_notices, failed_logins, password_hashing, password_rules, token_origins
from .failed_logins import UNKNOWN, Attempt

#: Scope of a token → its role.
SCOPES = {"review": Role.MODERATOR, "admin": Role.ADMIN}
SESSION_LENGTH = timedelta(hours=12)
#: A session's last use is stored at most this often, so that most requests only read.
_SEEN_EVERY = timedelta(minutes=1)
CLI = By(Actor.SITE, "cli")


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The authenticated reviewer: a moderator in the console, or a token."""

    name: str
    scopes: frozenset[str]
    moderator_id: int | None = None
    #: Roles, by site.
    reach: Reach = field(default_factory=Reach)
    #: The name beside their replies; empty: not chosen.
    display_name: str = ""
    #: The account has a second factor.
    second_factor: bool = False
    #: The token that was sent, and when it ends; None: a moderator, or a token without an end.
    token_id: int | None = None
    expires_at: datetime | None = None

    @property
    def by(self) -> By:
        return By(Actor.MODERATOR, self.name, self.moderator_id, self.reach)

    def may(self, site_id: int | None, least: Role = Role.MODERATOR) -> bool:
        """Return whether the role on a site is at least `least`; None: on every site."""
        return self.reach.may(site_id, least)


# Moderators


def add_moderator(
    session: Session,
    login: str,
    password: str,
    *,
    role: str | None,
    now: datetime,
    on_sites: Mapping[int, Role] | None = None,
    display_name: str = "",
    by: By = CLI,
) -> Moderator:
    """Create an account; commits. Without a `role` it is for the sites of `on_sites` only."""
    if len(login) > 80 or not characters.is_name(login):
        raise Invalid(
            "A login is 1 to 80 visible characters without spaces around it. Choose another."
        )
    display_name = reserved_names.clean_display_name(display_name)
    if role is not None and role not in list(Role):
        raise Invalid(f"There is no such role. Choose one of {', '.join(Role)}.")
    hashed = new_password_hash(session, password, login, display_name)
    begin_write(session)
    reserved_names.require_distinct(session, None, login=login, name=display_name)
    moderator = Moderator(
        login=login,
        password_hash=hashed,
        role=role or NOWHERE,
        display_name=display_name,
        created_at=now,
    )
    session.add(moderator)
    session.flush()
    for site_id, here in (on_sites or {}).items():
        session.add(SiteRole(moderator_id=moderator.id, site_id=site_id, role=here))
    reserved_names.refresh_sites(session)
    detail = {"role": role, "sites": len(on_sites or {})}
    audit.write(
        session, now, by.actor, by.name, "moderator.added", f"moderator:{login}", detail=detail
    )
    session.commit()
    return moderator


def set_password(
    session: Session, login: str, password: str, *, now: datetime, by: By = CLI
) -> None:
    """Change a password and end the account's sessions; commits."""
    hashed = new_password_hash(session, password, login)
    begin_write(session)
    moderator = named(session, login)
    moderator.password_hash = hashed
    credential_notices.write(session, moderator, "password", now=now)
    session.execute(delete(ConsoleSession).where(ConsoleSession.moderator_id == moderator.id))
    audit.write(session, now, by.actor, by.name, "moderator.password", f"moderator:{login}")
    session.commit()


def remove_moderator(session: Session, login: str, *, now: datetime) -> None:
    """Remove an account; its decisions keep the name. Commits."""
    begin_write(session)
    delete_moderator(session, named(session, login), now=now, by=CLI)


def delete_moderator(session: Session, moderator: Moderator, *, now: datetime, by: By) -> None:
    """Delete an account in a transaction that is open for writing, and commit."""
    session.delete(moderator)
    reserved_names.refresh_sites(session)
    target = f"moderator:{moderator.login}"
    audit.write(session, now, by.actor, by.name, "moderator.removed", target)
    session.commit()


def named(session: Session, login: str) -> Moderator:
    """Return the account of this login, or raise NotFound."""
    moderator = session.scalar(select(Moderator).where(Moderator.login == login))
    if moderator is None:
        session.rollback()
        raise NotFound(f"There is no moderator called {login}. Check the login.")
    return moderator


def new_password_hash(session: Session, password: str, *known: str) -> str:
    """Check and hash a new password; raise Invalid when it is too short or easy to guess.

    `known` are words about the account; the names of the sites are added. Ends the transaction.
    """
    sites = session.execute(select(Site.name, Site.title)).all()
    session.rollback()
    password_rules.check(password, about=[*known, *(word for row in sites for word in row)])
    return password_hashing.hash_password(password)


# Sessions


def log_in(session: Session, login: str, password: str, *, now: datetime, agent: str = "") -> str:
    """Start a session of an account without a second factor and return its cookie; commits."""
    moderator = prove_password(session, login, password, now=now)
    if moderator.totp_nonce is not None:
        raise Unauthenticated("This account has a second factor. Log in at /review/login.")
    return start_session(session, moderator.id, now=now, agent=agent)


def prove_password(
    session: Session, login: str, password: str, *, now: datetime, attempt: Attempt = UNKNOWN
) -> Moderator:
    """Return the account that a login and password belong to; ends the transaction.

    Raises Unauthenticated, as slowly for an unknown login as for a wrong password, and Busy
    when too many passwords are being hashed. A failure is in the audit trail.
    """
    moderator = None
    if "\0" not in login:  # PostgreSQL refuses such a query.
        moderator = session.scalar(
            select(Moderator).where(Moderator.login == login, Moderator.disabled_at.is_(None))
        )
    known = moderator.password_hash if moderator else None
    # No connection is checked out while the password is hashed.
    session.rollback()
    right = password_hashing.is_password(known, password)
    if not right or moderator is None:
        failed_logins.write(session, attempt, moderator, now=now)
        raise Unauthenticated("Wrong login or password.")
    return moderator


def start_session(session: Session, moderator_id: int, *, now: datetime, agent: str = "") -> str:
    """Start a session and return its cookie; commits. `agent` names the browser.

    Raises Unauthenticated when the account was removed or disabled in the meantime.
    """
    begin_write(session)
    moderator = session.get(Moderator, moderator_id, populate_existing=True)
    if moderator is None or moderator.disabled_at is not None:
        session.rollback()
        raise Unauthenticated("Wrong login or password.")
    cookie = secrets.token_urlsafe(32)
    session.add(
        ConsoleSession(
            digest=digest(cookie),
            moderator_id=moderator_id,
            csrf_token=secrets.token_urlsafe(24),
            agent=agent[:80],
            created_at=now,
            seen_at=now,
            authenticated_at=now,
            expires_at=now + SESSION_LENGTH,
        )
    )
    audit.write(session, now, Actor.MODERATOR, moderator.login, "login", "console")
    session.commit()
    return cookie


def log_out(session: Session, cookie: str, *, now: datetime) -> None:
    """End a session; commits."""
    begin_write(session)
    session.execute(delete(ConsoleSession).where(ConsoleSession.digest == digest(cookie)))
    session.commit()


def reviewer_of_session(
    session: Session,
    cookie: str,
    *,
    now: datetime,
    idle: timedelta = SESSION_LENGTH,
    used: bool = False,
) -> tuple[Reviewer, ConsoleSession] | None:
    """Return the moderator and the session of a cookie; None without a valid session.

    A session ends after `idle` without use; `used` stores the time of this use, and commits.
    """
    row = session.execute(
        select(ConsoleSession, Moderator)
        .join(Moderator, Moderator.id == ConsoleSession.moderator_id)
        .where(
            ConsoleSession.digest == digest(cookie),
            ConsoleSession.expires_at > now,
            Moderator.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    console, moderator = row
    seen = console.seen_at or console.created_at
    if now - seen >= idle:
        return None
    if used and now - seen >= _SEEN_EVERY:
        _store_last_use(session, console.digest, now)
    return reviewer_of(session, moderator), console


def _store_last_use(session: Session, session_digest: bytes, now: datetime) -> None:
    try:
        begin_write(session)
        used = update(ConsoleSession).where(ConsoleSession.digest == session_digest)
        session.execute(used.values(seen_at=now))
        session.commit()
    except (Busy, DBAPIError):
        # Reading works without this write; the next request tries again.
        session.rollback()


def reviewer_of(session: Session, moderator: Moderator) -> Reviewer:
    """Return the reviewer of a moderator's account."""
    reach = reach_of(session, moderator)
    scopes = frozenset(name for name, role in SCOPES.items() if reach.anywhere(role))
    return Reviewer(
        moderator.login,
        scopes,
        moderator.id,
        reach,
        moderator.display_name,
        second_factor=moderator.totp_nonce is not None,
    )


def reach_of(session: Session, moderator: Moderator) -> Reach:
    """Return a moderator's roles."""
    if moderator.role == Role.ADMIN:
        return Reach(Role.ADMIN)
    rows = session.execute(
        select(SiteRole.site_id, SiteRole.role).where(SiteRole.moderator_id == moderator.id)
    )
    everywhere = None if moderator.role == NOWHERE else Role(moderator.role)
    return Reach(everywhere, {site_id: Role(role) for site_id, role in rows})


def check_csrf(console: ConsoleSession, token: str) -> None:
    """Raise BadCsrfToken unless the token is the session's own."""
    if not hmac.compare_digest(console.csrf_token.encode(), token.encode()):
        raise BadCsrfToken("Your page is out of date. Reload it and try again.")


# Tokens


def reviewer_of_token(
    session: Session, token: str, *, now: datetime | None = None
) -> Reviewer | None:
    """Return a token's reviewer; None for an unknown, expired or orphaned token."""
    row = session.scalar(select(Token).where(Token.digest == digest(token)))
    if row is None or (now is not None and row.expires_at is not None and row.expires_at <= now):
        return None
    makers = token_origins.makers_of(session, row)
    if makers is None:
        return None
    if any(not reach_of(session, maker).may(row.site_id, Role.ADMIN) for maker in makers):
        return None
    role = max((SCOPES[scope] for scope in row.scopes), key=list(Role).index)
    reach = Reach(role) if row.site_id is None else Reach(None, {row.site_id: role})
    return Reviewer(
        row.name, frozenset(row.scopes), reach=reach, token_id=row.id, expires_at=row.expires_at
    )


def digest(secret: str) -> bytes:
    """Return the stored digest of a cookie or token: these are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).digest()
