"""A post's id and its page's address have one form, however they are spelled."""

import re
from itertools import product
from unicodedata import normalize
from urllib.parse import quote

import pytest

from moderation.domain.posts import canonical_id, page_address

#: Pieces that could become an escape, a separator or a percent sign when they meet.
PIECES = ["%", "%25", "%2F", "%41", "4", "1", "é", "e\u0301", "?", "&", "%C3", "%A9", "%3F", "F"]


def lowered(path):
    """Escape a path with small hexadecimal digits."""
    return re.sub("%..", lambda escape: escape[0].lower(), quote(path))


@pytest.mark.parametrize(
    "path", ["/café", "/日本/記事-1", "/Ä", "/Foo_(bar)", "/می\u200cخواهم", "/🏟️"]
)
def test_a_path_is_one_id_encoded_or_not_composed_or_not(path):
    spellings = {
        form(letters)
        for letters in (path, normalize("NFD", path))
        for form in (str, quote, lowered, lambda text: quote(text, safe="/()"))
    }

    assert {canonical_id(spelled) for spelled in spellings} == {normalize("NFC", path)}


@pytest.mark.parametrize(
    ("spelled", "other"),
    [
        ("/a%2Fb", "/a/b"),
        ("/a%5Cb", "/a\\b"),
        ("/a%3Fb", "/a?b"),
        ("/a%23b", "/a#b"),
        ("/100%2541", "/100%41"),
        ("/a+b", "/a%20b"),
        ("/a", "/a/"),
        ("/", "/index.html"),
        ("/?p=12", "/?p=1%262"),
        ("/?p=1", "/"),
        ("/?p=a+b", "/?p=a%2Bb"),
        ("/?p=a%3Db", "/?p=a=b"),
        ("/a%00", "/a"),
        ("/a%FF", "/a%FE"),
        ("/A", "/a"),
    ],
)
def test_two_addresses_that_a_server_distinguishes_are_two_ids(spelled, other):
    assert canonical_id(spelled) != canonical_id(other)


@pytest.mark.parametrize(
    ("spelled", "id"),
    [
        ("market-hall", "market-hall"),
        ("100 % & more", "100 % & more"),
        ("/100%25", "/100%"),
        ("/a%2fb", "/a%2Fb"),
        ("/%FF%c3%a9", "/%FFé"),
        ("%ED%A0%80", "%ED%A0%80"),
        ("/%EF%BF%BD", "/%EF%BF%BD"),
        ("/a%C2%85", "/a%C2%85"),
        ("what now?", "what now?"),
        ("/a?fbclid=x", "/a"),
        ("/a?p=1&UTM_Source=mail&%67clid=2&q=%C3%A9", "/a?p=1&q=é"),
        ("nul\0%41", "nul\0%41"),
    ],
)
def test_an_id_has_this_form(spelled, id):
    assert canonical_id(spelled) == id


def test_the_form_of_a_form_is_itself():
    for pieces in product(PIECES, repeat=4):
        once = canonical_id("".join(pieces))

        assert canonical_id(once) == once


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://news.example/a", "https://news.example/a"),
        ("https://news.example/a#top", "https://news.example/a"),
        ("https://news.example/a#?x", "https://news.example/a"),
        ("https://news.example/a?id=3#top", "https://news.example/a?id=3"),
        ("https://news.example/a?fbclid=x&id=3&utm_id=4", "https://news.example/a?id=3"),
        ("https://news.example/a?mc_eid=x", "https://news.example/a"),
        ("https://news.example/a?", "https://news.example/a"),
        ("https://news.example/a?q=fbclid", "https://news.example/a?q=fbclid"),
        ("https://news.example/a?gclidx=1", "https://news.example/a?gclidx=1"),
        ("", ""),
    ],
)
def test_an_address_names_the_page_and_no_reader(url, address):
    assert page_address(url) == address
