"""Who is asking: moderators in the console, and holders of tokens of the API.

How admins say who may do what is in `staff`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from moderation.domain.errors import (
    AlreadyExists,
    BadCsrfToken,
    Busy,
    FieldError,
    Invalid,
    NotFound,
    Unauthenticated,
)
from moderation.domain.roles import Reach, Role
from moderation.domain.status import Actor
from moderation.storage.dialects import begin_write
from moderation.storage.people import ConsoleSession, Moderator, SiteRole, Token
from moderation.storage.sites import Site

from . import (
    audit,
    failed_logins,
    hashing,
    notices,
    passwords,
    staff_names,
    token_origins,
)
from .failed_logins import UNKNOWN, Attempt
from .ledger import By
from .staff_names import NOWHERE

#: Scope of a token → the role that it amounts to.
SCOPES = {"review": Role.MODERATOR, "admin": Role.ADMIN}
SESSION_LENGTH = timedelta(hours=12)
#: A session's last use is written down this often, so that reading stays reading.
_SEEN_EVERY = timedelta(minutes=1)
CLI = By(Actor.SITE, "cli")


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who may review: a moderator in the console, or the holder of a token."""

    name: str
    scopes: frozenset[str]
    moderator_id: int | None = None
    #: What they are, and on which sites.
    reach: Reach = field(default_factory=Reach)
    #: What readers see beside their replies; empty: they have not said.
    display_name: str = ""
    #: Whether the account has one.
    second_factor: bool = False
    #: The token that was sent, and when it ends; None: a moderator, or a token without an end.
    token_id: int | None = None
    expires_at: datetime | None = None

    @property
    def by(self) -> By:
        return By(Actor.MODERATOR, self.name, self.moderator_id)

    def may(self, site_id: int | None, least: Role = Role.MODERATOR) -> bool:
        """Tell whether they are at least this on a site; None asks for every site."""
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
    if not 1 <= len(login) <= 80 or login != login.strip() or "\0" in login:
        raise Invalid("A login is 1 to 80 characters without spaces around it.")
    if role is not None and role not in list(Role):
        raise Invalid(f"A role is one of {', '.join(Role)}.")
    hashed = new_password_hash(session, password, login, display_name)
    begin_write(session)
    if session.scalar(select(Moderator.id).where(Moderator.login == login)) is not None:
        session.rollback()
        raise AlreadyExists(f"There is a moderator called {login} already.")
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
    staff_names.refresh(session)
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
    notices.write(session, moderator, "password", now=now)
    session.execute(delete(ConsoleSession).where(ConsoleSession.moderator_id == moderator.id))
    audit.write(session, now, by.actor, by.name, "moderator.password", f"moderator:{login}")
    session.commit()


def remove_moderator(session: Session, login: str, *, now: datetime) -> None:
    """Remove an account; its decisions keep the name. Commits."""
    begin_write(session)
    session.delete(named(session, login))
    staff_names.refresh(session)
    audit.write(session, now, Actor.SITE, "cli", "moderator.removed", f"moderator:{login}")
    session.commit()


def named(session: Session, login: str) -> Moderator:
    """Return the account of this login; NotFound when there is none."""
    moderator = session.scalar(select(Moderator).where(Moderator.login == login))
    if moderator is None:
        session.rollback()
        raise NotFound(f"There is no moderator called {login}.")
    return moderator


def new_password_hash(session: Session, password: str, *known: str) -> str:
    """Check and hash a new password; Invalid when it is too short or easy to guess.

    `known` are words about the account; the names of the sites are added. Ends the transaction.
    """
    sites = session.execute(select(Site.name, Site.title)).all()
    session.rollback()
    passwords.check(password, about=[*known, *(word for row in sites for word in row)])
    return hashing.hash_password(password)


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
    if "\0" not in login:  # PostgreSQL cannot even be asked for it.
        moderator = session.scalar(
            select(Moderator).where(Moderator.login == login, Moderator.disabled_at.is_(None))
        )
    known = moderator.password_hash if moderator else None
    # No connection is held while the password is hashed.
    session.rollback()
    right = hashing.is_password(known, password)
    if not right or moderator is None:
        failed_logins.write(session, attempt, moderator, now=now)
        raise Unauthenticated("Wrong login or password.")
    return moderator


def start_session(session: Session, moderator_id: int, *, now: datetime, agent: str = "") -> str:
    """Start a session and return its cookie; commits. `agent` names the browser.

    Raises Unauthenticated when the account was removed or disabled meanwhile.
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


def of_session(
    session: Session,
    cookie: str,
    *,
    now: datetime,
    idle: timedelta = SESSION_LENGTH,
    used: bool = False,
) -> tuple[Reviewer, ConsoleSession] | None:
    """Return the moderator and the session of a cookie; None when there is none, or it ended.

    A session ends after `idle` without use; `used` writes down that it was, and commits.
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
        _write_down_use(session, console.digest, now)
    return reviewer_of(session, moderator), console


def _write_down_use(session: Session, session_digest: bytes, now: datetime) -> None:
    try:
        begin_write(session)
        used = update(ConsoleSession).where(ConsoleSession.digest == session_digest)
        session.execute(used.values(seen_at=now))
        session.commit()
    except (Busy, DBAPIError):
        # Reading goes on while nothing can be written; the next request tries again.
        session.rollback()


def reviewer_of(session: Session, moderator: Moderator) -> Reviewer:
    """What a moderator may do."""
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
    """A moderator's roles."""
    if moderator.role == Role.ADMIN:
        return Reach(Role.ADMIN)
    rows = session.execute(
        select(SiteRole.site_id, SiteRole.role).where(SiteRole.moderator_id == moderator.id)
    )
    everywhere = None if moderator.role == NOWHERE else Role(moderator.role)
    return Reach(everywhere, {site_id: Role(role) for site_id, role in rows})


def check_csrf(console: ConsoleSession, token: str) -> None:
    if not hmac.compare_digest(console.csrf_token.encode(), token.encode()):
        raise BadCsrfToken("Your page is out of date. Reload it and try again.")


# Tokens


def add_token(
    session: Session,
    name: str,
    *,
    scopes: Sequence[str],
    site: Site | None = None,
    now: datetime,
    expires_at: datetime | None = None,
    by: By = CLI,
    parent_id: int | None = None,
) -> str:
    """Create a token and return it, the only time it can be seen; commits.

    It is refused from when the account of `by`, or the token `parent_id`, is gone.
    """
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise Invalid(f"Scopes are one or both of {', '.join(SCOPES)}.")
    if not 1 <= len(name) <= 80 or "\0" in name:
        raise Invalid("A token's name is 1 to 80 characters.")
    if expires_at is not None and expires_at <= now:
        raise Invalid(
            "A token ends in the future.",
            errors=(FieldError("#/expires_at", "must lie in the future"),),
        )
    token = "mod_" + secrets.token_urlsafe(32)
    begin_write(session)
    if session.scalar(select(Token.id).where(Token.name == name)) is not None:
        session.rollback()
        raise AlreadyExists(f"There is a token called {name} already.")
    made = Token(
        name=name,
        digest=digest(token),
        scopes=sorted(set(scopes)),
        site_id=site.id if site else None,
        created_at=now,
        created_by=by.name,
        expires_at=expires_at,
    )
    session.add(made)
    session.flush()
    token_origins.write(session, made, by.moderator_id, parent_id)
    audit.write(
        session,
        now,
        by.actor,
        by.name,
        "token.added",
        f"token:{name}",
        site_id=site.id if site else None,
        detail={"scopes": sorted(set(scopes))},
    )
    session.commit()
    return token


def remove_token(session: Session, name: str, *, now: datetime) -> None:
    """Make a token worthless at once; commits."""
    begin_write(session)
    gone = session.execute(delete(Token).where(Token.name == name))
    if not (isinstance(gone, CursorResult) and gone.rowcount):
        session.rollback()
        raise NotFound(f"There is no token called {name}.")
    audit.write(session, now, Actor.SITE, "cli", "token.removed", f"token:{name}")
    session.commit()


def of_token(session: Session, token: str, *, now: datetime | None = None) -> Reviewer | None:
    """Return the holder of a token; None when it is unknown, ended or its maker is gone."""
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
    """What is kept of a cookie or token: it is random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).digest()
