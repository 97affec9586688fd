"""Links for addresses in a text without markup, in time linear in its length.

The rules that ship with the Markdown parser look back over all the text before each `://`, forward
over all the text after each scheme, and copy the whole paragraph for each part with an address.
"""

import re
from dataclasses import dataclass

from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from moderation.filters.text.linked_addresses import host_behind, up_to_end

#: Longer addresses are text: no more is read behind a scheme.
LONGEST = 2000
#: A scheme of the matcher that is written with `://`, behind anything that is no part of it.
_SCHEME = re.compile(r"(?:\A|[^a-z0-9.+-])(https?|ftp)\Z", re.IGNORECASE)
_LOOK_BACK = 8
_SPACE = re.compile(r"[\s<>\"]")


@dataclass(frozen=True, slots=True)
class Address:
    """An address in a text and its position."""

    index: int
    last_index: int
    url: str


class Links(LinkifyIt):  # type: ignore[misc]  # The library has no types.
    """The matcher of the library without its guesses, each address read once."""

    def test(self, text: str) -> bool:
        """Return whether there may be an address in the text; `match` reads it."""
        return re.search(self.re["schema_search"], text, re.IGNORECASE) is not None

    def match(self, text: str) -> list[Address] | None:
        """Return the addresses of a text in order; None where there is none."""
        addresses = []
        reached = 0
        for scheme in re.finditer(self.re["schema_search"], text, re.IGNORECASE):
            if scheme.start(2) < reached:
                continue
            length = self.test_schema_at(text, scheme[2], scheme.end())
            if length:
                reached = scheme.end() + length
                begin = scheme.start(2)
                addresses.append(Address(begin, reached, text[begin:reached]))
        return addresses or None

    def test_schema_at(self, text: str, name: str, position: int) -> int:
        """Return the length of the address after its scheme; 0 where there is none."""
        # The characters before `//` decide whether an address begins there.
        begin = max(0, position - 3)
        if name == "//" and position > 2 and text[begin] in ":/":
            return 0
        near = text[begin : position + LONGEST]
        rest = ""
        if near.startswith("//", position - begin):
            host = position - begin + 2
            rest = up_to_end(_SPACE.split(near[host:], maxsplit=1)[0])
            near = near[:host] + rest
        length: int = super().test_schema_at(near, name, position - begin)
        if length >= LONGEST:
            return 0
        # The filters must see the host that readers are led to.
        if rest and length and host_behind(rest[: length - 2]) != host_behind(rest):
            return 0
        return length


def install(markdown: MarkdownIt) -> None:
    """Let a parser link addresses, and leave "readme.md" and "i.am" alone."""
    links = Links(options={"fuzzy_link": False, "fuzzy_email": False})

    def linkify(state: StateInline, silent: bool) -> bool:
        place = state.pos
        if state.linkLevel > 0 or not state.src.startswith("://", place, state.posMax):
            return False
        scheme = _SCHEME.search(state.pending[-_LOOK_BACK:])
        # Within a label the pending text is that before the label, and may end like a scheme.
        if scheme is None or not state.src.endswith(scheme[1], 0, place):
            return False
        before = len(scheme[1])
        link = links.match_at_start(state.src[place - before : place + LONGEST + _LOOK_BACK])
        # A star at the end is emphasis.
        address = link.url.rstrip("*") if link is not None else ""
        target = markdown.normalizeLink(address)
        if not address or not markdown.validateLink(target):
            return False
        if not silent:
            state.pending = state.pending[:-before]
            opening = state.push("link_open", "a", 1)
            opening.attrs = {"href": target}
            state.push("text", "", 0).content = markdown.normalizeLinkText(address)
            state.push("link_close", "a", -1)
        state.pos += len(address) - before
        return True

    def linkify_rest(state: StateCore) -> None:
        for block in state.tokens:
            if block.type != "inline" or not links.pretest(block.content):
                continue
            children: list[Token] = []
            before, inside = "", 0
            for token in block.children or ():
                if token.type in ("link_open", "link_close"):
                    inside += token.nesting
                if inside == 0 and token.type == "text" and links.test(token.content):
                    children += _linked(markdown, links, token, escaped=before == "text_special")
                else:
                    children.append(token)
                before = token.type
            block.children = children

    markdown.linkify = links
    markdown.inline.ruler.at("linkify", linkify)
    markdown.core.ruler.at("linkify", linkify_rest)


def _linked(markdown: MarkdownIt, links: Links, token: Token, *, escaped: bool) -> list[Token]:
    """Return the tokens of a text with its addresses linked; an escaped one stays text."""
    text = token.content
    tokens: list[Token] = []
    reached = 0
    for link in links.match(text) or ():
        target = markdown.normalizeLink(link.url)
        if (escaped and link.index == 0) or not markdown.validateLink(target):
            continue
        shown = markdown.normalizeLinkText(link.url)
        tokens += [
            Token("text", "", 0, content=text[reached : link.index]),
            Token("link_open", "a", 1, attrs={"href": target}),
            Token("text", "", 0, content=shown),
            Token("link_close", "a", -1),
        ]
        reached = link.last_index
    return [*tokens, Token("text", "", 0, content=text[reached:])]
