"""Moderators, their sessions in the console, and tokens of the API."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from moderation.domain.errors import AlreadyExists, BadCsrfToken, Invalid, NotFound, Unauthenticated
from moderation.domain.status import Actor
from moderation.storage.dialects import begin_write
from moderation.storage.people import ConsoleSession, Moderator, Token
from moderation.storage.sites import Site

from . import audit
from .ledger import By

ROLES = ("moderator", "senior", "admin")
SCOPES = ("review", "admin")
SESSION_LENGTH = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who may review: a moderator in the console, or the holder of a token."""

    name: str
    scopes: frozenset[str]
    moderator_id: int | None = None
    #: None: every site.
    site_id: int | None = None
    role: str = "moderator"

    @property
    def by(self) -> By:
        return By(Actor.MODERATOR, self.name, self.moderator_id)


# Moderators


def add_moderator(
    session: Session, login: str, password: str, *, role: str, now: datetime
) -> Moderator:
    """Create an account; commits."""
    if not 1 <= len(login) <= 80 or login != login.strip():
        raise Invalid("A login is 1 to 80 characters without spaces around it.")
    if role not in ROLES:
        raise Invalid(f"A role is one of {', '.join(ROLES)}.")
    hashed = _hash(password)
    begin_write(session)
    if session.scalar(select(Moderator.id).where(Moderator.login == login)) is not None:
        session.rollback()
        raise AlreadyExists(f"There is a moderator called {login} already.")
    moderator = Moderator(login=login, password_hash=hashed, role=role, created_at=now)
    session.add(moderator)
    audit.write(session, now, Actor.SITE, "cli", "moderator.added", f"moderator:{login}")
    session.commit()
    return moderator


def set_password(session: Session, login: str, password: str, *, now: datetime) -> None:
    """Change a password and end the account's sessions; commits."""
    hashed = _hash(password)
    begin_write(session)
    moderator = _moderator(session, login)
    moderator.password_hash = hashed
    session.execute(delete(ConsoleSession).where(ConsoleSession.moderator_id == moderator.id))
    audit.write(session, now, Actor.SITE, "cli", "moderator.password", f"moderator:{login}")
    session.commit()


def remove_moderator(session: Session, login: str, *, now: datetime) -> None:
    """Remove an account; its decisions keep the name. Commits."""
    begin_write(session)
    session.delete(_moderator(session, login))
    audit.write(session, now, Actor.SITE, "cli", "moderator.removed", f"moderator:{login}")
    session.commit()


def _moderator(session: Session, login: str) -> Moderator:
    moderator = session.scalar(select(Moderator).where(Moderator.login == login))
    if moderator is None:
        session.rollback()
        raise NotFound(f"There is no moderator called {login}.")
    return moderator


def _hash(password: str) -> str:
    if len(password) < 10:
        raise Invalid("A password has at least 10 characters.")
    return PasswordHasher().hash(password)


# Sessions


def log_in(session: Session, login: str, password: str, *, now: datetime) -> str:
    """Start a session and return its cookie; commits.

    Raises Unauthenticated, as slowly for a login that nobody has as for a wrong password.
    """
    moderator = None
    if "\0" not in login:  # PostgreSQL cannot even be asked for it.
        moderator = session.scalar(
            select(Moderator).where(Moderator.login == login, Moderator.disabled_at.is_(None))
        )
    known = moderator.password_hash if moderator else _hash_of_nobody()
    session.rollback()
    try:
        PasswordHasher().verify(known, password)
        right = moderator is not None
    except (VerificationError, InvalidHashError):
        right = False
    begin_write(session)
    if not right or moderator is None:
        audit.write(session, now, Actor.MODERATOR, "", "login.failed", "console")
        session.commit()
        raise Unauthenticated("This login and password do not fit together.")
    cookie = secrets.token_urlsafe(32)
    session.add(
        ConsoleSession(
            digest=_digest(cookie),
            moderator_id=moderator.id,
            csrf_token=secrets.token_urlsafe(24),
            created_at=now,
            expires_at=now + SESSION_LENGTH,
        )
    )
    audit.write(session, now, Actor.MODERATOR, login, "login", "console")
    session.commit()
    return cookie


@lru_cache(maxsize=1)
def _hash_of_nobody() -> str:
    return PasswordHasher().hash(secrets.token_urlsafe(32))


def log_out(session: Session, cookie: str, *, now: datetime) -> None:
    """End a session; commits."""
    begin_write(session)
    session.execute(delete(ConsoleSession).where(ConsoleSession.digest == _digest(cookie)))
    session.commit()


def of_session(
    session: Session, cookie: str, *, now: datetime
) -> tuple[Reviewer, ConsoleSession] | None:
    """Who is logged in with this cookie; None when nobody is."""
    row = session.execute(
        select(ConsoleSession, Moderator)
        .join(Moderator, Moderator.id == ConsoleSession.moderator_id)
        .where(
            ConsoleSession.digest == _digest(cookie),
            ConsoleSession.expires_at > now,
            Moderator.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    console, moderator = row
    scopes = frozenset(SCOPES if moderator.role == "admin" else ("review",))
    return Reviewer(moderator.login, scopes, moderator.id, role=moderator.role), console


def check_csrf(console: ConsoleSession, token: str) -> None:
    if not hmac.compare_digest(console.csrf_token.encode(), token.encode()):
        raise BadCsrfToken("Your page is out of date. Reload it and try again.")


# Tokens


def add_token(
    session: Session,
    name: str,
    *,
    scopes: tuple[str, ...],
    site: Site | None = None,
    now: datetime,
) -> str:
    """Create a token and return it, the only time it can be seen; commits."""
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise Invalid(f"Scopes are one or both of {', '.join(SCOPES)}.")
    if not 1 <= len(name) <= 80:
        raise Invalid("A token's name is 1 to 80 characters.")
    token = "mod_" + secrets.token_urlsafe(32)
    begin_write(session)
    if session.scalar(select(Token.id).where(Token.name == name)) is not None:
        session.rollback()
        raise AlreadyExists(f"There is a token called {name} already.")
    session.add(
        Token(
            name=name,
            digest=_digest(token),
            scopes=list(scopes),
            site_id=site.id if site else None,
            created_at=now,
        )
    )
    audit.write(session, now, Actor.SITE, "cli", "token.added", f"token:{name}")
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


def of_token(session: Session, token: str) -> Reviewer | None:
    """Who holds this token; None when it is not one of ours."""
    row = session.scalar(select(Token).where(Token.digest == _digest(token)))
    if row is None:
        return None
    role = "admin" if "admin" in row.scopes else "moderator"
    return Reviewer(row.name, frozenset(row.scopes), site_id=row.site_id, role=role)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
