"""Keeps, beside each site, the names of its moderators: nobody else may write under them.

They stand in the site's row, which every submission reads anyway, and change its version,
by which compiled rules are kept: judging a comment asks no table for them.
"""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.errors import AlreadyExists
from moderation.filters.names import resembled
from moderation.storage.people import Moderator, SiteRole
from moderation.storage.sites import Site
from moderation.storage.versions import tell

#: Stands in `moderators.role` for no role on every site.
NOWHERE = "none"


def settle(session: Session, person: Moderator, name: str, *, approved: bool) -> None:
    """Give a moderator the name, or keep it as a wish until an admin has approved it.

    It would be theirs alone and have a badge beside it, and guests who have it would wait: so
    nobody takes one by themselves. In the caller's transaction, open for writing.
    """
    if name and name != person.display_name:
        _look_apart(session, person, name)
    if approved or name in ("", person.display_name):
        person.display_name, person.name_wish = name, ""
        refresh(session)
    else:
        person.name_wish = name


def _look_apart(session: Session, person: Moderator, name: str) -> None:
    others = select(Moderator.display_name).where(
        Moderator.display_name != "", Moderator.id != person.id, Moderator.disabled_at.is_(None)
    )
    for other in session.scalars(others):
        if resembled(name, (other,)) or resembled(other, (name,)):
            raise AlreadyExists("Another moderator has this name, or one that looks like it.")


def refresh(session: Session) -> None:
    """Bring every site's names up to date, in the caller's transaction, open for writing."""
    session.flush()
    everywhere: set[str] = set()
    here: dict[int, set[str]] = {}
    rows = session.execute(
        select(Moderator.display_name, Moderator.role, SiteRole.site_id)
        .outerjoin(SiteRole, SiteRole.moderator_id == Moderator.id)
        .where(Moderator.display_name != "", Moderator.disabled_at.is_(None))
    )
    for name, role, site_id in rows:
        if role != NOWHERE:
            everywhere.add(name)
        elif site_id is not None:
            here.setdefault(site_id, set()).add(name)
    for site_id, known in session.execute(select(Site.id, Site.staff_names)).all():
        names = sorted(everywhere | here.get(site_id, set()))
        if names != (known or []):
            session.execute(
                update(Site)
                .where(Site.id == site_id)
                .values(staff_names=names, version=Site.version + 1)
            )
            tell(session, f"site:{site_id}")
