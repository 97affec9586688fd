"""Readers who are signed in on the main site, as its sign-on tokens describe them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class WhoMayComment(StrEnum):
    """A site's setting `identity`."""

    GUESTS = "guests"
    MEMBERS = "members"
    #: Members as usual; comments of guests wait for a moderator.
    GUESTS_HELD = "guests_held"


class Algorithm(StrEnum):
    """The one signature algorithm that a site takes; a token never chooses."""

    OFF = "off"
    HS256 = "HS256"
    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


class MemberRole(StrEnum):
    """The role that the main site vouches for."""

    NONE = ""
    STAFF = "staff"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Member:
    """A reader with a valid sign-on token; empty strings for claims that were left out."""

    site_id: int
    #: The main site's id of the reader: the claim `sub`.
    id: str
    name: str
    email: str = ""
    website: str = ""
    #: Address of a picture at a third party: fetched by the worker, never shown to readers.
    picture: str = ""
    role: MemberRole = MemberRole.NONE
    #: When the token ends; None where the reader was named without one.
    expires_at: datetime | None = None

    @property
    def is_staff(self) -> bool:
        return self.role is MemberRole.STAFF

    @property
    def is_verified(self) -> bool:
        return self.role is MemberRole.VERIFIED


def who_may_comment(settings: Mapping[str, Any]) -> WhoMayComment:
    """Return who may comment under a site's settings."""
    return WhoMayComment(settings.get("identity", WhoMayComment.GUESTS))


def looks_signed_on(token: str) -> bool:
    """Return whether a bearer token has the shape of a sign-on token, a JWT of three parts.

    An edit token has two parts, and a token of the review API one.
    """
    return token.count(".") == 2
