"""Unusual Markdown: its HTML is safe, and the filters see its links."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

from hypothesis import example, given
from hypothesis import strategies as st

from moderation.filters.links import hosts
from moderation.filters.text.document import Text
from moderation.services.comments.markdown import render

from .conftest import bounded

HOST = "evil.example"
PIECES = (
    *("[", "]", "(", ")", "](", "<", ">", "!", "*", "_", "~~", "`", "``", "```\n", "\\", "&", "|"),
    *("\n", "\n\n", "\n    ", "> ", "- ", "1. ", "# ", " ", "\t", "\0", "\u202e", "\u200b", "\xad"),
    *("[x](", "[x](<", "[x]: ", "[x]", ' "title")', "![x](", "<a href=", "</a>", "<b>", "<!--"),
    *("javascript:", "JaVaScRiPt&colon;", "data:text/html,", "vbscript:", "&#106;", "&Tab;", "%0a"),
    *("<script>", "</script>", "<svg/onload=", "<img src=x onerror=", "<style>", "<math>", "'\""),
    *("http", "https", "ftp", "mailto", ":", "//", "/", "\\\\", "@", "?", "#", "://", "https://"),
    *("http:/\\", "http:", "////", "www.", HOST, "EVIL.EXAMPLE", "evil%2eexample", "ｅvil.example"),
    *("evil。example", "user@", ":80", "/path", "[x](//", "<https://", "a@b.example", "text", "é"),
)
#: Characters that JSON and forms can carry: neither has lone surrogates.
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
MARKUP = st.lists(st.sampled_from(PIECES), max_size=16).map("".join)
#: A link of each kind, with its address spelt in a way of its own.
SPELT = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "see ", "*", "> ", "- ", "x", "[y](z) ", "`a` "]),
        st.sampled_from(["", "[x](", "[x](<", "<", "[x]( ", "[https://good.example](", "![x]("]),
        st.sampled_from(["http", "https", "HTTP", "hTTps", "", "ht&#116;p", "h&#x74;tps"]),
        st.sampled_from(["://", ":/", ":", "//", "///", "////", ":///", ":////", "&colon;//"]),
        st.sampled_from(
            ["", "user@", "user:secret@", "good.example@", "www.", "a.b.", "%77%77%77."]
        ),
        st.sampled_from(
            [HOST, "EVIL.example", "evil%2Eexample", "evil&#46;example", "evil。example"]
        ),
        st.sampled_from(["", ":80", "/", "/path", "?q", "#f", ".", "/(a)", ":"]),
        st.sampled_from(["", ")", ">)", ">", " )", ' "t")', "*", " and more"]),
    ),
)


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.seen = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def hrefs(html):
    return [attrs["href"] for tag, attrs in Tags(html).seen if "href" in attrs]


def host_in_browser(href):
    """The host to which a browser goes, on a page over HTTP or over HTTPS; empty for none."""
    found = re.match(r"(?:https?:[/\\]*|[/\\]{2,})([^/\\?#]*)", href, re.IGNORECASE)
    if found is None:
        return ""
    host = unquote(found[1].rpartition("@")[2]).partition(":")[0]
    return host.lower().replace("。", ".").rstrip(".")


MAY_HAVE = {"a": {"href", "rel"}, "ol": {"start"}, "li": {"value"}}
ALLOWED = {"p", "br", "em", "strong", "s", "a", "code", "pre", "blockquote", "ul", "ol", "li"}


@bounded(250)
@given(MARKUP | SPELT | ANYTHING)
def test_no_text_renders_to_more_than_tags_and_addresses_that_are_allowed(text):
    html = render(text)

    for tag, attrs in Tags(html).seen:
        assert tag in ALLOWED
        assert attrs.keys() <= MAY_HAVE.get(tag, set())
        assert all(attrs[name].isdigit() for name in attrs.keys() & {"start", "value"})
    for href in hrefs(html):
        assert re.match(r"https?://[^/]|mailto:", href, re.IGNORECASE), href
        assert not re.search(r"[\s\0-\x1f\\]", href)


@bounded(250)
@given(MARKUP | SPELT | ANYTHING)
def test_rendered_html_is_sanitised_already(text):
    from moderation.services.comments.markdown import _CLEANER

    html = render(text)

    assert _CLEANER.clean(html) == html


@bounded(400)
@given(MARKUP | SPELT)
@example("see //evil.example/path")
@example("[x](///evil.example) <http:user@evil.example>")
@example("https://[https://evil.example")
@example("https:////https://evil.example")
@example("\u202e<https://evil.example")
def test_a_host_that_a_rendered_link_leads_to_is_one_that_the_link_filter_sees(text):
    linked = {host_in_browser(href) for href in hrefs(render(text))}

    for host in linked:
        if host == HOST or host.endswith(f".{HOST}"):
            assert host in set(hosts(Text(text))), (text, host)
