"""E-mail addresses that this service sends to: one validation rule for input and for sending."""

import re

from .hosts import BadAddress, ascii_host

_LONGEST = 254
_LONGEST_LOCAL = 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")


def mailbox(written: str) -> str:
    """Return an address as written in a mail header; raise BadAddress with a sentence.

    The domain may have letters beyond ASCII, which are encoded. The part before the `@` may not:
    only servers with SMTPUTF8 accept such an address, and this service does not rely on it.
    """
    local, at, domain = written.strip().rpartition("@")
    if not at or not local or not domain:
        raise BadAddress("An e-mail address looks like ada@example.org.")
    if not local.isascii():
        raise BadAddress(
            "The part before the @ has letters beyond ASCII, which many mail servers cannot "
            "deliver to. Use an address with plain letters there."
        )
    if len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        raise BadAddress(
            "The part before the @ has 1 to 64 letters, digits and signs such as . + - _, "
            "without spaces or quotation marks."
        )
    try:
        host = ascii_host(domain)
    except BadAddress:
        raise BadAddress("The part after the @ is not a domain.") from None
    if host.startswith("[") or host.rpartition(".")[2].isdigit():
        raise BadAddress("The part after the @ must be a domain, not a network address.")
    address = f"{local}@{host}"
    if len(address) > _LONGEST:
        raise BadAddress(f"An e-mail address has at most {_LONGEST} characters.")
    return address


def is_same(stored: str, written: str) -> bool:
    """Return whether two addresses are equal, even if an older release stored them unnormalised."""
    if stored == written or not (stored and written):
        return stored == written
    try:
        return mailbox(stored) == mailbox(written)
    except BadAddress:
        return False


def mail_domain(host: str) -> str:
    """Return a host as written after the `@` of an address or a Message-ID (RFC 5321)."""
    bare = host.strip("[]")
    if ":" in bare:
        return f"[IPv6:{bare}]"
    return f"[{bare}]" if bare.rpartition(".")[2].isdigit() else bare
