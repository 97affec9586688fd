"""Administration of moderators, their roles, and tokens, by admins.

An admin of single sites administers accounts of those sites only; accounts with roles on other
sites are visible to them, but not editable.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from moderation.domain.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from moderation.domain.roles import Reach, Role
from moderation.storage.engine import begin_write
from moderation.storage.models.accounts import ConsoleSession, Moderator, SiteRole, Token
from moderation.storage.models.sites import Site

from .. import audit
from ..sites import reserved_names
from ..sites.reserved_names import NOWHERE
from . import api_tokens, authentication, own_account
from .authentication import Reviewer


def moderators(session: Session, admin: Reviewer, *, now: datetime) -> list[dict[str, Any]]:
    """Return the moderators with a role on a site of this admin."""
    mine = admin.reach.sites(Role.ADMIN)
    statement = select(Moderator).order_by(func.lower(Moderator.login), Moderator.id)
    if mine is not None:
        here = select(SiteRole.moderator_id).where(SiteRole.site_id.in_(mine))
        statement = statement.where(or_(Moderator.role != NOWHERE, Moderator.id.in_(here)))
    return _views(session, admin, session.scalars(statement).all(), now)


def _views(
    session: Session, admin: Reviewer, people: Sequence[Moderator], now: datetime
) -> list[dict[str, Any]]:
    names = {row.id: row.name for row in session.execute(select(Site.id, Site.name))}
    roles: dict[int, dict[int, Role]] = {person.id: {} for person in people}
    for row in session.scalars(select(SiteRole).where(SiteRole.moderator_id.in_(roles))):
        roles[row.moderator_id][row.site_id] = Role(row.role)
    counted = session.execute(
        select(ConsoleSession.moderator_id, func.count().label("number"))
        .where(ConsoleSession.expires_at > now, ConsoleSession.moderator_id.in_(roles))
        .group_by(ConsoleSession.moderator_id)
    )
    logged_in = {row.moderator_id: row.number for row in counted}
    return [
        _view(person, Reach(_everywhere(person), roles[person.id]), admin, names, logged_in)
        for person in people
    ]


def moderator(session: Session, admin: Reviewer, id: int, *, now: datetime) -> dict[str, Any]:
    """Return an account as the admin sees it after changing it.

    Also without a role on a site of this admin: a change that was made must not be answered 404.
    """
    person = session.get(Moderator, id)
    if person is None:
        raise NotFound("There is no such moderator. Reload the list.")
    [view] = _views(session, admin, [person], now)
    return view


def add(
    session: Session,
    admin: Reviewer,
    login: str,
    *,
    display_name: str,
    role: Role | None,
    on_sites: Mapping[str, Role],
    now: datetime,
) -> tuple[int, str]:
    """Create an account and return its id and its password, which is shown only once; commits."""
    here = _site_ids(session, admin, on_sites)
    if not admin.reach.covers(Reach(role, here)):
        raise Forbidden(
            "You can give roles on your own sites only. Ask an admin of the other site."
        )
    password = _new_password()
    added = authentication.add_moderator(
        session,
        login,
        password,
        role=role,
        on_sites=here,
        display_name=display_name,
        now=now,
        by=admin.by,
    )
    return added.id, password


def change(
    session: Session,
    admin: Reviewer,
    id: int,
    *,
    now: datetime,
    display_name: str | None = None,
    disabled: bool | None = None,
    **role: Role | None,
) -> None:
    """Change the given values of an account; commits. `role=None` removes that on every site."""
    begin_write(session)
    reserved_names.lock_names(session)
    person = _governed(session, admin, id)
    detail: dict[str, Any] = {}
    if "role" in role:
        if not admin.may(None, Role.ADMIN):
            session.rollback()
            raise Forbidden("Only an admin of every site can give a role on every site. Ask one.")
        detail["role"] = role["role"]
        if role["role"] is not Role.ADMIN:
            _keep_an_admin(session, person)
        person.role = role["role"] or NOWHERE
    if display_name is not None:
        detail["display_name"] = True
        reserved_names.set_display_name(session, person, display_name, approved=True)
    if disabled is not None:
        detail["disabled"] = disabled
        if not disabled and person.disabled_at is not None and person.display_name:
            # Its name may have been given to another account in the meantime.
            reserved_names.require_distinct(session, person.id, name=person.display_name)
        if disabled:
            _keep_an_admin(session, person)
            session.execute(delete(ConsoleSession).where(ConsoleSession.moderator_id == id))
        person.disabled_at = now if disabled else None
    reserved_names.refresh_sites(session)
    _audit(session, admin, now, "moderator.changed", person.login, detail)
    session.commit()


def set_site_role(
    session: Session, admin: Reviewer, id: int, site: Site, role: Role | None, *, now: datetime
) -> None:
    """Set or remove a moderator's role on one site; commits."""
    if not admin.may(site.id, Role.ADMIN):
        raise Forbidden(
            "You can give roles on your own sites only. Ask an admin of the other site."
        )
    begin_write(session)
    person = session.get(Moderator, id)
    if person is None or not _is_seen(session, admin, person):
        session.rollback()
        raise NotFound("There is no such moderator. Reload the list.")
    session.execute(
        delete(SiteRole).where(SiteRole.moderator_id == id, SiteRole.site_id == site.id)
    )
    if role is not None:
        session.add(SiteRole(moderator_id=id, site_id=site.id, role=role))
    reserved_names.refresh_sites(session)
    _audit(session, admin, now, "moderator.role", person.login, {"role": role}, site.id)
    session.commit()


def reset_password(session: Session, admin: Reviewer, id: int, *, now: datetime) -> str:
    """Set a new password, return it and end the account's sessions; commits."""
    login = _governed(session, admin, id).login
    session.rollback()
    password = _new_password()
    authentication.set_password(session, login, password, now=now, by=admin.by)
    return password


def reset_second_factor(session: Session, admin: Reviewer, id: int, *, now: datetime) -> None:
    """Remove the second factor of an account and end its sessions; commits."""
    _governed(session, admin, id)
    own_account.reset_second_factor(session, id, admin.by, now=now)


def remove(session: Session, admin: Reviewer, id: int, *, now: datetime) -> None:
    """Remove an account; its decisions keep the name. Commits."""
    begin_write(session)
    person = _governed(session, admin, id)
    _keep_an_admin(session, person)
    authentication.delete_moderator(session, person, now=now, by=admin.by)


def sessions_of(
    session: Session, admin: Reviewer, id: int, *, now: datetime
) -> list[dict[str, Any]]:
    """Return a moderator's sessions."""
    _governed(session, admin, id)
    return own_account.sessions_of(session, id, now=now)


def end_sessions(
    session: Session, admin: Reviewer, id: int, key: str | None, *, now: datetime
) -> None:
    """End one of a moderator's sessions, or all; commits."""
    _governed(session, admin, id)
    if key is None:
        own_account.end_all_sessions(session, id, admin.by, now=now)
    else:
        own_account.end_session(session, id, key, admin.by, now=now)


# Tokens


def tokens(session: Session, admin: Reviewer, *, now: datetime) -> list[dict[str, Any]]:
    """Return the tokens for this admin's sites, without the secrets."""
    rows = session.execute(
        select(Token, Site.name)
        .outerjoin(Site, Site.id == Token.site_id)
        .order_by(func.lower(Token.name), Token.id)
    )
    return [
        {
            "id": token.id,
            "name": token.name,
            "scopes": token.scopes,
            "site": site,
            "created_at": token.created_at,
            "created_by": token.created_by,
            "expires_at": token.expires_at,
            "expired": token.expires_at is not None and token.expires_at <= now,
        }
        for token, site in rows
        if admin.may(token.site_id, Role.ADMIN)
    ]


def add_token(
    session: Session,
    admin: Reviewer,
    name: str,
    *,
    scopes: list[str],
    site: Site | None,
    expires_at: datetime | None,
    now: datetime,
) -> str:
    """Create a token and return it, which is shown only once; commits."""
    if not admin.may(site.id if site else None, Role.ADMIN):
        raise Forbidden("You can make tokens for your own sites only. Choose one of them.")
    if admin.expires_at is not None and (expires_at is None or expires_at > admin.expires_at):
        detail = (
            f"Your own token ends at {admin.expires_at:%Y-%m-%d %H:%M} UTC; end this one by then."
        )
        raise Invalid(detail, errors=(FieldError("#/expires_at", detail),))
    return api_tokens.add_token(
        session,
        name,
        scopes=scopes,
        site=site,
        expires_at=expires_at,
        now=now,
        by=admin.by,
        parent_id=admin.token_id,
    )


def remove_token(session: Session, admin: Reviewer, id: int, *, now: datetime) -> None:
    """Revoke a token; commits."""
    begin_write(session)
    token = session.get(Token, id)
    if token is None or not admin.may(token.site_id, Role.ADMIN):
        session.rollback()
        raise NotFound("There is no such token. Reload the list.")
    api_tokens.delete_token(session, token, now=now, by=admin.by)


# Within


def _view(
    person: Moderator,
    reach: Reach,
    admin: Reviewer,
    names: Mapping[int, str],
    logged_in: Mapping[int, int],
) -> dict[str, Any]:
    governed = admin.reach.covers(reach)
    seen = {id: role for id, role in reach.on_sites.items() if admin.may(id, Role.ADMIN)}
    return {
        "id": person.id,
        "login": person.login,
        "display_name": person.display_name,
        "display_name_wish": person.name_wish if governed else "",
        "role": reach.everywhere,
        "sites": {names[id]: role for id, role in sorted(seen.items())},
        "created_at": person.created_at,
        "disabled_at": person.disabled_at,
        "sessions": logged_in.get(person.id, 0) if governed else None,
        "second_factor": person.totp_nonce is not None if governed else None,
        "governed": governed,
        "you": person.id == admin.moderator_id,
    }


def _everywhere(person: Moderator) -> Role | None:
    return None if person.role == NOWHERE else Role(person.role)


def _is_seen(session: Session, admin: Reviewer, person: Moderator) -> bool:
    """Return whether a moderator is among this admin's `moderators`."""
    reach = authentication.reach_of(session, person)
    if admin.may(None, Role.ADMIN) or reach.everywhere is not None:
        return True
    return any(admin.may(site_id, Role.ADMIN) for site_id in reach.on_sites)


def _governed(session: Session, admin: Reviewer, id: int) -> Moderator:
    """Return the account when all its roles are within the admin's; else raise Forbidden."""
    person = session.get(Moderator, id)
    if person is None or not _is_seen(session, admin, person):
        session.rollback()
        raise NotFound("There is no such moderator. Reload the list.")
    if not admin.reach.covers(authentication.reach_of(session, person)):
        session.rollback()
        raise Forbidden(
            "This moderator has a role on sites that are not yours. Ask an admin of every site."
        )
    return person


def _keep_an_admin(session: Session, person: Moderator) -> None:
    """Raise Conflict for the last active admin of every site."""
    if person.role != Role.ADMIN or person.disabled_at is not None:
        return
    others = select(Moderator.id).where(
        Moderator.role == Role.ADMIN.value,
        Moderator.disabled_at.is_(None),
        Moderator.id != person.id,
    )
    if session.scalar(others.limit(1)) is None:
        session.rollback()
        raise Conflict("This is the last admin. Give another account the role first.")


def _site_ids(session: Session, admin: Reviewer, on_sites: Mapping[str, Role]) -> dict[int, Role]:
    rows = session.execute(select(Site.id, Site.name).where(Site.name.in_(on_sites)))
    known = {row.name: row.id for row in rows}
    if set(known) != set(on_sites) or not all(admin.may(i, Role.ADMIN) for i in known.values()):
        raise Forbidden(
            "You can give roles on your own sites only. Ask an admin of the other site."
        )
    return {known[name]: role for name, role in on_sites.items()}


def _new_password() -> str:
    return secrets.token_urlsafe(15)


def _audit(
    session: Session,
    admin: Reviewer,
    now: datetime,
    action: str,
    login: str,
    detail: dict[str, Any] | None = None,
    site_id: int | None = None,
) -> None:
    audit.write(
        session,
        now,
        admin.by.actor,
        admin.name,
        action,
        f"moderator:{login}",
        site_id=site_id,
        detail=detail,
    )
