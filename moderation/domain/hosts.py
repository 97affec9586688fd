"""Hosts and origins as browsers send them: lower case, ASCII, no default port, no final dot."""

import ipaddress
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
_LONGEST_HOST = 253
_LONGEST_LABEL = 63
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: The last label of a host that browsers parse as an IPv4 address or refuse.
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
#: Letters that case folding changes but IDNA keeps: browsers look up `straße.example` with them.
_IDNA_KEPT = frozenset("ßς\u200c\u200d")
_IDEOGRAPHIC_STOP = "。"
_CAPITAL_SHARP_S = "ẞ"
#: An origin with a host name, split at its first label.
_NAMED_ORIGIN = re.compile(
    r"(https?://)[a-z0-9_-]+\.((?:[a-z0-9_-]+\.)*[a-z0-9_-]+(?::[0-9]{1,5})?)"
)
#: The upper bound of a browser's origin: scheme, host and port.
_LONGEST_ORIGIN = 270


class BadAddress(ValueError):
    """An unusable address; the message is a sentence that names the wrong part."""


@dataclass(frozen=True, slots=True)
class Origin:
    """An origin in parts; `any_subdomain` is set for one with a leading `*.`."""

    scheme: str
    host: str
    port: int | None
    any_subdomain: bool = False

    def __str__(self) -> str:
        star = "*." if self.any_subdomain else ""
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{star}{self.host}{port}"


def ascii_host(written: str) -> str:
    """Return a host as browsers put it into a URL; raise BadAddress when it is not a host.

    Letters beyond ASCII are mapped and encoded by UTS 46 (`bücher` becomes `xn--bcher-kva`);
    an IPv6 address is shortened and keeps its brackets.
    """
    if written.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(written[1:].removesuffix(']'))}]"
        except ValueError:
            raise BadAddress(f"{written} is not an IPv6 address") from None
    mapped = _mapped(written).removesuffix(".")
    labels = [_encoded(label) for label in mapped.split(".")]
    host = ".".join(labels)
    if _NUMERIC.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise BadAddress(f"{written} is not an IPv4 address") from None
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise BadAddress(f"{written or 'nothing'} is not a host name")
    return host


def _mapped(host: str) -> str:
    """Fold equivalent characters by UTS 46 without its transitional step."""
    if host.isascii():
        return host.lower()
    folded = (
        letter if letter in _IDNA_KEPT else unicodedata.normalize("NFKC", letter).casefold()
        for letter in unicodedata.normalize("NFC", host).replace(_CAPITAL_SHARP_S, "ß")
    )
    return unicodedata.normalize("NFC", "".join(folded)).replace(_IDEOGRAPHIC_STOP, ".")


def _encoded(label: str) -> str:
    if label.isascii():
        return label
    # No DNS name has an invisible character, or a mark without a letter before it.
    # Long labels are refused first: encoding takes time quadratic in the length.
    if (
        len(label) > _LONGEST_LABEL
        or unicodedata.category(label[0]).startswith("M")
        or not all(
            letter in _IDNA_KEPT or unicodedata.category(letter)[0] in "LMNPS" for letter in label
        )
    ):
        raise BadAddress(f"{label!r} is not a part of a host name")
    return "xn--" + label.encode("punycode").decode("ascii")


def web_address(written: str) -> tuple[SplitResult, Origin]:
    """Return the parts and the origin of an http or https URL; raise BadAddress."""
    if re.search(r"[\s\\\x00-\x1f\x7f]", written):
        raise BadAddress("it contains a space, a backslash or a control character")
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        raise BadAddress("its host or its port is not valid") from None
    if parts.scheme not in DEFAULT_PORTS or not written[len(parts.scheme) :].startswith("://"):
        raise BadAddress("it does not begin with https:// or http://")
    netloc = parts.netloc.rpartition("@")[2]
    host = netloc if netloc.endswith("]") else re.sub(r":[0-9]*$", "", netloc)
    if port == 0:
        raise BadAddress("its port is 0")
    return parts, Origin(
        parts.scheme, ascii_host(host), None if port == DEFAULT_PORTS[parts.scheme] else port
    )


def origin_of(url: str) -> str:
    """Return the origin of a page's URL as browsers send it, or an empty string."""
    try:
        return str(web_address(url)[1])
    except BadAddress:
        return ""


#: Shown in place of a password.
MASK = "***"


def masked_password(url: str) -> str:
    """Return an address with its password, if any, masked."""
    parts = urlsplit(url)
    login, at, place = parts.netloc.rpartition("@")
    user, colon, _ = login.partition(":")
    if not colon:
        return url
    return urlunsplit(parts._replace(netloc=f"{user}:{MASK}{at}{place}"))


def unmasked_password(url: str, before: str) -> str | None:
    """Return an address with a masked password replaced by the one that was there before.

    None where anything but path and query differs: a password never goes to another place than
    the one that it was typed for.
    """
    parts, known = urlsplit(url), urlsplit(before)
    if not parts.netloc.rpartition("@")[0].endswith(f":{MASK}"):
        return url
    if urlsplit(masked_password(before))[:2] != parts[:2]:
        return None
    return urlunsplit(parts._replace(netloc=known.netloc))


def service_address(written: str) -> str:
    """Return the normalised URL of a service at the root of its host; raise BadAddress."""
    try:
        parts, origin = web_address(written.strip())
    except BadAddress as error:
        raise BadAddress(f"must be like https://comments.example: {error}") from None
    if parts.username is not None:
        raise BadAddress("must be like https://comments.example, without a user name")
    if parts.path.strip("/") or "?" in written or "#" in written:
        raise BadAddress(
            "must have nothing after the host, like https://comments.example: the service "
            "needs a host name of its own"
        )
    return str(origin)


def parse_origin(written: str) -> Origin:
    """Parse an origin, which may begin with `*.`; raise BadAddress for any other URL."""
    scheme, separator, rest = written.strip().partition("://")
    any_subdomain = rest.startswith("*.")
    parts, origin = web_address(f"{scheme}{separator}{rest[2:] if any_subdomain else rest}")
    if parts.username is not None:
        raise BadAddress("it contains a user name")
    if parts.path.strip("/") or "?" in written or "#" in written:
        raise BadAddress("it has a path or a query after the host")
    if not any_subdomain:
        return origin
    if "." not in origin.host or _is_address(origin.host):
        raise BadAddress("it needs a domain of at least two parts after `*.`")
    return Origin(origin.scheme, origin.host, origin.port, any_subdomain=True)


def _is_address(host: str) -> bool:
    return host.startswith("[") or host.rpartition(".")[2].isdigit()


def is_listed(origin: str, listed: Collection[str]) -> bool:
    """Return whether an origin, as a browser sent it, matches an entry of `listed`.

    `https://*.news.example` matches every host below news.example, at any depth, but not
    news.example itself, as in a Content-Security-Policy.
    """
    if origin in listed:
        return True
    if len(origin) > _LONGEST_ORIGIN:
        return False
    while match := _NAMED_ORIGIN.fullmatch(origin):
        if f"{match[1]}*.{match[2]}" in listed:
            return True
        origin = match[1] + match[2]
    return False
