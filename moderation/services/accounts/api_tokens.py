"""Tokens of the API: issuing and revoking them."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain import characters
from moderation.domain.actors import By
from moderation.domain.errors import AlreadyExists, FieldError, Invalid, NotFound
from moderation.storage.engine import begin_write
from moderation.storage.models.accounts import Token
from moderation.storage.models.sites import Site

from .. import audit
from . import token_origins
from .authentication import CLI, SCOPES, digest


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
    """Create a token and return it, which is shown only once; commits.

    It is invalid once the account of `by`, or the token `parent_id`, is removed.
    """
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise Invalid(f"Choose one or both of the scopes {', '.join(SCOPES)}.")
    if len(name) > 80 or not characters.is_name(name):
        raise Invalid("A token's name is 1 to 80 visible characters. Choose another.")
    if expires_at is not None and expires_at <= now:
        raise Invalid(
            "A token must end in the future. Choose a later time, or none.",
            errors=(FieldError("#/expires_at", "must be in the future"),),
        )
    token = "mod_" + secrets.token_urlsafe(32)
    begin_write(session)
    if session.scalar(select(Token.id).where(Token.name == name)) is not None:
        session.rollback()
        raise AlreadyExists(f"There is a token called {name} already. Choose another name.")
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
    """Revoke a token; commits."""
    begin_write(session)
    token = session.scalar(select(Token).where(Token.name == name))
    if token is None:
        session.rollback()
        raise NotFound(f"There is no token called {name}. Check its name.")
    delete_token(session, token, now=now, by=CLI)


def delete_token(session: Session, token: Token, *, now: datetime, by: By) -> None:
    """Delete a token in a transaction that is open for writing, and commit."""
    session.delete(token)
    audit.write(
        session,
        now,
        by.actor,
        by.name,
        "token.removed",
        f"token:{token.name}",
        site_id=token.site_id,
    )
    session.commit()
