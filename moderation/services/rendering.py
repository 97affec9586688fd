"""Text as typed → HTML that is safe on any page, once, when a comment is written."""

import re

import nh3
from markdown_it import MarkdownIt

from . import linkify

_ABSOLUTE = re.compile(r"https?://[^/\\]|mailto:[^/\\]", re.IGNORECASE)


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Return whether an address has its scheme and its host written out.

        Browsers read `//a.example`, `///a.example` and `https:a.example` as other sites too, which
        the link filter does not; and what is relative leads elsewhere in each feed and mail.
        """
        return _ABSOLUTE.match(url) is not None


# Emphasis, quotes, lists, code and links: what people use when they argue. No headings,
# images or HTML, which would let one comment shout over the others.
_MARKDOWN = (
    _Markdown("zero", {"breaks": True, "linkify": True, "maxNesting": 12})
    .enable(["emphasis", "backticks", "blockquote", "list", "fence", "link", "autolink"])
    .enable(["newline", "escape", "entity", "strikethrough", "linkify", "balance_pairs"])
)
linkify.install(_MARKDOWN)

_CLEANER = nh3.Cleaner(
    tags={"p", "br", "em", "strong", "s", "a", "code", "pre", "blockquote", "ul", "ol", "li"},
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow ugc noopener noreferrer",
)


#: One paragraph without any sign that Markdown, a link or HTML could begin with. A line of
#: its own that begins with a letter is no list, quote or heading.
_PLAIN = re.compile(
    r"[^\W\d_](?:[^\W_]|[ ,;!?()'\u2018-\u201d\u2013\u2014\u2026%\"]|[.:](?=\s|\Z)|(?<=\w)-(?=\w))*"
)


def render(text: str) -> str:
    """Render the Markdown that comments may use and sanitise the outcome."""
    if _PLAIN.fullmatch(text) and "www" not in text:
        # Nine comments out of ten; the long way would lead to the same.
        return f"<p>{text.rstrip(' ')}</p>"
    return _CLEANER.clean(_MARKDOWN.render(text)).strip()
