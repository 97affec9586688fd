"""Every typed text can be read on the page, and its links lead where the filters see them lead."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

from hypothesis import example, given
from hypothesis import strategies as st

from moderation.filters.links import hosts
from moderation.filters.text.document import Text
from moderation.filters.text.urls import host_of
from moderation.services.comments.markdown import render

from .conftest import bounded
from .test_markdown import hrefs

BEFORE = (
    *("", "> ", ">", ">> ", "- ", "* ", "+ ", "  - ", "    - ", "      ", "\t", "1. ", "2) "),
    *(
        "31. ",
        "12345. ",
        "007. ",
        "```",
        "~~~",
        "``` ",
        "# ",
        "[x]: ",
        "| ",
        "> - ",
        "- > ",
        ">:( ",
    ),
    *(
        "<",
        "<!-- ",
        "</",
        "![",
        "[",
        "[[",
        "`",
        "**",
        "_",
        "~~",
        "\\",
        "&",
        "&amp;",
        "¯\\_(ツ)_/¯ ",
    ),
    *(
        "[](",
        "[ ](",
        "[x](",
        "https://a.example/",
        '[x](https://a.example "',
        "<http:",
        ":",
        "*",
        "=",
    ),
)
AFTER = (
    *("", "\n", "\n\n", "\n\n\n", " ", "  \n", "\\\n", "\n===\n", "\n---\n", "\n```\n", "\n~~~\n"),
    *("](https://b.example)", '](https://b.example "x")', ")", '")', "]", "]:", "](x)", "]()", "`"),
    *("**", "*", "_", "__", "~~", ">", " -->", "/>", ";", "\\", "|", "\n|---|---|\n", "*7*", ":"),
)
#: Words that are found again, each between signs that may be markup.
TYPED = st.lists(st.tuples(st.sampled_from(BEFORE), st.sampled_from(AFTER)), max_size=24).map(
    lambda signs: "".join(f"{a}wort{n}x{b}" for n, (a, b) in enumerate(signs))
)
NESTED = st.lists(st.sampled_from(["> ", "- ", "1. ", "  ", "+ "]), min_size=8, max_size=40).map(
    lambda signs: "".join(signs) + "wort0x\nwort1x"
)


class Page(HTMLParser):
    """The visible content of a page: texts, the numbers of lists, and the targets of links."""

    def __init__(self, html):
        super().__init__()
        self.parts = []
        self.lists = []
        self.feed(html)
        self.close()

    @property
    def text(self):
        return "".join(self.parts)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in ("ol", "ul"):
            self.lists.append(int(given.get("start", 1)) if tag == "ol" else None)
        elif tag == "li" and self.lists[-1] is not None:
            number = int(given.get("value", self.lists[-1]))
            self.lists[-1] = number + 1
            self.parts.append(f"{number}. ")
        elif "href" in given:
            self.parts.append(f" {unquote(given['href'])} ")

    def handle_endtag(self, tag):
        if tag in ("ol", "ul"):
            self.lists.pop()

    def handle_data(self, data):
        self.parts.append(data)


@bounded(500)
@given(TYPED | NESTED)
@example("> " * 12 + "wort0x")
@example("".join(f"{' ' * 2 * n}- wort{n}x\n" for n in range(20)) + "- wort20x")
@example("> - > - > - > - > - > - > wort0x\n\nwort1x")
@example("[wort0x]: https://a.example 'wort1x'\n[wort0x]: https://b.example\n\n[wort0x][]")
@example("```wort0x wort1x\nwort2x\n```\n~~~wort3x")
@example('[](https://a.example/wort0x) [ ](https://a.example/wort1x "wort2x")')
@example("> [!WARNING]\n> wort0x")
def test_every_word_that_was_typed_is_on_the_page(text):
    shown = Page(render(text)).text

    for word in re.findall(r"wort\d+x", text):
        assert word in shown, (text, shown)
    for alert in re.findall(r"\[!([A-Z]+)\]", text):
        assert alert in shown


@bounded(200)
@given(
    st.lists(st.integers(0, 2_000_000_000), min_size=1, max_size=6),
    st.sampled_from([". ", ") "]),
    st.sampled_from(["", "> ", "- ", "   "]),
)
@example([3], ". ", "")
@example([2019], ". ", "")
@example([1, 3, 7], ". ", "")
@example([998, 999, 1000, 5], ") ", "> ")
def test_every_number_that_begins_a_line_is_on_the_page(numbers, sign, before):
    text = "\n".join(f"{before}{number}{sign}point" for number in numbers)

    shown = Page(render(text)).text

    if len(set(numbers)) > 1 or len(numbers) == 1:
        for number in numbers:
            assert re.search(rf"(?<!\d){number}(?!\d)", shown), (text, shown)


HOSTS = (
    "evil.example",
    "a.evil.example",
    "EVIL.Example",
    "bücher.example",
    "例え.テスト",
    "1.2.3.4",
)
BETWEEN = (
    *"。，、！？：；「」『』（）【】《》…・．｡＠／＃“”„‘’«»‹›¡¿·!$&=+~^|,;'()[]{}*_-–—",
    *(
        "。evil2.example",
        "．evil2.example",
        "@evil2.example",
        "，https://evil2.example",
        "%2e",
        "谢谢",
    ),
    *(
        "&#12290;evil2.example",
        "&copy;evil2.example",
        "\\。evil2.example",
        "!x.com",
        ":80",
        ":80。",
    ),
    *(
        "谢谢",
        ":80。",
        "/",
        "/a",
        "?q=",
        "#f",
        "/a。谢谢",
        "/(a)",
        "/“",
        "@",
        "\u200b",
        "\u0301",
        "x" * 60,
    ),
)
LINKED = st.builds(
    lambda before, scheme, parts, after: before + scheme + "".join(parts) + after,
    st.sampled_from(
        ["", "请看", "«", "“", "<", "[x](", "**", "> ", "\u202e", "https://good.example/"]
    ),
    st.sampled_from(["https://", "http://", "HTTPS://", "https:\\/\\/", "ht&#116;ps://"]),
    st.lists(st.sampled_from(HOSTS + BETWEEN), min_size=1, max_size=6),
    st.sampled_from(["", ">", ")", "”", " more", "。"]),
)


def host_that_opens(href):
    """Return the host that a browser opens; empty where there is none."""
    found = re.match(r"https?://([^/\\?#]*)", href, re.IGNORECASE)
    return host_of(unquote(found[1])) if found else ""


@bounded(600)
@given(LINKED)
@example("https://evil.example。thanks")
@example("https://evil.example．com")
@example("https://evil.example!x.com")
@example("https://evil.example," + "x" * 60 + "@good.example")
@example("https://evil.example&#12290;com")
@example("<https://evil.example、>")
def test_every_link_on_the_page_leads_where_the_filters_see_it_lead(text):
    html = render(text)

    seen = set(hosts(Text(text)))
    for href in hrefs(html):
        host = host_that_opens(href)
        assert not host or host in seen, (text, html, seen)
