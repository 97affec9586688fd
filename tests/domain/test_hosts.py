"""Hosts and origins are kept as browsers send them, and `*.` matches every host below."""

import idna
import pytest

from moderation.domain.hosts import (
    BadAddress,
    ascii_host,
    is_listed,
    origin_of,
    parse_origin,
    service_address,
)


def as_browsers_map(host: str) -> str:
    mapped = idna.uts46_remap(host.removesuffix("."), std3_rules=False, transitional=False)
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode()
        for label in mapped.split(".")
    )


@pytest.mark.parametrize(
    "host",
    [
        "News.Example.",
        "bücher.example",
        "BU\u0308CHER.example",
        "straße.example",
        "STRAẞE.example",
        "σας.example",
        "☕.example",
        "例え。テスト",
        "ｆｕｌｌ.example",
        "новости.укр",
        "صحيفة.example",
        "my_site.example",
        "xn--bcher-kva.example",
    ],
)
def test_a_host_is_written_as_browsers_write_it(host):
    assert ascii_host(host) == as_browsers_map(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a..example",
        "-a.example",
        "a-.example",
        f"{'a' * 64}.example",
        "a." * 127 + "example",
        "ü" * 64,
        "ü" * 100_000,
        "a b.example",
        "a%41.example",
        "\u0301a.example",
        "a\u202eb.example",
        "127.1",
        "1.2.3.256",
        "0x7f.0.0.1",
        "[::g]",
        "[127.0.0.1]",
    ],
)
def test_requests_that_no_browser_makes_are_refused(host):
    with pytest.raises(BadAddress):
        ascii_host(host)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://news.example:443", "https://news.example"),
        ("http://news.example:80/", "http://news.example"),
        ("https://news.example:80", "https://news.example:80"),
        ("http://news.example:08080", "http://news.example:8080"),
        ("HTTPS://News.Example.", "https://news.example"),
        ("  https://news.example.:443/ ", "https://news.example"),
        ("https://zürich.example:8443", "https://xn--zrich-kva.example:8443"),
        ("http://[2001:DB8:0:0::1]:80", "http://[2001:db8::1]"),
        ("http://192.0.2.7", "http://192.0.2.7"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://*.News.Example.:443", "https://*.news.example"),
        ("https://*.bücher.example", "https://*.xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(written, kept):
    assert str(parse_origin(written)) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "null",
        "*",
        "news.example",
        "//news.example",
        "ftp://news.example",
        "https:news.example",
        "https://",
        "https://*",
        "https://*.",
        "https://*.example",
        "https://*.*.news.example",
        "https://www.*.example",
        "https://*news.example",
        "https://*.192.0.2.7",
        "https://*.[::1]",
        "https://news.example/path",
        "https://news.example?",
        "https://news.example#top",
        "https://ann@news.example",
        "https://ann:pw@news.example",
        "https://news.example:0",
        "https://news.example:65536",
        "https://news.example:port",
        "https://news.example\\.evil.example",
        "https://news\n.example",
        "https://news .example",
        "https://a.example,https://b.example",
    ],
)
def test_anything_more_or_less_than_an_origin_is_refused(written):
    with pytest.raises(BadAddress):
        parse_origin(written)


@pytest.mark.parametrize(
    ("origin", "listed"),
    [
        ("https://one.news.example", True),
        ("https://a.b.c.news.example", True),
        ("https://news.example", False),
        ("http://one.news.example", False),
        ("https://one.news.example:8443", False),
        ("https://onenews.example", False),
        ("https://one.news.example.evil.example", False),
        ("https://evil.example/.news.example", False),
        ("https://evil@one.news.example", False),
        ("https://evil.example?.news.example", False),
        ("null", False),
        ("", False),
        ("https://" + "a." * 200_000 + "news.example", False),
        ("http://one.intranet.example:8080", True),
        ("http://one.intranet.example", False),
        ("https://own.example", True),
    ],
)
def test_a_star_matches_every_host_below_and_nothing_else(origin, listed):
    origins = ["https://own.example", "https://*.news.example", "http://*.intranet.example:8080"]

    assert is_listed(origin, origins) is listed
    assert is_listed(origin, frozenset(origins)) is listed


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://News.Example:443/a?b#c", "https://news.example"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example"),
        ("https://ann@news.example/a", "https://news.example"),
        ("https://news.example\\@evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("/a", ""),
    ],
)
def test_the_origin_of_a_page_is_the_one_that_its_browser_sends(url, origin):
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://Comments.Example:443/", "https://comments.example"),
        ("http://bücher.example:8000", "http://xn--bcher-kva.example:8000"),
        ("http://[::0:1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_services_own_address_is_kept_as_browsers_send_it(written, kept):
    assert service_address(written) == kept
