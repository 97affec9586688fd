"""Reserved names: moderators' names differ, and each site has a copy of its moderators' names.

Names and logins are copied into the site's row, which every submission reads anyway. A change
bumps its version, the key of the compiled rules: judging a comment reads no other table.
"""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain import characters
from moderation.domain.errors import AlreadyExists, FieldError, Invalid
from moderation.domain.judgement import OwnNames
from moderation.filters.names.filter import alike, resembled
from moderation.storage.change_feed import notify_readers
from moderation.storage.engine import one_at_a_time
from moderation.storage.models.accounts import Moderator, SiteRole
from moderation.storage.models.sites import Site

#: The value of `moderators.role` for no role on every site.
NOWHERE = "none"
#: Names are compared and written by one transaction at a time.
_NAMING = 4_501


def set_display_name(session: Session, person: Moderator, name: str, *, approved: bool) -> None:
    """Set a moderator's display name, or store it as a wish until an admin has approved it.

    It needs approval because it gets a badge, and guests with this name are held. Runs in the
    caller's transaction, open for writing.
    """
    name = clean_display_name(name)
    if name and name != person.display_name:
        require_distinct(session, person.id, name=name)
    if approved or name in ("", person.display_name):
        person.display_name, person.name_wish = name, ""
        refresh_sites(session)
    else:
        person.name_wish = name


def clean_display_name(name: str) -> str:
    """Return a display name as it is stored; raise Invalid without a visible character."""
    kept = characters.name(name)
    if len(kept) > 80 or (name.strip() and not characters.is_name(kept)):
        wrong = FieldError("#/display_name", "1 to 80 visible characters")
        raise Invalid(
            "A display name has 1 to 80 visible characters. Choose another.", errors=(wrong,)
        )
    return kept


def require_distinct(session: Session, own: int | None, *, login: str = "", name: str = "") -> None:
    """Raise AlreadyExists where another account has this login or name, or a similar one.

    Runs in the caller's transaction, open for writing, one at a time. Names of disabled
    accounts are free, their logins are not.
    """
    lock_names(session)
    rows = session.execute(
        select(Moderator.login, Moderator.display_name, Moderator.disabled_at).where(
            Moderator.id != (own or 0)
        )
    ).all()
    for other in rows:
        display_name = other.display_name if other.disabled_at is None else ""
        if login and (alike(login, other.login) or (display_name and alike(login, display_name))):
            session.rollback()
            raise AlreadyExists(
                f"The moderator {other.login} has this login or name, or one that looks like it. "
                "Choose another.",
                errors=(FieldError("#/login", "is another moderator's or looks like one"),),
            )
        if other.disabled_at is None and name and _looks_like(name, other.login, display_name):
            session.rollback()
            raise AlreadyExists(
                "Another moderator has this name, or one that looks like it. Choose another.",
                errors=(FieldError("#/display_name", "is another moderator's or looks like one"),),
            )


def _looks_like(name: str, login: str, known: str) -> bool:
    if alike(name, login):
        return True
    return known != "" and bool(resembled(name, (known,)) or resembled(known, (name,)))


def own_names(site: Site) -> OwnNames:
    """Return the names of a site that guests may not use although they are in no list."""
    return OwnNames(
        site=tuple(filter(None, (site.title, site.name))),
        logins=tuple(site.staff_logins or ()),
        allowed=tuple(site.settings.get("allow_names", ())),
    )


def lock_names(session: Session) -> None:
    """Lock names: wait until no other transaction compares or writes them."""
    one_at_a_time(session, _NAMING)


def refresh_sites(session: Session) -> None:
    """Update every site's copy of the names, in the caller's transaction, open for writing."""
    lock_names(session)
    session.flush()
    rows = session.execute(
        select(Moderator.display_name, Moderator.login, Moderator.role, SiteRole.site_id)
        .outerjoin(SiteRole, SiteRole.moderator_id == Moderator.id)
        .where(Moderator.disabled_at.is_(None))
    ).all()
    sites = session.execute(select(Site.id, Site.staff_names, Site.staff_logins)).all()
    for site_id, names, logins in sites:
        moderators = [row for row in rows if row.role != NOWHERE or row.site_id == site_id]
        now: dict[str, Any] = {
            "staff_names": sorted({row.display_name for row in moderators if row.display_name}),
            "staff_logins": sorted({row.login for row in moderators}),
        }
        if now != {"staff_names": names or [], "staff_logins": logins or []}:
            session.execute(
                update(Site).where(Site.id == site_id).values(**now, version=Site.version + 1)
            )
            notify_readers(session, f"site:{site_id}")
