"""A comment as clients of Akismet describe it."""

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from moderation.domain.errors import BadAddress
from moderation.domain.hosts import Origin, web_address
from moderation.domain.inner_networks import Address, Networks

from ..outbound import check_address
from .foreign import LONGEST_ADDRESS, storable

#: Authors and an address for which every server answers `true`, so that clients can be tried out.
_SPAMMERS = frozenset({"viagra-test-123", "akismet-guaranteed-spam"})
_SPAMMERS_ADDRESS = "akismet-guaranteed-spam@example.com"
#: A whole text with the same answer; plug-ins whose authors have accounts are tried out with it.
_SPAM = "akismet-guaranteed-spam"
_ADMINISTRATOR = "administrator"
#: Roles of people who write for the site.
_STAFF = frozenset({"editor", "author", "contributor", "moderator", "shop_manager"})


@dataclass(frozen=True, slots=True)
class AkismetComment:
    """The parameters of a check or a report; empty strings for what was left out."""

    text: str
    blog: str = ""
    author: str = ""
    email: str = ""
    website: str = ""
    #: Public address of the author; empty for private and unusable ones.
    address: str = ""
    permalink: str = ""
    user_role: str = ""
    callback: str = ""
    honeypot_filled: bool = False
    is_test: bool = False
    #: Names the key of the request.
    key_name: str = ""
    #: Facts for moderators.
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_spam_by_name(self) -> bool:
        """Return whether the author is one of those that every server calls spam."""
        name = self.author.strip().casefold()
        return name in _SPAMMERS or self.email.strip().casefold() == _SPAMMERS_ADDRESS

    @property
    def is_sample(self) -> bool:
        """Return whether it is one of the comments that every server calls spam."""
        return self.is_spam_by_name or self.text.strip().casefold() == _SPAM

    @property
    def is_blatant_by_name(self) -> bool:
        """Return whether it asks for the answer to the most blatant spam."""
        return self.is_spam_by_name and self.author.strip().casefold() != "viagra-test-123"

    @property
    def is_by_administrator(self) -> bool:
        return self.user_role.strip().casefold() == _ADMINISTRATOR

    @property
    def is_by_staff(self) -> bool:
        return self.user_role.strip().casefold() in _STAFF

    @property
    def blog_host(self) -> str:
        """Return the blog's host; the address itself, shortened, when it has none."""
        origin = _origin(self.blog) or _origin(f"http://{self.blog}")
        return (origin.host if origin else storable(self.blog, 255))[:255]

    @property
    def page(self) -> str:
        """Return the address of the page, or else of the blog."""
        return (self.permalink or self.blog)[:LONGEST_ADDRESS]


def key_name(key: str) -> str:
    """Return a short name of a key, from which the key cannot be guessed."""
    return hashlib.sha256(f"akismet key:{key.lower()}".encode()).hexdigest()[:16]


def public_address(raw: str) -> str:
    """Return the address of an author, or an empty string for a private or unusable one.

    Of a list, as proxies write it and some clients forward it, the first counts. Behind a proxy
    that hides its clients, every comment would come from one private address.
    """
    try:
        address = ipaddress.ip_address(raw.partition(",")[0].strip()[:64])
    except ValueError:
        return ""
    return str(address) if address.is_global else ""


def usable_callback(callback: str, blog: str, allowed: Networks) -> str | None:
    """Return the address to which a verdict may be sent, or None.

    It must be on the blog's own host and port, over https unless the blog has none, and not an
    inner address. The address that its name leads to is checked whenever a verdict is sent.
    """
    if len(callback) > LONGEST_ADDRESS or not callback.isascii():
        return None
    to, of = _origin(callback), _origin(blog)
    if to is None or of is None or to.host != of.host:
        return None
    if to.port != of.port and not (to.scheme == "https" and to.port is None):
        return None
    if to.scheme != "https" and of.scheme == "https":
        return None
    try:
        check_address(callback, allowed, resolve=_no_lookup)
    except BadAddress:
        return None
    return callback


def _origin(url: str) -> Origin | None:
    """Return the origin of a web address; None for any other text."""
    try:
        return web_address(url[:LONGEST_ADDRESS])[1]
    except (ValueError, UnicodeError):
        return None


def _no_lookup(host: str, port: int) -> list[Address]:
    """Resolve nothing: the client waits for the answer to its check."""
    raise OSError
