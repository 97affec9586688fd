"""Addresses in a text, in whatever dress, and the hosts they lead to.

Finds and reads them; whether they are welcome is for the filter in `links` to say.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList

from moderation.domain.judgement import Span

from .alphabet import alphabet, unescape
from .shipped import listed

#: No more links than these are read; a comment with so many is held for them alone.
MAX_LINKS = 200

_SCHEMED = re.compile(
    r"(?:h(?:tt|xx)ps?|ftp)\s{0,2}:\s{0,2}/\s?/\s{0,2}(?P<rest>[^\s<>\"“”]{1,2000})", re.IGNORECASE
)
_BARE = re.compile(
    r"(?<![\w@./\\:-])(?P<host>[^\W_](?:[\w-]{0,62})(?:\.[^\W_][\w-]{0,62}){1,8})"
    r"(?![\w@-])(?P<port>:\d{2,5})?(?P<path>[/?#][^\s<>\"“”]{0,2000})?"
)
_SPELLED = re.compile(
    r"(?<![\w@])(?P<host>[a-z0-9][a-z0-9-]{1,62}(?:(?:\s?[\[({]\s?(?:dot|punkt|\.)\s?[\])}]\s?|\sdot\s)"
    r"[a-z0-9-]{2,62}){1,4})(?![\w])(?P<path>/[^\s<>\"“”]{0,2000})?",
    re.IGNORECASE,
)
_DOT = re.compile(r"\s?[\[({]\s?(?:dot|punkt|\.)\s?[\])}]\s?|\sdot\s", re.IGNORECASE)
_MARKDOWN = re.compile(r"\[(?P<shown>[^\[\]]{1,300})\]\(\s{0,4}<?(?P<target>[^\s()<>]{1,2000})")
_ANCHOR = re.compile(
    r"<a\s[^<>]{0,300}?href\s{0,4}=\s{0,4}[\"']?(?P<target>[^\s\"'<>]{1,2000})[\"']?[^<>]{0,300}>"
    r"(?P<shown>[^<>]{1,300})</a",
    re.IGNORECASE,
)
_BRACKETED = (
    "[.",
    "(.",
    "{.",
    "[dot",
    "(dot",
    "{dot",
    "[punkt",
    "(punkt",
    "[ dot",
    "( dot",
    "[ .",
    "( .",
)
# Letters of other alphabets that nobody can tell from Latin ones, and the Latin ones.
_TWINS = frozenset("аеорсухіјѕһԁԛԝοαρνκυаɡabcdefghijklmnopqrstuvwxyz0123456789-")
# Endings that no registry sells and that addresses have all the same.
_UNLISTED = frozenset({"example", "onion"})
# What a browser would take for a host behind `https://`, whoever may have registered it.
_HOST = re.compile(r"[0-9.]+|\[[0-9a-f:.]+\]|(?:[a-z0-9_-]{1,63}\.){1,10}[a-z][a-z0-9-]{1,62}")
_INNER_DOT = re.compile(r"\.\w")
_TRAILING = ".,;:!?)]}'’*_~>"


@dataclass(frozen=True, slots=True)
class Link:
    """An address in a text."""

    host: str
    #: The name somebody registered: example.co.uk of www.example.co.uk.
    domain: str
    span: Span
    #: What is said to be at the address, where that is another address.
    pretends: str = ""


@cache
def _unlikely_endings() -> frozenset[str]:
    return listed("endings.txt")


@cache
def _suffixes() -> PublicSuffixList:
    # The library would spend most of its time on encoding names that are ASCII already.
    text = Path(PSLFILE).read_text(encoding="utf-8")
    rules = [line for line in text.splitlines() if line and not line.startswith("//")]
    strange = [line.split(".") for line in rules if not line.isascii()]
    rules += [".".join(map(_encoded, labels)) for labels in strange]
    return PublicSuffixList(rules, accept_encoded_idn=False)


def _encoded(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def registered(host: str) -> str:
    """Return the registered part of a host; the host itself where there is none."""
    return _suffixes().privatesuffix(host) or host


def _known_suffix(host: str) -> bool:
    return _suffixes().publicsuffix(host, accept_unknown=False) is not None


def addresses(clean: str, lower: str) -> list[Link]:
    """Return the links of a text in order; what a link only shows is no link of its own.

    `lower` is the text in lower case, character for character.
    """
    bracketed = "[" in clean or "(" in clean or "{" in clean
    spelled = " dot " in lower or (bracketed and any(b in lower for b in _BRACKETED))
    dotted = "." in clean and _INNER_DOT.search(clean) is not None
    marked = "](" in clean or "<a" in lower
    if not spelled and not dotted and not marked and "//" not in clean:
        return []
    found: list[Link] = []
    taken: list[Span] = []

    def free(begin: int, end: int) -> bool:
        if len(found) >= MAX_LINKS:
            return False
        return not any(b < end and begin < e for b, e in taken[-64:])

    def take(link: Link | None, span: Span) -> None:
        if link is not None:
            found.append(link)
            taken.append(span)

    if marked:
        for pattern in (_MARKDOWN, _ANCHOR):
            for match in pattern.finditer(clean):
                if len(found) >= MAX_LINKS:
                    break
                take(
                    _link(match["target"], match.span("target"), shown=match["shown"]), match.span()
                )
    if "//" in clean:
        for match in _SCHEMED.finditer(clean):
            begin, end = match.span()
            if free(begin, end):
                address = _trimmed(match["rest"])
                end -= len(match["rest"]) - len(address)
                take(_link(address, (begin, end)), (begin, match.end()))
    for match in _BARE.finditer(clean) if dotted else ():
        begin, end = match.span()
        if free(begin, end) and _is_bare_host(match["host"], match["path"] or match["port"] or ""):
            address = _trimmed(match[0])
            take(_link(address, (begin, begin + len(address))), (begin, end))
    if spelled:
        for match in _SPELLED.finditer(clean):
            begin, end = match.span()
            host = _DOT.sub(".", match["host"])
            ending = host.rpartition(".")[2].lower()
            if ending != "dot" and free(begin, end) and _is_bare_host(host, match["path"] or ""):
                take(_link(host + (match["path"] or ""), (begin, end)), (begin, end))
    found.sort(key=lambda link: link.span)
    return found


def _trimmed(address: str) -> str:
    return address.rstrip(_TRAILING) if "(" not in address else address.rstrip(".,;:!?'’*_~")


def _is_bare_host(host: str, more: str) -> bool:
    labels = host.split(".")
    ending = labels[-1]
    if ending.isdigit():
        return len(labels) == 4 and all(x.isdigit() and int(x) < 256 for x in labels) and bool(more)
    lowered = ending.lower()
    known = _known_suffix(host.lower()) or lowered in _UNLISTED
    if not known or not lowered[0].isalpha():
        return False
    if labels[0].lower() == "www" or (more and len(more) > 1):
        return True
    if ending != lowered and not host.isupper():
        return False
    if lowered in _unlikely_endings():
        return False
    return len(labels[-2]) > 1


_BEYOND = re.compile(r"[/?#\\]")
_PORT = re.compile(r":\d{0,5}$")
_SCHEME = re.compile(r"^(?:h(?:tt|xx)ps?|ftp)://", re.IGNORECASE)


def host_of(address: str) -> str:
    """Return the host of an address without scheme, in lower case and ASCII (punycode)."""
    rest = _BEYOND.split(address, maxsplit=1)[0]
    host = rest.rpartition("@")[2]
    host = _PORT.sub("", host).strip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return host
    return host


def _link(address: str, span: Span, shown: str = "") -> Link | None:
    if "&" in address:
        address = unescape(address)
    address = _SCHEME.sub("", address)
    address = address.removeprefix("//")
    host = host_of(address)
    if "." not in host and not host.startswith("["):
        return None
    if not _known_suffix(host) and not _HOST.fullmatch(host):
        return None
    domain = registered(host)
    user = _BEYOND.split(address, maxsplit=1)[0].rpartition("@")[0]
    claimed = _claimed_host(shown) or _claimed_host(user)
    pretends = claimed if claimed and registered(claimed) != domain else _lookalike_of(host)
    return Link(host, domain, span, pretends)


def _claimed_host(shown: str) -> str:
    """Return the host that a link's text claims to lead to."""
    match = _SCHEMED.search(shown)
    if match is not None:
        return host_of(match["rest"])
    match = _BARE.search(shown)
    if match is not None and _is_bare_host(match["host"], match["path"] or ""):
        return host_of(match["host"])
    return ""


def _lookalike_of(host: str) -> str:
    """Return what an internationalised host looks like, where it mixes alphabets to look so."""
    if "xn--" not in host:
        return ""
    try:
        shown = host.encode("ascii").decode("idna")
    except UnicodeError:
        return ""
    letters = alphabet().letters
    if any(not label.isascii() and _TWINS.issuperset(label) for label in shown.split(".")):
        return "".join(c if c.isascii() else chr(96 + int(letters[ord(c)])) for c in shown)
    return ""
