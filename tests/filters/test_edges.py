"""Rules that no case file shows: the edges of single functions."""

import runpy
import sys

import pytest
from publicsuffixlist import PublicSuffixList

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.domain.reasons import Code
from moderation.filters import links
from moderation.filters.links import LinksFilter
from moderation.filters.personal_data import filter as personal_data
from moderation.filters.profanity.filter import find
from moderation.filters.profanity.lexicon import Lexicon
from moderation.filters.text import urls
from moderation.filters.text.document import Text


def words(text):
    view = Text(text)
    return [text[slice(*view.span(hit.begin, hit.end))] for hit in find(view)]


def test_an_empty_list_finds_nothing():
    assert Lexicon([]).hits("anything") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He kicked my ass.", ["ass"]),
        ("scunthorpeunited", []),
        ("cuntscunthorpe", ["cunts"]),
        ("shittakes and shitshittake", ["shits"]),
        ("fф\u0441ck", []),
        ("the ѕһіt here", ["ѕһіt"]),
        ("f.#!4.c...........k", []),
        ("w a n . . . . . . . . . . . . . . . . . . . . . . . . . k", []),
        ("fu ck you", ["fu ck"]),
        ("q.4.c.k s.h.1.t", ["s.h.1.t"]),
        ("x5hit4y", []),
        ("5h1t99", []),
        ("fuck " * 100 + "nigger", ["fuck"] * 64 + ["nigger"]),
        ("f*ck " * 100, ["f*ck"] * 64),
        ("ass " * 3, []),
        ("a$$ " * 100, ["a$$"] * 64),
        ("xa$$", []),
        ("motherfucker", ["motherfucker"]),
        ("blow job", ["blow job"]),
        ("K O C K", ["K O C K"]),
        ("ѕħīť", ["ѕħīť"]),
        ("p.0.r.n", ["p.0.r.n"]),
    ],
)
def test_hits_are_where_they_are_meant(text, found):
    assert words(text) == found


def test_a_text_of_nothing_but_links_is_read_up_to_a_bound():
    many = Text("[x](http://a.com) " * 300)

    assert len(many.links) == urls.MAX_LINKS
    assert len(Text("http://a.com " * 300).links) == urls.MAX_LINKS
    assert list(links.hosts(many)) == ["a.com"]


@pytest.mark.parametrize(
    "address", ["xn--", "xn--\x80.com", "\u0378.com", "a..b.com", "é" * 70 + ".de"]
)
def test_a_broken_address_is_no_error(address):
    assert urls.host_of(address) is not None
    assert len(Text(f"http://{address}/ and [x](http://{address})").links) <= 2


def test_an_impossible_address_is_no_link():
    assert Text("[x](http://nowhere) and http://nothing and www.nothing.zzzz").links == ()


def test_an_address_within_another_is_read_once():
    shown = Text("[http://a.example.com](http://b.example.com/x) and www.a.example.com")

    assert [link.host for link in shown.links] == ["b.example.com", "www.a.example.com"]


def test_rules_of_endings_are_those_of_the_library():
    whole, ours = PublicSuffixList(), urls._suffixes()

    assert ours._publicsuffix == whole._publicsuffix
    assert ours._maxlabel == whole._maxlabel


def test_a_broken_punycode_name_pretends_nothing():
    assert [link.pretends for link in Text("http://xn--99999999999.com").links] == [""]


def test_a_blocked_website_refuses_a_comment_with_any_text():
    draft = Draft("Hello", author_website="https://shop.bad.example/x")
    rules = Rules(blocked_domains=frozenset({"bad.example"}))

    signal = LinksFilter().check(Text(draft.text), draft, Facts(), rules).signals[0]

    assert (signal.code, signal.field) == (Code.BLOCKED_LINK, "author.website")


def test_an_account_number_has_a_length():
    assert not personal_data.iban("DE89")
    assert personal_data.iban("DE89 3704 0044 0532 0130 00")


@pytest.mark.parametrize("text", ["Sure: 555-010-4477.", "Sure: 0170 5550104"])
def test_a_grouped_number_is_a_phone_s(text):
    assert [kind for kind, _, _ in personal_data.find(Text(text))] == ["a phone number"]


def test_the_table_of_letters_can_be_built_by_a_program(tmp_path, monkeypatch):
    source, target = tmp_path / "confusables.txt", tmp_path / "out"
    source.write_text("# Version: 1.0.0\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["build", str(source), str(target)])
    monkeypatch.delitem(sys.modules, "scripts.build_letters", raising=False)

    runpy.run_module("scripts.build_letters", run_name="__main__")

    assert target.stat().st_size > 0
