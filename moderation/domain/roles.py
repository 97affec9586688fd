"""Roles of moderators, and the sites that they apply to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """A role, global or on one site; each includes the permissions of those before it."""

    MODERATOR = "moderator"
    #: Can also take over claims and decide escalated comments.
    SENIOR = "senior"
    #: Can also change roles and read the audit trail.
    ADMIN = "admin"

    def covers(self, least: "Role") -> bool:
        """Return whether this role includes the permissions of `least`."""
        return _RANK[self] >= _RANK[least]


_RANK = {Role.MODERATOR: 0, Role.SENIOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True)
class Reach:
    """A moderator's roles: a global one, one for each of some sites, or both."""

    everywhere: Role | None = None
    on_sites: Mapping[int, Role] = field(default_factory=lambda: MappingProxyType({}))

    def may(self, site_id: int | None, least: Role = Role.MODERATOR) -> bool:
        """Return whether the role on a site includes `least`; None means every site."""
        if self.everywhere is not None and self.everywhere.covers(least):
            return True
        here = self.on_sites.get(site_id) if site_id is not None else None
        return here is not None and here.covers(least)

    def anywhere(self, least: Role) -> bool:
        """Return whether the role on at least one site includes `least`."""
        return self.may(None, least) or bool(self.sites(least))

    def sites(self, least: Role = Role.MODERATOR) -> tuple[int, ...] | None:
        """Return the sites on which the role includes `least`; None: every site."""
        if self.may(None, least):
            return None
        return tuple(sorted(id for id, role in self.on_sites.items() if role.covers(least)))

    def covers(self, other: "Reach") -> bool:
        """Return whether these roles are admin wherever `other` has any role."""
        if self.may(None, Role.ADMIN):
            return True
        return other.everywhere is None and all(self.may(s, Role.ADMIN) for s in other.on_sites)
