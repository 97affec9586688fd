"""Markdown to HTML: the addresses that become links, and their cost."""

import random
from html import escape

import pytest

from moderation.services.comments.autolinks import LONGEST
from moderation.services.comments.markdown import render
from tests.growth import BOUND, growth, repeated

REL = 'rel="nofollow ugc noopener noreferrer"'


def linked(address, shown=None):
    return f'<a href="{address}" {REL}>{shown or address}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("see https://a.example/x_y_z.", f"see {linked('https://a.example/x_y_z')}."),
        ("*https://a.example/x*", f"<em>{linked('https://a.example/x')}</em>"),
        ("(http://a.example)", f"({linked('http://a.example')})"),
        ("//a.example/x", "//a.example/x"),
        ("*x* mailto:a@b.example", f"<em>x</em> {linked('mailto:a@b.example')}"),
        ("*http://a.com* or //b.example", f"<em>{linked('http://a.com')}</em> or //b.example"),
        ("[x](//a.example) [x](/a)", "[x](//a.example) [x](/a)"),
        ("[x](https:a.example) <http:u@a.b>", "[x](https:a.example) &lt;http:u@a.b&gt;"),
        ("[x](///a.example) [x](https:///a.b)", "[x](///a.example) [x](https:///a.b)"),
        ("[//a.example](https://b.example)", linked("https://b.example", "//a.example")),
        ("\\//a.example", "//a.example"),
        ("xhttps://a.example", "xhttps://a.example"),
        ("a.example and readme.md", "a.example and readme.md"),
        ("javascript://a.example", "javascript://a.example"),
        ("https://localhost/ http://router:80", "https://localhost/ http://router:80"),
        ("<https://router/>", "&lt;https://router/&gt;"),
        ("看https://a.example/b。谢谢！", f"看{linked('https://a.example/b')}。谢谢！"),
        ("（https://a.example）と", f"（{linked('https://a.example')}）と"),
        ("「https://a.example/b」、", f"「{linked('https://a.example/b')}」、"),
        ("https://a.example/b，https://c.example", None),
        ("«https://a.example/b»", f"«{linked('https://a.example/b')}»"),
        ("„https://a.example/b“ ist", f"„{linked('https://a.example/b')}“ ist"),
        ("https://a.example/b’s", f"{linked('https://a.example/b')}’s"),
        ("https://a.example/b…", f"{linked('https://a.example/b')}…"),
        ("https://a.example谢谢", f"{linked('https://a.example')}谢谢"),
    ],
)
def test_addresses_with_a_scheme_become_links(text, html):
    html = html or "，".join(map(linked, text.split("，")))

    assert render(text) == f"<p>{html}</p>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("3. I agree", '<ol start="3"><li>I agree</li></ol>'),
        ("3) I agree", '<ol start="3"><li>I agree</li></ol>'),
        ("0. a\n1. b", '<ol start="0"><li>a</li><li>b</li></ol>'),
        ("2. a\n5. b\n6. c", '<ol start="2"><li>a</li><li value="5">b</li><li>c</li></ol>'),
        ("1. a\n1. b\n1. c", "<ol><li>a</li><li>b</li><li>c</li></ol>"),
        ("2019. What a year.", "<p>2019. What a year.</p>"),
        ("007. Bond", "<p>007. Bond</p>"),
        ("> 3. a\n>    - b", None),
    ],
)
def test_numbers_stay_as_they_were_typed(text, html):
    html = html or '<blockquote><ol start="3"><li>a<ul><li>b</li></ul></li></ol></blockquote>'

    assert render(text).replace("\n", "") == html


@pytest.mark.parametrize(
    "text",
    [
        *(">:( no", ">:-( no", ">_< no", ">= 3 of them", "2*3*4", "sh*t and f*ck", "a**b**c"),
        *("10~~20, 30~~40", "C:\\", "\\\\server\\share", "¯\\_(ツ)_/¯", "<b>b</b> <3 <!-- c -->"),
        *(
            "[a]: x",
            "# no heading",
            "| no | table |",
            "&nosuch; &amp",
            "some_name_here",
            "* * *",
            "--",
        ),
    ],
)
def test_text_that_only_looks_like_markup_stays_text(text):
    assert render(text) == f"<p>{escape(text, quote=False)}</p>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("> quote\nanswer", "<blockquote><p>quote</p></blockquote><p>answer</p>"),
        (
            "> > a\n> b\nc",
            "<blockquote><blockquote><p>a</p></blockquote><p>b</p></blockquote><p>c</p>",
        ),
        ("- > a\n  b", "<ul><li><blockquote><p>a</p></blockquote>b</li></ul>"),
        (">quote\n>:( me", "<blockquote><p>quote</p></blockquote><p>&gt;:( me</p>"),
        ("```python\nx\n```", "<p>python</p><pre><code>x</code></pre>"),
        (
            '[a](https://b.example "c <d>")',
            f"<p>{linked('https://b.example', 'a')} (c &lt;d&gt;)</p>",
        ),
        ("[](https://b.example)", f"<p>{linked('https://b.example')}</p>"),
        ("[\u200b](https://b.example)", None),
        ("这是*重点*内容", "<p>这是<em>重点</em>内容</p>"),
        ("*2* **3**", "<p><em>2</em> <strong>3</strong></p>"),
        ("¯\\\\\\_(ツ)\\_/¯", "<p>¯\\_(ツ)_/¯</p>"),
        ("¯\\\\_(ツ)_/¯", "<p>¯\\_(ツ)_/¯</p>"),
        ("a\\\nb", "<p>a\\<br>b</p>"),
        ("\\*a\\* \\[b]", "<p>*a* [b]</p>"),
    ],
)
def test_markup_hides_nothing(text, html):
    html = html or f"<p>{linked('https://b.example', chr(0x200B) + 'https://b.example')}</p>"

    assert render(text).replace("\n", "") == html


def test_markdown_nested_too_deep_stays_in_its_place():
    deep = "".join(f"{'  ' * n}- level {n}\n" for n in range(8)) + "- outside\n\nbehind"

    html = render(deep).replace("\n", "")

    assert "<li>level 4<br>- level 5<br>- level 6<br>- level 7</li>" in html
    assert html.endswith("<li>outside</li></ul><p>behind</p>")


def test_an_address_longer_than_browsers_take_stays_text():
    fits, longer = (f"https://a.example/{'x' * size}" for size in (LONGEST - 100, LONGEST))

    assert render(fits) == f"<p>{linked(fits)}</p>"
    assert render(longer) == f"<p>{longer}</p>"


@pytest.mark.parametrize("text", ["https[//a.b://x](y)", "https[//a.b://x]", "http[(ftp://a.b](x)"])
def test_a_label_behind_a_scheme_is_rendered(text):
    assert render(text).startswith("<p>http")


NASTY = (
    *("z://[", "://", "http://a/(", "http://a/[", "//a.b/(", "*//a.b*\n", "//a.b ", "mailto:a"),
    *("http://a.b ", "http://", "[", "![", "](", "[a](", "[a](b", "[[a](b)", "*a ", "**a*_b__"),
    *("`a``", "~~a~", "\\", "<", "<a:", "&", "&#1", ">", "> a\n", "- a\n", "  - a\n", "1. ", "- "),
    *("```\n", "\n", "a\n\n", "_", "a@b.c ", '[a]: b "', "[](<", "\u202e\n", "  \n"),
    *(
        "¯\\_(",
        "¯\\\\_(ツ)_/",
        ">:( ",
        ">:(\n",
        "> >= ",
        "2*",
        "a~~1",
        "1. a\n3. a\n",
        "```a\n```\n",
    ),
    *(
        "https://a.b。",
        "https://a.b，",
        "//a。",
        "[](http://a.b)",
        '[](http://a.b "c")',
        "\\\\a",
        "\\\n",
    ),
)


@pytest.mark.parametrize("unit", NASTY)
def test_no_markup_costs_more_than_its_length(unit):
    assert growth(render, repeated(unit)) < BOUND


PARTS = (
    *"[]()!*_~`<>\\&#;:/\"'-+.09a \n",
    *("http", "://", "//", "www.", "a.b", "mailto:", "a@b.c", "&amp;", "](", "\n\n", "\n> ", "- "),
)


@pytest.mark.parametrize("seed", range(2))
def test_no_generated_markup_costs_more_than_its_length(seed):
    chance = random.Random(seed)  # noqa: S311 -- texts, not keys
    slow = {}
    for _ in range(12):
        unit, before, after = (
            "".join(chance.choices(PARTS, k=chance.randint(least, most)))
            for least, most in ((1, 5), (0, 3), (0, 3))
        )
        grown = growth(render, repeated(unit, before, after))
        if grown >= BOUND:
            slow[before, unit, after] = grown

    assert not slow
