"""Who made a token: it is worth nothing once its maker is gone, disabled or no longer an admin."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.storage.people import Moderator, Token, TokenOrigin


def write(session: Session, token: Token, moderator_id: int | None, parent_id: int | None) -> None:
    """Remember the maker, in the caller's transaction; the command's tokens have none.

    A token that was made with a token also has the maker of that one.
    """
    if parent_id is not None:
        parent = session.get(TokenOrigin, parent_id)
        moderator_id = parent.moderator_id if parent is not None else moderator_id
    if moderator_id is None and parent_id is None:
        return
    session.add(
        TokenOrigin(
            token_id=token.id,
            by_moderator=moderator_id is not None,
            moderator_id=moderator_id,
            by_token=parent_id is not None,
            parent_id=parent_id,
        )
    )


def makers_of(session: Session, token: Token) -> list[Moderator] | None:
    """Return the accounts that answer for a token; None when one of its makers is gone.

    An empty list: the command made it.
    """
    row = session.execute(
        select(TokenOrigin, Moderator)
        .outerjoin(Moderator, Moderator.id == TokenOrigin.moderator_id)
        .where(TokenOrigin.token_id == token.id)
    ).one_or_none()
    if row is None:
        return []
    origin, maker = row
    if origin.by_token and origin.parent_id is None:
        return None
    if not origin.by_moderator:
        return []
    return None if maker is None or maker.disabled_at is not None else [maker]
