"""Text as typed → HTML that is safe on any page, once, when a comment is written."""

import re
from html import unescape

import nh3
from markdown_it import MarkdownIt

from moderation.domain import characters
from moderation.domain.errors import FieldError, Invalid
from moderation.filters.text.linked_addresses import host_behind

from . import autolinks, markdown_rules

_ABSOLUTE = re.compile(r"https?://[^/\\]|mailto:[^/\\]", re.IGNORECASE)


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        """Return whether an address has its scheme written out, and a host that the filters read.

        Browsers read `//a.example`, `///a.example` and `https:a.example` as other sites too, which
        the link filter does not; relative addresses lead elsewhere in each feed and mail; and
        `https://localhost` leads each reader to a machine of their own.
        """
        if _ABSOLUTE.match(url) is None:
            return False
        scheme, _, rest = url.partition(":")
        return scheme.lower() == "mailto" or host_behind(rest[2:]) != ""


# Emphasis, quotes, lists, code and links, which people use when they argue. No headings,
# images or HTML, which would let one comment shout over the others.
_MARKDOWN = (
    _Markdown("zero", {"breaks": True, "linkify": True})
    .enable(["emphasis", "backticks", "blockquote", "list", "fence", "link", "autolink"])
    .enable(["newline", "escape", "entity", "strikethrough", "linkify", "balance_pairs"])
)
markdown_rules.install(_MARKDOWN)
autolinks.install(_MARKDOWN)


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Keep only addresses and the numbers of lists."""
    if tag == "a":
        return value if name in ("href", "rel") else None
    return value if value.isascii() and value.isdigit() and len(value) <= 9 else None


_CLEANER = nh3.Cleaner(
    tags={"p", "br", "em", "strong", "s", "a", "code", "pre", "blockquote", "ul", "ol", "li"},
    attributes={"a": {"href"}, "ol": {"start"}, "li": {"value"}},
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow ugc noopener noreferrer",
)


#: One paragraph without any sign that Markdown, a link or HTML could begin with. A line of
#: its own that begins with a letter is no list, quote or heading.
_PLAIN = re.compile(
    r"[^\W\d_](?:[^\W_]|[ ,;!?()'\u2018-\u201d\u2013\u2014\u2026%\"]|[.:](?=\s|\Z)|(?<=\w)-(?=\w))*"
)


#: A link or an image; one without a label shows its address, which is no comment by itself.
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,2000}\)")
#: Comments of HTML and tags, which readers do not see.
_LEFT_OVER = re.compile(r"&lt;!--(?:(?!--&gt;).){0,200}--&gt;|<[^>]*>", re.DOTALL)


def render_visible(text: str) -> str:
    """Render a comment, or raise Invalid where readers would see only addresses without a label."""
    html = render(text)
    # Nearly every comment begins with a visible letter: no need to look further.
    if text[:1].isalpha() and characters.is_visible(text[:1]):
        return html
    labelled = _LINK.sub(_without_unlabelled, text)
    rest = html if labelled == text else render(labelled)
    if not characters.is_visible(unescape(_LEFT_OVER.sub("", rest))):
        wrong = FieldError("#/text", "Must have a visible character.")
        raise Invalid("This text has no visible characters. Write a word.", errors=(wrong,))
    return html


def _without_unlabelled(link: re.Match[str]) -> str:
    return link[0] if characters.is_visible(unescape(link[1])) else ""


def render(text: str) -> str:
    """Render the Markdown that comments may use and sanitise the outcome."""
    if _PLAIN.fullmatch(text) and "www" not in text:
        # Nine comments out of ten; the parser would render the same.
        return f"<p>{text.rstrip(' ')}</p>"
    html = markdown_rules.faces_shown(
        _CLEANER.clean(_MARKDOWN.render(markdown_rules.faces_hidden(text)))
    )
    # Entities can spell characters that `paragraphs` has removed from the text.
    return characters.paragraphs(html).strip()


def sanitise(html: str) -> str:
    """Return HTML of another store with only what comments may use; ours stays as it is."""
    return characters.paragraphs(_CLEANER.clean(html)).strip()
