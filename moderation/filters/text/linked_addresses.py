"""URLs as the page links them, so that filters see the links that readers can follow.

`urls.addresses` interprets the clean text; this module reads the text exactly as typed.
"""

import re

from moderation.domain.writing import is_mark

from .urls import BEYOND, MAX_LINKS, PLAIN, Link, first_address, link_of, trimmed

_TYPED = re.compile(r"https?://(?P<rest>[^\s<>\"]{1,2000})", re.IGNORECASE)
#: Characters that end a URL without a space: Chinese and Japanese punctuation, and quotation
#: marks and the ellipsis of other languages. None of them is typed in URLs.
_ENDS = re.compile(
    "[\u3001-\u3003\u3008-\u3011\u3014-\u301f\u30fb\ufe30-\ufe4f\uff01-\uff0f\uff1a-\uff20"
    "\uff3b-\uff40\uff5b-\uff65\u2018-\u201f\u2026\u2039\u203a\xab\xbb]"
)
# A link whose label is a URL; the page does not link the label separately.
_WHOLE_LINK = re.compile(
    r"(?<!\\)\[(?P<shown>https?://[^\[\]\n`]{1,300})\]"
    r"\(<?https?://[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){1,8}(?:/[\w./?=&%#+~:-]{0,2000})?>?\)",
    re.IGNORECASE,
)
_CERTAIN = re.compile(r"(?:[\w/=&%#+~:@-]|[.?](?![.?]))*")


def up_to_end(rest: str) -> str:
    """Return the part after a scheme that readers would see as the URL."""
    if rest.isascii() and PLAIN.fullmatch(rest):
        return rest
    end = _ENDS.search(rest)
    address = first_address(rest[: end.start()] if end else rest)
    beyond = BEYOND.search(address)
    host = address[: beyond.start()] if beyond else address
    for place in range(host.rfind("@") + 1, len(host)):
        if not _in_host(host[place]):
            return host[:place]
    return address


def typed_addresses(raw: str) -> list[Link]:
    """Return the URLs with a scheme in a text as typed, as the page links them.

    Punctuation lookalikes, which are plain in `clean`, can be part of such a URL.
    """
    found: list[Link] = []
    labels = {match.start("shown") for match in _WHOLE_LINK.finditer(raw)} if "](" in raw else ()
    position = 0
    while len(found) < MAX_LINKS and (match := _TYPED.search(raw, position)):
        position = match.start("rest")
        if match.start() in labels:
            continue
        rest = up_to_end(match["rest"])
        link = link_of(rest, (match.start(), position + len(trimmed(rest))))
        if link is not None:
            found.append(link)
            # After any other character the page may end the URL and begin another.
            position += len(_CERTAIN.match(rest)[0])  # type: ignore[index]  # It matches nothing, too.
    return found


def host_behind(address: str) -> str:
    """Return the host of a URL without its scheme, or an empty string.

    A host with punctuation or emoji in it is rejected, as its URL is ambiguous.
    """
    link = link_of(address, (0, 0))
    if link is None:
        return ""
    for label in link.host.split("."):
        try:
            decoded = label[4:].encode("ascii").decode("punycode") if label[:4] == "xn--" else label
        except UnicodeError:
            return ""
        if not all(map(_in_host, decoded)):
            return ""
    return link.host


def _in_host(character: str) -> bool:
    return character.isalnum() or character in "-._:%[]" or is_mark(character)
