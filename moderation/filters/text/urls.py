"""URLs in a text, also disguised ones, and the hosts they lead to.

Only parses them; the links filter judges them.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from publicsuffixlist import PSLFILE, PublicSuffixList

from moderation.domain.judgement import Span

from .characters import alphabet, unescape
from .data_files import read_words

#: The maximum number of links read; a comment with so many is held for that alone.
MAX_LINKS = 200

# Begins with a character class, which `re` searches for fastest.
_SCHEMED = re.compile(
    r"[hHtTfF](?i:(?<=h)(?:tt|xx|\*\*|\+\+)ps?|(?<=t)tps?|(?<=f)tp)"
    r"(?:\s{0,2}:\s{0,2}/\s?/\s{0,2}/?|:[/\\]{1,3}|//)(?P<rest>[^\s<>\"“”]{1,2000})"
)
_BARE = re.compile(
    r"(?<![\w@./\\#-])(?P<host>[^\W_](?:[\w-]{0,62})(?:\.[^\W_][\w-]{0,62}){1,8})"
    r"(?![\w@-])(?P<port>:\d{2,5})?(?P<path>[/?#][^\s<>\"“”]{0,2000}|\((?=\S))?"
)
_WORD_DOT = r"\s(?:dot|punkt|punto|point)\s"
_SIGN_DOT = r"\s?[\[({]\s?(?:dot|punkt|\.)\s?[\])}]\s?"
_SPELLED = re.compile(
    r"(?<![\w@])(?:h(?:tt|xx)ps?://)?"
    rf"(?P<host>[a-z0-9][a-z0-9.-]{{1,62}}(?:(?:{_SIGN_DOT}|{_WORD_DOT})[a-z0-9-]{{2,62}}){{1,4}})"
    r"(?![\w])(?P<path>/[^\s<>\"“”]{0,2000})?",
    re.IGNORECASE,
)
_DOT = re.compile(f"{_SIGN_DOT}|{_WORD_DOT}", re.IGNORECASE)
# Endings that form a URL when the dot is spelled as a word; without this list "a polka dot shop"
# and "el punto es" would be URLs.
_SPELLED_ENDINGS = {
    "dot": frozenset(
        ("com", "net", "org", "info", "biz", "co", "io", "ru", "uk", "de", "fr", "es", "nl", "eu")
    ),
    "punkt": frozenset(("de", "com", "org")),
    "punto": frozenset(("com",)),
    "point": frozenset(("com",)),
}
# In "the dot com bubble", "the" is not a host.
_NO_NAME = re.compile(
    "the|this|that|these|those|first|second|early|late|last|next|another|every|each|any|some|many|"
    "most|former|big|new|old|of|in|on|and|or|to|my|our|your|his|her|their|its|no|all|only"
)
_MARKDOWN = re.compile(r"\[(?P<shown>[^\[\]]{1,300})\]\(\s{0,4}<?(?P<target>[^\s()<>]{1,2000})")
_ANCHOR = re.compile(
    r"<a\s[^<>]{0,300}?href\s{0,4}=\s{0,4}[\"']?(?P<target>[^\s\"'<>]{1,2000}+)[\"']?+[^<>]{0,300}+>"
    r"(?P<shown>[^<>]{1,300})</a",
    re.IGNORECASE,
)
_BBCODE = re.compile(
    r"\[url\s?=\s?[\"']?(?P<target>[^\s\[\]\"'<>]{1,2000})[\"']?\](?P<shown>[^\[\]]{1,300})\[/url",
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
# Letters of other alphabets that look exactly like Latin ones, and the Latin ones.
_TWINS = frozenset("аеорсухіјѕһԁԛԝӏοαρνκυаɡabcdefghijklmnopqrstuvwxyz0123456789-")
# Top-level domains that no registry sells but that are in use.
_UNLISTED = frozenset({"example", "onion"})
# Any host that a browser would accept after `https://`, registered or not.
_HOST = re.compile(
    r"(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]+\]|(?:[a-z0-9_-]{1,63}\.){1,10}[a-z][a-z0-9-]{1,62}"
)
_INNER_DOT = re.compile(r"\.\w")
# An ideographic full stop between Latin letters, which browsers read as a dot.
_FOREIGN_DOT = re.compile(r"(?<=[a-z0-9])。(?=[a-z]{2})", re.IGNORECASE)
# Characters that end a URL without a space: no host has them, and no path before a second URL.
_BEHIND_HOST = re.compile(r"[,;|\]\[(){}'’*^`]|(?<=[a-z])[^\x00-\u024f][^.]{0,63}$", re.IGNORECASE)
PLAIN = re.compile(r"[\w.-]+(?:/[\w./?=&%#+~:-]*)?")
_HOST_GOES_ON = re.compile(r"[,;(){}'’*`.]{1,63}(?P<host>[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){1,8})")
_NEXT_ADDRESS = re.compile(r"[,;|]h(?:tt|xx)ps?:|\[/", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"(?:mailto|tel|sms|javascript|data|xmpp|magnet):", re.IGNORECASE)
_NUMERIC = re.compile(r"(?:0x[0-9a-f]{1,8}|\d{1,10})(?:\.(?:0x[0-9a-f]{1,8}|\d{1,10})){0,3}")
_TITLES = frozenset(("mr", "mrs", "ms", "dr", "prof", "st"))
_REVERSED = frozenset(("com", "org", "net", "io"))
_TRAILING = ".,;:!?)]}'’*_~>"


@dataclass(frozen=True, slots=True)
class Link:
    """A URL in a text."""

    host: str
    #: The registered domain: example.co.uk of www.example.co.uk.
    domain: str
    span: Span
    #: The host in the link's text, where it differs from the target's.
    pretends: str = ""


@cache
def _unlikely_endings() -> frozenset[str]:
    return read_words("endings.txt")


@cache
def _suffixes() -> PublicSuffixList:
    # The library would spend most of its time on encoding names that are already ASCII.
    text = Path(PSLFILE).read_text(encoding="utf-8")
    rules = [line for line in text.splitlines() if line and not line.startswith("//")]
    strange = [line.split(".") for line in rules if not line.isascii()]
    rules += [".".join(map(_encoded, labels)) for labels in strange]
    return PublicSuffixList(rules, accept_encoded_idn=False)


def _encoded(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def registered(host: str) -> str:
    """Return the registered domain of a host; the host itself where there is none."""
    return _suffixes().privatesuffix(host) or host


def _known_suffix(host: str) -> bool:
    return _suffixes().publicsuffix(host, accept_unknown=False) is not None


def is_known_host(host: str) -> bool:
    """Return whether a lower-case host has a known ending and a name before it."""
    return host.rpartition(".")[2] in _UNLISTED or (
        _known_suffix(host) and registered(host) != _suffixes().publicsuffix(host)
    )


def addresses(clean: str, lower: str) -> list[Link]:
    """Return the links of a text in order; the text of a link is not a link of its own.

    `lower` is the text in lower case, character for character.
    """
    if not clean.isascii() and "。" in clean:
        clean = _FOREIGN_DOT.sub(".", clean)
    bracketed = "[" in clean or "(" in clean or "{" in clean
    spelled = (
        " dot " in lower
        or " punkt " in lower
        or (" com" in lower and (" punto com" in lower or " point com" in lower))
        or (bracketed and any(b in lower for b in _BRACKETED))
    )
    dotted = "." in clean and _INNER_DOT.search(clean) is not None
    marked = "](" in clean or "<a" in lower or (bracketed and "[url" in lower)
    schemed = "//" in clean or (":" in clean and (":/" in clean or ":\\" in clean))
    if not spelled and not dotted and not marked and not schemed:
        return []
    found: list[Link] = []
    taken: list[Span] = []

    def end_of_taken(begin: int, end: int) -> int:
        return max((e for b, e in taken[-64:] if b < end and begin < e), default=0)

    def free(begin: int, end: int) -> bool:
        return not taken or (len(found) < MAX_LINKS and not end_of_taken(begin, end))

    def take(link: Link | None, span: Span) -> None:
        if link is not None:
            found.append(link)
            taken.append(span)

    if marked:
        for pattern in (_MARKDOWN, _ANCHOR, _BBCODE):
            for match in pattern.finditer(clean):
                if len(found) >= MAX_LINKS:
                    break
                target = match["target"]
                # After `https://` the same letters are a user name.
                if not _OTHER_SCHEME.match(target):
                    take(link_of(target, match.span("target"), shown=match["shown"]), match.span())
    position = 0
    while schemed and len(found) < MAX_LINKS and (here := _SCHEMED.search(clean, position)):
        begin, rest = here.start(), here.start("rest")
        position = end_of_taken(begin, here.end())
        if not position:
            address = first_address(here["rest"])
            shown = trimmed(address)
            link = link_of(shown, (begin, rest + len(shown)))
            # After a scheme without a host another URL may begin: `https://[https://b.example`.
            position = rest + len(address) if link else rest
            take(link, (begin, position))
            # Browsers read `https://good.example,.evil.example` as a host of evil.example.
            if tail := _HOST_GOES_ON.match(clean, position):
                position = tail.end()
                take(link_of(tail["host"], tail.span("host")), tail.span())
    if spelled:
        for match in _SPELLED.finditer(clean):
            begin, end = match.span()
            host = _DOT.sub(".", match["host"])
            if free(begin, end) and _is_spelled_host(host, match["host"], match["path"] or ""):
                take(link_of(host + (match["path"] or ""), (begin, end)), (begin, end))
    for match in _BARE.finditer(clean) if dotted else ():
        begin = match.start()
        end = begin + len(first_address(match[0])) if match["path"] else match.end()
        rest_of_url = match["path"] or match["port"] or ""
        # A name after two colons is source code.
        if (
            free(begin, end)
            and _is_bare_host(match["host"], rest_of_url)
            and not clean.startswith("::", max(0, begin - 2))
        ):
            address = trimmed(clean[begin:end])
            take(link_of(address, (begin, begin + len(address))), (begin, end))
    found.sort(key=lambda link: link.span)
    return found


def first_address(rest: str) -> str:
    """Return the first URL of a string without spaces."""
    beyond = BEYOND.search(rest)
    host = rest[: beyond.start()] if beyond else rest
    user = host.rfind("@") + 1
    # An IPv6 address is in brackets.
    cut = None if host.startswith("[", user) else _BEHIND_HOST.search(host, user)
    if cut and not (cut[0][0] == "。" and _known_suffix(host_of(cut[0][1:]))):
        # A dot in brackets continues the host; spelled dots are parsed elsewhere.
        return "" if _DOT.match(rest, cut.start()) else rest[: cut.start()]
    following = _NEXT_ADDRESS.search(rest, len(host))
    return rest[: following.start()] if following else rest


def trimmed(address: str) -> str:
    """Return a URL without the punctuation of the sentence around it."""
    return address.rstrip(_TRAILING) if "(" not in address else address.rstrip(".,;:!?'’*_~")


def _is_bare_host(host: str, rest: str) -> bool:
    labels = host.split(".")
    ending = labels[-1]
    if rest == "(":
        # A call such as logger.info(text).
        if ending.lower() not in _REVERSED:
            return False
        rest = ""
    if ending.isdigit():
        return (
            len(labels) == 4
            and all(x.isdigit() and int(x) < 256 for x in labels)
            and bool(rest)
            and not _NETWORK.fullmatch(rest)
        )
    lowered = ending.lower()
    known = _known_suffix(host.lower()) or lowered in _UNLISTED
    if not known or not lowered[0].isalpha() or "_" in labels[-2]:
        return False
    if labels[0].lower() == "www" or (rest and len(rest) > 1):
        return True
    if ending != lowered and not (_titled(labels) or (host.isupper() and ending != "NET")):
        return False
    if lowered in _unlikely_endings():
        return False
    # A number joined to a word without a space.
    if len(labels) > 2 and all(map(str.isdigit, labels[:-1])):
        return False
    if lowered not in _REVERSED:
        # A Java package, which begins with the ending, or a title before a name.
        if len(labels) > 2 and labels[0] in _REVERSED:
            return False
        if len(labels) == 2 and labels[0].lower() in _TITLES:
            return False
    return len(labels[-2]) > 1


def _titled(labels: list[str]) -> bool:
    """Return whether a URL's capitals look deliberate: Example.Com, example.COM."""
    return labels[-1] == "COM" or (
        labels[-1] == "Com" and all(label[0].isupper() for label in labels)
    )


def _is_spelled_host(host: str, spelled: str, path: str) -> bool:
    labels = host.lower().split(".")
    word = _LAST_WORD_DOT.search(spelled)
    if word is not None and not path:
        name = labels[0]
        plain = name.isalpha() and name != "www"
        if labels[-1] not in _SPELLED_ENDINGS[word[1].lower()] and (plain or word[1] != "dot"):
            return False
        if _NO_NAME.fullmatch(labels[-2]):
            return False
    return labels[-1] != "dot" and _is_bare_host(host.lower(), path)


_LAST_WORD_DOT = re.compile(r"\s(dot|punkt|punto|point)\s[a-z0-9-]{2,62}$", re.IGNORECASE)
# The prefix length after a network address.
_NETWORK = re.compile(r"/\d{1,2}[.,;:!?)]{0,3}")
BEYOND = re.compile(r"[/?#\\]")
_PORT = re.compile(r":\d{0,5}$")
_SCHEME = re.compile(r"^(?:h(?:tt|xx)ps?|ftp)://", re.IGNORECASE)


def host_of(address: str) -> str:
    """Return the host of a URL without scheme, in lower case and ASCII (punycode)."""
    rest = BEYOND.split(address, maxsplit=1)[0]
    host = rest.rpartition("@")[2]
    if "%" in host:
        host = BEYOND.split(unquote(host), maxsplit=1)[0]
    host = _PORT.sub("", host).strip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return host
    return host


def link_of(address: str, span: Span, shown: str = "") -> Link | None:
    """Return the link of a URL; None when it has no host."""
    if "&" in address:
        address = unescape(address)
    address = _SCHEME.sub("", address)
    address = address.removeprefix("//")
    host = host_of(address)
    if host[:1].isdigit() and _NUMERIC.fullmatch(host):
        host = _as_browsers_read(host)
    if "." not in host and not host.startswith("["):
        return None
    if not _known_suffix(host) and not _HOST.fullmatch(host):
        return None
    domain = registered(host)
    user = BEYOND.split(address, maxsplit=1)[0].rpartition("@")[0]
    claimed = _claimed_host(shown) or _claimed_host(user)
    pretends = claimed if claimed and registered(claimed) != domain else _lookalike_of(host)
    return Link(host, domain, span, pretends)


def _as_browsers_read(host: str) -> str:
    """Return a numeric host as four numbers, or "" if it is invalid: 3221225991 is 192.0.2.7."""
    bases = {"0x": 16, "0": 8}
    numbers = []
    for part in host.split("."):
        try:
            numbers.append(int(part, bases.get(part[:2]) or bases.get(part[:1], 10)))
        except ValueError:
            return ""
    *first, last = numbers
    # A single number may be anything; from 1.0.0.0 on it is long enough to be an address.
    least = 0 if first else 2**24
    if any(number > 255 for number in first) or not least <= last < 256 ** (4 - len(first)):
        return ""
    whole = sum(number << 8 * (3 - place) for place, number in enumerate(first)) + last
    return ".".join(str(whole >> shift & 255) for shift in (24, 16, 8, 0))


def _claimed_host(shown: str) -> str:
    """Return the host that a link's text shows."""
    match = _SCHEMED.search(shown)
    if match is not None:
        return host_of(match["rest"])
    match = _BARE.search(shown)
    if match is not None and _is_bare_host(match["host"], match["path"] or ""):
        return host_of(match["host"])
    return ""


def _lookalike_of(host: str) -> str:
    """Return the Latin form of an internationalised host that mixes alphabets to look like it."""
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
