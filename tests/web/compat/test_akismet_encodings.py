"""Texts of old blogs, and of clients that put a byte order mark before the body."""

from urllib.parse import quote_from_bytes

import pytest

from moderation.web.compat.akismet_request import _charset
from tests.conftest import one_store

from .conftest import BLOG

BANNED = "сыр"


@pytest.fixture
def check(client, key, change_site):
    """Send a form of bytes about a text with a word that the site blocks."""
    change_site(settings={"block_words": [BANNED]})

    def send(text: bytes, charset: str) -> bytes:
        form = f"api_key={key}&blog={BLOG}&user_ip=&blog_charset={charset}&comment_content="
        body = form.encode() + quote_from_bytes(text).encode()
        return client.post("/1.1/comment-check", data=body).data

    return send


@one_store
@pytest.mark.parametrize("charset", ["windows-1251", "KOI8-R", "iso-8859-5", "ISO-8859-5"])
def test_a_text_is_read_in_the_encoding_that_the_blog_names(check, charset):
    assert check(f"Вот {BANNED} здесь".encode(charset), charset) == b"true"
    assert check("Вот хлеб здесь".encode(charset), charset) == b"false"


@one_store
@pytest.mark.parametrize("charset", ["windows-1251", "UTF-8", "", "no-such", "rot13", "utf-7"])
def test_utf8_is_read_as_such_whatever_the_blog_names(check, charset):
    assert check(f"Вот {BANNED} здесь".encode(), charset) == b"true"


NAMES = (
    *(f"iso-8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
    *(f"windows-125{part}" for part in range(9)),
    *("cp1252", "koi8-u", "Shift_JIS", "EUC-JP", "euc-kr", "gb2312", "GBK", "gb18030", "big5"),
)
STRANGE = ("iso-8859-12", "utf-16", "idna", "hex", "zlib", "x" * 5000, "%00")


@pytest.mark.parametrize("name", NAMES)
def test_an_encoding_that_is_taken_from_a_request_exists(name):
    assert _charset(name.encode()) == name.lower()
    assert "x".encode(_charset(name.encode())) == b"x"


@pytest.mark.parametrize("name", STRANGE)
def test_any_other_name_counts_as_latin1(name):
    assert _charset(name.encode()) == "latin-1"


@one_store
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_byte_order_mark_before_the_body_is_no_part_of_it(client, key, kind):
    body = {
        "application/json": f'{{"api_key": "{key}", "blog": "{BLOG}"}}',
        "application/x-www-form-urlencoded": f"api_key={key}&blog={BLOG}",
    }[kind]

    answer = client.post("/1.1/verify-key", data=b"\xef\xbb\xbf" + body.encode(), content_type=kind)

    assert answer.data == b"valid"
