"""Links: how many, to where, and whether they are what they seem.

Judges addresses only. What the text around them says is spam's business.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList

from moderation.domain.judgement import (
    AUTHOR_WEBSITE,
    Draft,
    Facts,
    Findings,
    Rules,
    Signal,
    Span,
)
from moderation.domain.reasons import Code

from .shipped import lines
from .text import Text, alphabet, unescape

MAX_SPANS = 50
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


def _listed(name: str) -> frozenset[str]:
    return frozenset(word for line in lines(name) for word in line.split())


@cache
def shorteners() -> frozenset[str]:
    """Hosts that hide where a link leads."""
    return _listed("shorteners.txt")


@cache
def _unlikely_endings() -> frozenset[str]:
    return _listed("endings.txt")


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


def find(text: Text) -> list[Link]:
    """Return the links of a text in order; what a link only shows is no link of its own."""
    clean = text.clean
    lower = text.lower
    bracketed = "[" in clean or "(" in clean or "{" in clean
    spelled = " dot " in lower or (bracketed and any(b in lower for b in _BRACKETED))
    dotted = "." in clean and _INNER_DOT.search(clean) is not None
    if not spelled and not dotted and "/" not in clean:
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

    if "](" in clean or "<a" in clean or "<A" in clean:
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
    return [Link(link.host, link.domain, text.span(*link.span), link.pretends) for link in found]


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


def host_of(address: str) -> str:
    """Return the host of an address without scheme, in lower case and ASCII (punycode)."""
    rest = re.split(r"[/?#\\]", address, maxsplit=1)[0]
    host = rest.rpartition("@")[2]
    host = re.sub(r":\d{0,5}$", "", host).strip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return host
    return host


def _link(address: str, span: Span, shown: str = "") -> Link | None:
    if "&" in address:
        address = unescape(address)
    address = re.sub(r"^(?:h(?:tt|xx)ps?|ftp)://", "", address, flags=re.IGNORECASE)
    address = address.removeprefix("//")
    host = host_of(address)
    if "." not in host and not host.startswith("["):
        return None
    if not _known_suffix(host) and not _HOST.fullmatch(host):
        return None
    domain = registered(host)
    user = re.split(r"[/?#\\]", address, maxsplit=1)[0].rpartition("@")[0]
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


def covered(host: str, domains: frozenset[str]) -> bool:
    """Say whether a host or a domain above it is in the set."""
    while host:
        if host in domains:
            return True
        _, _, host = host.partition(".")
    return False


class LinksFilter:
    """Counts foreign links; the site's own and the allowed ones are free."""

    name = "links"
    version = "1"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        links = [
            link
            for link in text.links
            if not covered(link.host, rules.own_domains)
            and not covered(link.host, rules.allowed_domains)
        ]
        signals: list[Signal] = []
        blocked = [link for link in links if covered(link.host, rules.blocked_domains)]
        if blocked:
            hosts = ", ".join(dict.fromkeys(link.host for link in blocked[:5]))
            signals.append(
                Signal(
                    Code.BLOCKED_LINK,
                    1.0,
                    f"Links to {hosts}, which the site blocks.",
                    _spans(blocked),
                )
            )
        website = host_of(
            re.sub(r"^[a-z]{1,10}://", "", draft.author_website.strip(), flags=re.IGNORECASE)
        )
        if website and covered(website, rules.blocked_domains):
            signals.append(
                Signal(
                    Code.BLOCKED_LINK,
                    1.0,
                    f"The author's website {website} is one the site blocks.",
                    ((0, len(draft.author_website)),),
                    AUTHOR_WEBSITE,
                )
            )
        short = [link for link in links if covered(link.host, shorteners())]
        if short:
            hosts = ", ".join(dict.fromkeys(link.host for link in short[:5]))
            signals.append(
                Signal(
                    Code.SHORTENED_LINK,
                    0.6,
                    f"{hosts} hides where the link leads.",
                    _spans(short),
                )
            )
        for link in [link for link in links if link.pretends][:10]:
            signals.append(
                Signal(
                    Code.DECEPTIVE_LINK,
                    0.8,
                    f"Looks like {link.pretends} but leads to {link.host}.",
                    (link.span,),
                )
            )
        count = len(links)
        limit = rules.max_links
        if count > limit:
            score = min(0.9, 0.4 + 0.1 * (count - limit))
            score = max(0.5, score)
            signals.append(
                Signal(
                    Code.LINKS,
                    score,
                    f"{count} links to other sites, more than the {limit} allowed.",
                    _spans(links),
                )
            )
        else:
            score = 0.45 * count / (limit + 1)
        return Findings(
            tuple(signals), {"links": max([score, *(s.score for s in signals)], default=score)}
        )


def _spans(links: list[Link]) -> tuple[Span, ...]:
    return tuple(link.span for link in links[:MAX_SPANS])


def hosts(text: Text) -> Iterator[str]:
    """Yield the hosts that a text links to, each once; storage counts their history by these."""
    yield from dict.fromkeys(link.host for link in text.links)
