"""Signed links in mail to readers: one confirms an address, the other stops mail to it.

The links hold a keyed hash in place of the address.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from moderation.domain.errors import BadMailLink

from ..signing import Signing

#: Lifetime of a link that confirms an address. A link that stops mail never expires.
VALID = timedelta(days=7)
_INVALID = "This link no longer works: it has expired or is not complete."


class Stop(StrEnum):
    """The mail that a link stops."""

    #: About one discussion.
    THREAD = "thread"
    #: Everything that was asked for on the site.
    ALL = "all"
    #: Every mail of the site, confirmations as well.
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Stopping:
    """The contents of a valid link that stops mail."""

    site_id: int
    email_key: str
    #: None: the mail was about no discussion, or about several.
    post_id: int | None
    #: Done by one click in a mail program.
    one_click: Stop


def confirm_token(runtime: Signing, address_id: int, email_key: str, now: datetime) -> str:
    """Return a signed token that confirms an address."""
    until = int((now + VALID).timestamp())
    return runtime.sign("reader-mail-on", f"{address_id}~{email_key}~{until}")


def confirming(runtime: Signing, token: str, *, now: datetime) -> tuple[int, str]:
    """Return the id and key of the address that a token confirms, or raise BadMailLink."""
    try:
        id, email_key, until = runtime.unsign("reader-mail-on", token).split("~")
    except ValueError:
        raise BadMailLink(_INVALID) from None
    if int(until) <= now.timestamp():
        raise BadMailLink(_INVALID)
    return int(id), email_key


def stop_token(runtime: Signing, stopping: Stopping) -> str:
    """Return a signed token that stops mail."""
    parts = (stopping.site_id, stopping.email_key, stopping.post_id or 0, stopping.one_click)
    return runtime.sign("reader-mail-off", "~".join(map(str, parts)))


def stopping(runtime: Signing, token: str) -> Stopping:
    """Return the contents of a token that stops mail, or raise BadMailLink."""
    try:
        site_id, email_key, post_id, one_click = runtime.unsign("reader-mail-off", token).split("~")
        return Stopping(int(site_id), email_key, int(post_id) or None, Stop(one_click))
    except ValueError:
        raise BadMailLink(_INVALID) from None


def confirm_page(runtime: Signing, token: str) -> str:
    """Return the address of the page that confirms an address."""
    return f"{runtime.settings.public_url}/mail/confirm/{token}"


def stop_page(runtime: Signing, stopping: Stopping) -> str:
    """Return the address of the page that stops mail."""
    return f"{runtime.settings.public_url}/mail/stop/{stop_token(runtime, stopping)}"
