"""Markdown to HTML: which addresses become links, and at what cost."""

import random

import pytest

from moderation.services.linkify import LONGEST
from moderation.services.rendering import render
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
    ],
)
def test_addresses_with_a_scheme_become_links(text, html):
    assert render(text) == f"<p>{html}</p>"


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
