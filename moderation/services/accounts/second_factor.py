"""A second factor: time-based codes (TOTP, RFC 6238) and recovery codes.

The secret of an account is in no table: it is derived from the service's secret key and a
random nonce, so that a copy of the store alone makes no codes. A new secret key resets every
second factor.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import Conflict, FieldError, Invalid, Unauthenticated
from moderation.domain.status import Actor
from moderation.storage.engine import begin_write
from moderation.storage.models.accounts import Moderator, RecoveryCode

from .. import audit
from ..signing import Signing
from . import credential_notices

STEP = 30
#: Clocks may differ by this many steps.
_DRIFT = 1
CODES = 10
#: Lifetimes of the page that shows a new secret, and of the one that asks for a code.
ENROLMENT = timedelta(minutes=15)
TICKET = timedelta(minutes=5)
_ENROL, _LOGIN = "second factor", "login"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new secret before its confirmation; `ticket` must be sent with the code."""

    secret: str
    uri: str
    #: The URI as a QR code: an SVG image as a data URI.
    qr: str
    ticket: str


# Login


def ticket(runtime: Signing, moderator: Moderator, *, now: datetime) -> str:
    """Return a signed proof of the password, for the page that asks for a code."""
    until = int((now + TICKET).timestamp())
    return runtime.sign(_LOGIN, f"{moderator.id}~{until}~{_mark(moderator)}")


def account_of_ticket(
    session: Session, runtime: Signing, ticket: str, *, now: datetime
) -> Moderator:
    """Return the account of a ticket; raise Unauthenticated for an expired one."""
    try:
        id, until, mark = runtime.unsign(_LOGIN, ticket).split("~")
    except ValueError:
        raise _late() from None
    moderator = session.get(Moderator, int(id))
    session.rollback()
    if moderator is None or moderator.disabled_at is not None or _mark(moderator) != mark:
        raise _late()
    if int(until) <= now.timestamp():
        raise _late()
    return moderator


def prove(
    session: Session, runtime: Signing, moderator_id: int, code: str, *, now: datetime
) -> bool:
    """Return whether a code or recovery code is valid, and consume it; commits."""
    begin_write(session)
    moderator = session.get(Moderator, moderator_id, populate_existing=True)
    right = moderator is not None and accept(session, runtime, moderator, code, now=now)
    session.commit() if right else session.rollback()
    return right


def accept(
    session: Session, runtime: Signing, moderator: Moderator, code: str, *, now: datetime
) -> bool:
    """Consume a code or recovery code in the caller's transaction; return whether it was valid."""
    if moderator.totp_nonce is None:
        return False
    typed = "".join(code.split()).replace("-", "")
    step = _step_of(_secret(runtime, moderator.id, moderator.totp_nonce), typed, now)
    if step is not None:
        # One statement, so that of two requests with the same code one succeeds.
        used = session.execute(
            update(Moderator)
            .where(
                Moderator.id == moderator.id,
                or_(Moderator.totp_step.is_(None), Moderator.totp_step < step),
            )
            .values(totp_step=step)
            .execution_options(synchronize_session=False)
        )
        return isinstance(used, CursorResult) and used.rowcount == 1
    if not _use_recovery_code(session, moderator.id, typed.upper()):
        return False
    audit.write(
        session,
        now,
        Actor.MODERATOR,
        moderator.login,
        "second_factor.recovery",
        f"moderator:{moderator.login}",
    )
    credential_notices.write(session, moderator, "recovery-code", now=now)
    return True


# Setting up and removing


def begin(session: Session, runtime: Signing, moderator_id: int, *, now: datetime) -> Enrolment:
    """Return a new secret to scan; nothing is stored until a code confirms it."""
    moderator = session.get_one(Moderator, moderator_id)
    session.rollback()
    if moderator.totp_nonce is not None:
        raise Conflict("This account has a second factor. Remove it before you add another.")
    nonce = secrets.token_bytes(16)
    secret = _secret(runtime, moderator_id, nonce)
    issuer = runtime.settings.public_url.partition("://")[2] or "moderation"
    uri = pyotp.TOTP(secret).provisioning_uri(name=moderator.login, issuer_name=issuer)
    until = int((now + ENROLMENT).timestamp())
    signed = runtime.sign(_ENROL, f"{moderator_id}~{nonce.hex()}~{until}")
    return Enrolment(secret, uri, _qr(uri), signed)


def confirm(
    session: Session,
    runtime: Signing,
    moderator_id: int,
    ticket: str,
    code: str,
    by: By,
    *,
    now: datetime,
) -> list[str]:
    """Add the second factor that `begin` made and return its recovery codes; commits."""
    try:
        id, hexed, until = runtime.unsign(_ENROL, ticket).split("~")
    except ValueError:
        id, hexed, until = "", "", "0"
    if id != str(moderator_id) or int(until) <= now.timestamp():
        raise Conflict("This page is out of date. Start the setup again.")
    nonce = bytes.fromhex(hexed)
    step = _step_of(_secret(runtime, moderator_id, nonce), "".join(code.split()), now)
    if step is None:
        detail = "This code is wrong. Check that the clock of your device is right."
        raise Invalid(detail, errors=(FieldError("#/code", detail),))
    begin_write(session)
    moderator = session.get_one(Moderator, moderator_id, populate_existing=True)
    if moderator.totp_nonce is not None:
        session.rollback()
        raise Conflict("This account has a second factor. Remove it before you add another.")
    moderator.totp_nonce, moderator.totp_step, moderator.totp_added_at = nonce, step, now
    codes = _new_codes(session, moderator_id)
    credential_notices.write(session, moderator, "second-factor-added", now=now)
    _audit(session, moderator, by, now, "second_factor.added")
    session.commit()
    return codes


def new_codes(session: Session, moderator_id: int, by: By, *, now: datetime) -> list[str]:
    """Replace the recovery codes and return them, which are shown only once; commits."""
    begin_write(session)
    moderator = session.get_one(Moderator, moderator_id, populate_existing=True)
    if moderator.totp_nonce is None:
        session.rollback()
        raise Conflict("This account has no second factor. Add one first.")
    codes = _new_codes(session, moderator_id)
    _audit(session, moderator, by, now, "second_factor.codes")
    session.commit()
    return codes


def remove(session: Session, moderator_id: int, by: By, *, now: datetime) -> None:
    """Remove the second factor and its recovery codes; commits. A repeated call changes nothing."""
    begin_write(session)
    moderator = session.get_one(Moderator, moderator_id, populate_existing=True)
    if moderator.totp_nonce is None:
        session.rollback()
        return
    moderator.totp_nonce = moderator.totp_step = moderator.totp_added_at = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.moderator_id == moderator_id))
    credential_notices.write(session, moderator, "second-factor-removed", now=now)
    _audit(session, moderator, by, now, "second_factor.removed")
    session.commit()


def is_required(setting: str, *, admin: bool) -> bool:
    """Return whether `MODERATION_REQUIRE_TOTP` requires it of an account."""
    return setting == "all" or (setting == "admins" and admin)


# Within


def _secret(runtime: Signing, moderator_id: int, nonce: bytes) -> str:
    derived = runtime.derived("totp", moderator_id.to_bytes(8) + nonce)
    return base64.b32encode(derived[:20]).decode()


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step of a code; None for a code that is not current."""
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return None
    current, totp = int(now.timestamp()) // STEP, pyotp.TOTP(secret)
    found = None
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            found = step
    return found


def _new_codes(session: Session, moderator_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.moderator_id == moderator_id))
    plain = [base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(CODES)]
    for code in plain:
        salt = secrets.token_bytes(16)
        session.add(RecoveryCode(moderator_id=moderator_id, salt=salt, digest=_digest(salt, code)))
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in plain]


def _use_recovery_code(session: Session, moderator_id: int, code: str) -> bool:
    if len(code) != 16:
        return False
    rows = session.scalars(select(RecoveryCode).where(RecoveryCode.moderator_id == moderator_id))
    for row in rows.all():
        if hmac.compare_digest(row.digest, _digest(row.salt, code)):
            used = session.execute(delete(RecoveryCode).where(RecoveryCode.id == row.id))
            return isinstance(used, CursorResult) and used.rowcount == 1
    return False


def _digest(salt: bytes, code: str) -> bytes:
    return hashlib.sha256(salt + code.encode()).digest()


def _qr(uri: str) -> str:
    import segno

    return segno.make(uri, error="m").svg_data_uri(scale=4, dark="#000", light="#fff")


def _mark(moderator: Moderator) -> str:
    return hashlib.sha256(moderator.password_hash.encode()).hexdigest()[:16]


def _late() -> Unauthenticated:
    return Unauthenticated("This took too long, or the account was changed. Log in again.")


def _audit(session: Session, moderator: Moderator, by: By, now: datetime, action: str) -> None:
    audit.write(session, now, by.actor, by.name, action, f"moderator:{moderator.login}")
