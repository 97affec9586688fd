"""What people may do, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is, everywhere or on one site; each may do what those before may."""

    MODERATOR = "moderator"
    #: Also takes claims over and decides what was escalated.
    SENIOR = "senior"
    #: Also says who may do what, and reads the audit trail.
    ADMIN = "admin"

    def covers(self, least: "Role") -> bool:
        """Tell whether this role may do what `least` may."""
        return _RANK[self] >= _RANK[least]


_RANK = {Role.MODERATOR: 0, Role.SENIOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody's roles: one for every site, or one for each of some sites, or both."""

    everywhere: Role | None = None
    on_sites: Mapping[int, Role] = field(default_factory=lambda: MappingProxyType({}))

    def may(self, site_id: int | None, least: Role = Role.MODERATOR) -> bool:
        """Tell whether `least` is covered on a site; None asks for every site."""
        if self.everywhere is not None and self.everywhere.covers(least):
            return True
        here = self.on_sites.get(site_id) if site_id is not None else None
        return here is not None and here.covers(least)

    def anywhere(self, least: Role) -> bool:
        """Tell whether `least` is covered on any site at all."""
        return self.may(None, least) or bool(self.sites(least))

    def sites(self, least: Role = Role.MODERATOR) -> tuple[int, ...] | None:
        """The sites on which `least` is covered; None: on every one."""
        if self.may(None, least):
            return None
        return tuple(sorted(id for id, role in self.on_sites.items() if role.covers(least)))

    def covers(self, other: "Reach") -> bool:
        """Tell whether every role of `other` is within what this one has as admin."""
        if self.may(None, Role.ADMIN):
            return True
        return other.everywhere is None and all(self.may(s, Role.ADMIN) for s in other.on_sites)
