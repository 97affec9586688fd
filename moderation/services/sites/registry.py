"""Reading sites: cached by version, with their origins, secrets and rules."""

from contextlib import nullcontext
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.orm import Session, load_only

from moderation.domain.bounded_cache import BoundedCache
from moderation.domain.errors import (
    SiteNotFound,
)
from moderation.domain.hosts import is_listed
from moderation.domain.judgement import thresholds_of
from moderation.storage.compiled_statements import CompiledStatement, DirectConnection
from moderation.storage.models.sites import Site, SiteSecret

from .changes import _NAME

# Reading

_VERSION = CompiledStatement(select(Site.id, Site.version).where(Site.name == bindparam("name")))
#: Bytes of the cached sites of each store, with their compiled rules and word lists.
KEPT_BYTES = 256 * 1024 * 1024


def _weight(site: Site) -> int:
    """Estimate the bytes of a site: list entries are in memory as text and compiled."""
    lists = (value for value in site.settings.values() if isinstance(value, list))
    # A reason has a sentence in each language.
    reasons = len(site.settings.get("reasons") or ())
    return 8192 + 600 * sum(map(len, lists)) + 32_768 * reasons


#: By store: cached sites, shared by all threads and never changed.
_known: WeakKeyDictionary[Engine, BoundedCache[str, Site]] = WeakKeyDictionary()


def find(session: Session, name: str) -> Site:
    """Return the current site, detached and read-only.

    The version is read every time, the settings only when it has changed.
    """
    # PostgreSQL refuses a query for a name with NUL.
    is_valid = _NAME.fullmatch(name)
    row = None
    if is_valid:
        with DirectConnection(session.get_bind().engine) as connection:
            row = _VERSION.first(connection, {"name": name})
    if row is None:
        raise SiteNotFound("There is no such site. Check its name in the address.")
    return of_version(session.get_bind().engine, name, *row, session=session)


def of_version(
    engine: Engine, name: str, id: int, version: int, *, session: Session | None = None
) -> Site:
    """Return the site in this version, detached and read-only; reads it unless it is cached.

    Without a session it is read in a new one.
    """
    sites = _known.get(engine)
    if sites is None:
        sites = _known.setdefault(engine, BoundedCache(KEPT_BYTES, _weight))
    site = sites.get(name)
    if site is None or (site.id, site.version) != (id, version):
        with nullcontext(session) if session is not None else Session(engine) as reading:
            site = reading.get_one(Site, id, populate_existing=True)
            reading.expunge(site)
        sites.keep(name, site)
    return site


def origins_seen(engine: Engine, name: str) -> list[str]:
    """Return the cached origins of a site, empty without a cache entry; reads no store."""
    sites = _known.get(engine)
    site = None if sites is None else sites.get(name)
    return site.origins if site else []


def is_origin_seen(engine: Engine, origin: str) -> bool:
    """Return whether a cached site has this origin; reads no store."""
    sites = _known.get(engine)
    return sites is not None and any(is_listed(origin, site.origins) for site in sites.values())


def reviewable(session: Session, site_ids: tuple[int, ...] | None) -> list[Site]:
    """Return the sites that a reviewer may see; None means every one."""
    # Word lists can be long, and are not needed here.
    names = load_only(Site.id, Site.name, Site.title)
    statement = select(Site).options(names).order_by(Site.name)
    if site_ids is not None:
        statement = statement.where(Site.id.in_(site_ids))
    return list(session.scalars(statement))


def secrets_of(session: Session, site_id: int) -> list[str]:
    """Return the valid secrets, the newest first: it signs, all of them verify."""
    return list(
        session.scalars(
            select(SiteSecret.secret)
            .where(SiteSecret.site_id == site_id)
            .order_by(SiteSecret.id.desc())
        )
    )


#: Settings that are about posts and comments rather than about words and links.
RULES = (
    "premoderate",
    "hold_everything",
    "close_after_days",
    "slow_seconds",
    "strict_thresholds",
    "strict_until",
    "sections",
)


def rules_view(site: Site) -> dict[str, Any]:
    """Return the rules of a site and its sections, as moderators see them."""
    return {
        "site": site.name,
        "title": site.title,
        **{name: site.settings.get(name) for name in RULES},
        "thresholds": thresholds_of(site.settings.get("thresholds", {})),
    }


# Changing
