"""A moderator's own account: name, password, mail and sessions."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import FieldError, Invalid, NotFound, PasswordNeeded
from moderation.domain.mailboxes import is_same
from moderation.storage.engine import begin_write
from moderation.storage.models.accounts import ConsoleSession, Moderator, RecoveryCode
from moderation.storage.models.sites import Site

from .. import audit, undelivered
from ..signing import Signing
from ..sites import reserved_names
from . import authentication, credential_notices, mail_preferences, password_hashing, second_factor
from .mail_schedule import MailFrequency


class WrongPassword(Invalid):
    """The current password, or the code of the second factor, is wrong."""


#: For this long after the password was entered, credentials and roles may be changed.
RECENT = timedelta(minutes=10)


def account(
    session: Session, moderator_id: int, *, now: datetime, current: bytes | None = None
) -> dict[str, Any]:
    """Return a moderator's own account."""
    moderator = session.get_one(Moderator, moderator_id)
    reach = authentication.reach_of(session, moderator)
    rows = session.execute(select(Site.id, Site.name).where(Site.id.in_(reach.on_sites)))
    names = {row.id: row.name for row in rows}
    return {
        "login": moderator.login,
        "display_name": moderator.display_name,
        "display_name_wish": moderator.name_wish,
        "role": reach.everywhere,
        "sites": {names[id]: role for id, role in sorted(reach.on_sites.items())},
        "email": moderator.email,
        "email_confirmed": moderator.email_confirmed_at is not None,
        "mail": moderator.mail,
        "mail_problem": undelivered.mail_problem(session, moderator_id),
        "mail_hour": moderator.mail_hour,
        "mail_zone": moderator.mail_zone,
        "sessions": sessions_of(session, moderator_id, now=now, current=current),
        "second_factor": {
            "added_at": moderator.totp_added_at if moderator.totp_nonce else None,
            "recovery_codes": session.scalar(
                select(func.count())
                .select_from(RecoveryCode)
                .where(RecoveryCode.moderator_id == moderator_id)
            ),
        },
    }


def require_recent(
    reviewer: authentication.Reviewer, console: ConsoleSession, *, now: datetime
) -> None:
    """Raise PasswordNeeded unless this session's password was entered a short time ago."""
    entered = console.authenticated_at or console.created_at
    if now - entered >= RECENT:
        raise PasswordNeeded(
            "Enter your password again to make this change.", second_factor=reviewer.second_factor
        )


def reauthenticate(
    session: Session,
    runtime: Signing,
    moderator_id: int,
    current: bytes,
    password: str,
    code: str,
    *,
    now: datetime,
) -> None:
    """Check the password again and, if there is one, the second factor; commits.

    `current` is the digest of this session. Raises WrongPassword, which names the wrong field.
    """
    known = session.get_one(Moderator, moderator_id).password_hash
    session.rollback()
    if not password_hashing.is_password(known, password):
        raise _wrong("password", "This is not your password. Check it and try again.")
    begin_write(session)
    moderator = session.get_one(Moderator, moderator_id, populate_existing=True)
    if moderator.totp_nonce and not second_factor.accept(
        session, runtime, moderator, code, now=now
    ):
        session.rollback()
        raise _wrong("code", "This code is wrong or was used. Enter the one shown now.")
    session.execute(
        update(ConsoleSession).where(ConsoleSession.digest == current).values(authenticated_at=now)
    )
    session.commit()


def changes_email(session: Session, moderator_id: int, email: str) -> bool:
    """Return whether an address differs from the account's."""
    return not is_same(session.get_one(Moderator, moderator_id).email, email)


def _wrong(field: str, detail: str) -> WrongPassword:
    return WrongPassword(detail, errors=(FieldError(f"#/{field}", detail),))


def change(
    session: Session,
    moderator_id: int,
    by: By,
    *,
    now: datetime,
    display_name: str | None = None,
    email: str | None = None,
    mail: MailFrequency | None = None,
    mail_hour: int | None = None,
    mail_zone: str | None = None,
) -> None:
    """Change the given values of one's own account; commits.

    A new display name is a wish, unless the moderator is an admin wherever they have a role.
    """
    begin_write(session)
    if display_name is not None:
        reserved_names.lock_names(session)
    moderator = session.get_one(Moderator, moderator_id, populate_existing=True)
    if display_name is not None:
        reach = authentication.reach_of(session, moderator)
        reserved_names.set_display_name(
            session, moderator, display_name, approved=reach.covers(reach)
        )
    if email is not None and not is_same(moderator.email, email):
        credential_notices.write(session, moderator, "email", now=now)
    mail_preferences.change_preferences(
        session, moderator, now=now, email=email, often=mail, hour=mail_hour, zone=mail_zone
    )
    given = {
        "display_name": display_name,
        "email": email,
        "mail": mail,
        "mail_hour": mail_hour,
        "mail_zone": mail_zone,
    }
    changed = sorted(name for name, value in given.items() if value is not None)
    _audit(session, moderator_id, by, now, "moderator.changed", {"changed": changed})
    session.commit()


def sessions_of(
    session: Session, moderator_id: int, *, now: datetime, current: bytes | None = None
) -> list[dict[str, Any]]:
    """Return a moderator's sessions, the newest first; `current` is this session's digest."""
    rows = session.scalars(
        select(ConsoleSession)
        .where(ConsoleSession.moderator_id == moderator_id, ConsoleSession.expires_at > now)
        .order_by(ConsoleSession.created_at.desc(), ConsoleSession.digest)
    )
    return [
        {
            "id": _id(row.digest),
            "agent": row.agent,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "current": row.digest == current,
        }
        for row in rows
    ]


def end_session(session: Session, moderator_id: int, id: str, by: By, *, now: datetime) -> None:
    """End one session; commits. Raises NotFound for an unknown id."""
    begin_write(session)
    digests = session.scalars(
        select(ConsoleSession.digest).where(ConsoleSession.moderator_id == moderator_id)
    ).all()
    found = [digest for digest in digests if _id(digest) == id]
    if not found:
        session.rollback()
        raise NotFound("This session has already ended. Reload the list.")
    session.execute(delete(ConsoleSession).where(ConsoleSession.digest.in_(found)))
    _audit(session, moderator_id, by, now, "session.ended", {"sessions": 1})
    session.commit()


def end_all_sessions(
    session: Session, moderator_id: int, by: By, *, now: datetime, but: bytes | None = None
) -> int:
    """End all of a moderator's sessions except one, and return how many; commits."""
    begin_write(session)
    ended = _end_all(session, moderator_id, but)
    _audit(session, moderator_id, by, now, "session.ended", {"sessions": ended})
    session.commit()
    return ended


def change_password(
    session: Session,
    moderator_id: int,
    current: str,
    new: str,
    by: By,
    *,
    now: datetime,
    keep: bytes | None = None,
) -> int:
    """Replace one's own password, end all other sessions and return how many; commits.

    `keep` is the digest of this session.
    """
    moderator = session.get_one(Moderator, moderator_id)
    known, names = moderator.password_hash, (moderator.login, moderator.display_name)
    session.rollback()
    if not password_hashing.is_password(known, current):
        raise _wrong("current", "This is not your current password. Check it and try again.")
    hashed = authentication.new_password_hash(session, new, *names)
    begin_write(session)
    moderator = session.get_one(Moderator, moderator_id, populate_existing=True)
    moderator.password_hash = hashed
    credential_notices.write(session, moderator, "password", now=now)
    ended = _end_all(session, moderator_id, keep)
    _audit(session, moderator_id, by, now, "moderator.password", {"sessions": ended})
    session.commit()
    return ended


def reset_second_factor(session: Session, moderator_id: int, by: By, *, now: datetime) -> None:
    """Remove a second factor after a lost device, and end the account's sessions; commits."""
    second_factor.remove(session, moderator_id, by, now=now)
    end_all_sessions(session, moderator_id, by, now=now)


def _end_all(session: Session, moderator_id: int, but: bytes | None) -> int:
    ended = session.execute(
        delete(ConsoleSession).where(
            ConsoleSession.moderator_id == moderator_id, ConsoleSession.digest != (but or b"")
        )
    )
    return ended.rowcount if isinstance(ended, CursorResult) else 0


def _id(digest: bytes) -> str:
    """Return the public id of a session, from which the cookie cannot be computed."""
    return hashlib.sha256(b"session\0" + digest).hexdigest()[:16]


def _audit(
    session: Session,
    moderator_id: int,
    by: By,
    now: datetime,
    action: str,
    detail: dict[str, Any],
) -> None:
    login = session.get_one(Moderator, moderator_id).login
    audit.write(session, now, by.actor, by.name, action, f"moderator:{login}", detail=detail)


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def agent_of(header: str) -> str:
    """Return browser and system of a User-Agent header, enough to recognise one's own."""
    browser = next((name for sign, name in _BROWSERS if sign in header), "")
    if not browser and "Safari/" in header:
        browser = "Safari"
    system = next((name for sign, name in _SYSTEMS if sign in header), "")
    return " on ".join(filter(None, (browser, system)))
