"""The makers of tokens: a token is invalid once its maker is removed or no longer an admin."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.storage.models.accounts import Moderator, Token, TokenOrigin


def write(session: Session, token: Token, moderator_id: int | None, parent_id: int | None) -> None:
    """Store the maker, in the caller's transaction; tokens of the command have none.

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
    """Return the accounts that made a token; None when one of them was removed.

    An empty list: the token was made by the command.
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
