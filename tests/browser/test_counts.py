"""Badges with counts, however the script is loaded and whenever they come."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import let_pass

pytestmark = pytest.mark.browser

SCRIPT = '<script type="module" src="widget/counts.js" data-site="demo"></script>'


@pytest.fixture
def asked(page):
    """The posts of each request for counts."""
    found = []

    def note(request):
        parts = urlsplit(request.url)
        if parts.path.endswith("/counts"):
            found.append([post for _, post in parse_qsl(parts.query)])

    page.on("request", note)
    return found


@pytest.mark.parametrize("form", ["//{host}", "HTTP://{host}", "http://{host}/x/.."])
def test_the_scripts_address_may_be_written_in_any_way(host_page, page, service, form):
    service.comment("One for the hall.")
    src = form.format(host=urlsplit(service.url).netloc) + "/widget/counts.js"

    host_page(
        "/u",
        '<b data-comment-count="market-hall"></b>'
        f'<script type="module" src="{src}" data-site="demo"></script>',
    )

    expect(page.locator("b")).to_have_text("1")


def test_a_relative_address_on_the_services_own_host_works(page, service):
    service.comment("One for the hall.")
    page.route(
        "**/here.html",
        lambda route: route.fulfill(
            body='<b data-comment-count="market-hall"></b>'
            '<script type="module" src="widget/counts.js" data-site="demo"></script>',
            content_type="text/html",
        ),
    )

    page.goto(f"{service.url}/here.html")

    expect(page.locator("b")).to_have_text("1")


@pytest.mark.parametrize(
    "body",
    [
        '<b data-site="demo" data-comment-count="market-hall"></b>',
        '<div data-site="demo"><b data-comment-count="market-hall"></b></div>',
        '<b data-comment-count="market-hall"></b><script data-site="demo" type="x"></script>',
    ],
)
def test_a_bundle_may_import_it(host_page, page, service, body):
    service.comment("One for the hall.")

    host_page(
        "/u", f'{body}<script type="module">import("{service.url}/widget/counts.js")</script>'
    )

    expect(page.locator("b")).to_have_text("1")


def test_two_sites_on_one_page_keep_apart(host_page, page, service):
    service.comment("One for the hall.")
    other = '<script type="module" src="widget/counts.js" data-site="weekly"></script>'
    page.route(
        "**/sites/weekly/counts?*",
        lambda route: route.fulfill(
            json={"counts": {"market-hall": 7}}, headers={"Access-Control-Allow-Origin": "*"}
        ),
    )

    host_page(
        "/u",
        '<b data-site="demo" data-comment-count="market-hall"></b>'
        f'<i data-site="weekly" data-comment-count="market-hall"></i>{SCRIPT}{other}',
    )

    expect(page.locator("b")).to_have_text("1")
    expect(page.locator("i")).to_have_text("7")


def test_badges_that_come_later_share_a_request_and_known_ones_need_none(
    host_page, page, service, asked
):
    service.comment("One for the hall.")
    host_page("/u", f'<b data-comment-count="market-hall"></b>{SCRIPT}')
    expect(page.locator("b")).to_have_text("1")

    page.evaluate(
        """async () => {
          for (const post of ["market-hall", "late", "later"]) {
            const badge = document.createElement("b")
            badge.dataset.commentCount = post
            document.body.append(badge)
            await null
          }
        }"""
    )

    expect(page.locator("b")).to_have_text(["1", "1", "0", "0"])
    assert asked == [["market-hall"], ["late", "later"]]


def test_a_badge_that_gets_another_post_gets_its_count(host_page, page, service):
    service.comment("One for the hall.")
    host_page("/u", f'<b data-comment-count="other"></b>{SCRIPT}')
    expect(page.locator("b")).to_have_text("0")

    page.evaluate("document.querySelector('b').dataset.commentCount = 'market-hall'")

    expect(page.locator("b")).to_have_text("1")


def test_refresh_counts_anew(host_page, page, service):
    host_page("/u", f'<b data-comment-count="market-hall"></b>{SCRIPT}')
    expect(page.locator("b")).to_have_text("0")
    service.comment("One for the hall.")

    page.evaluate(f"import('{service.url}/widget/counts.js').then((counts) => counts.refresh())")

    expect(page.locator("b")).to_have_text("1")


def test_no_request_asks_for_more_than_a_hundred_or_is_too_long_for_a_proxy(host_page, page, asked):
    posts = [f"/2026/post-{n}" for n in range(250)] + [f"/{'市場' * 40}/{n}" for n in range(40)]
    badges = "".join(f'<b data-comment-count="{post}"></b>' for post in posts)
    lengths = []
    page.on("request", lambda r: lengths.append(len(r.url)) if "/counts?" in r.url else None)

    host_page("/u", badges + SCRIPT)

    expect(page.locator("b").last).to_have_text("0")
    expect(page.locator("b:empty")).to_have_count(0)
    assert [len(group) for group in asked[:2]] == [100, 100]
    assert max(lengths) < 8000
    assert [post for group in asked for post in group] == posts


def test_an_empty_badge_or_one_too_many_letters_long_empties_no_other(host_page, page, service):
    service.comment("One for the hall.")

    host_page(
        "/u",
        '<i data-comment-count></i><i data-comment-count=""></i>'
        f'<b data-comment-count="{"x" * 600}"></b><b data-comment-count="market-hall"></b>{SCRIPT}',
    )

    expect(page.locator("b")).to_have_text(["0", "1"])
    expect(page.locator("i")).to_have_text(["", ""])


@pytest.mark.parametrize(
    ("lang", "words", "texts"),
    [
        ("en", 'data-one="{n} comment" data-other="{n} comments"', ["1 comment", "2 comments"]),
        ("en", 'data-one="One comment" data-other="{n}"', ["One comment", "2"]),
        (
            "uk",
            'data-one="{n} допис" data-few="{n} дописи" data-other="?"',
            ["1 допис", "2 дописи"],
        ),
        ("ja", 'data-other="コメント{n}件"', ["コメント1件", "コメント2件"]),
        ("no such language", 'data-other="{n} comments"', ["1", "2"]),
        ("", 'data-one="one" data-other="many"', ["one", "many"]),
    ],
)
def test_words_follow_the_plural_of_the_pages_language(
    host_page, page, service, lang, words, texts
):
    service.comment("One for the hall.")
    for text in ("One for the roof.", "And one for the lantern."):
        service.call("/sites/demo/posts/roof/comments", {"author": {"name": "Ada"}, "text": text})
    badges = (
        f'<b lang="{lang}" data-comment-count="{post}" {words}></b>'
        for post in ("market-hall", "roof")
    )

    host_page("/u", "".join(badges) + SCRIPT)

    expect(page.locator("b")).to_have_text(texts)


def test_a_count_of_none_has_words_of_its_own_where_the_page_gives_them(host_page, page):
    host_page(
        "/u",
        '<b data-comment-count="a" data-zero="Be the first" data-other="{n} comments"></b>'
        f'<b data-comment-count="a" data-other="{{n}} comments"></b>{SCRIPT}',
    )

    expect(page.locator("b")).to_have_text(["Be the first", "0 comments"])


def test_spellings_of_one_post_have_one_count(host_page, page, service):
    service.call(
        "/sites/demo/posts/%2Fcaf%C3%A9/comments", {"author": {"name": "Ada"}, "text": "One."}
    )

    host_page(
        "/u",
        '<b data-comment-count="/café"></b><b data-comment-count="/caf%C3%A9"></b>'
        f'<b data-comment-count="/cafe\u0301"></b>{SCRIPT}',
    )

    expect(page.locator("b")).to_have_text(["1", "1", "1"])


def test_an_integration_error_is_in_the_console_once_and_is_not_requested_again(
    host_page, page, asked
):
    with page.expect_console_message(lambda m: "site add demmo" in m.text):
        host_page("/u", f'<b data-comment-count="a"></b>{SCRIPT.replace("demo", "demmo")}')
    with page.expect_console_message(lambda m: "site add demmo" in m.text):
        page.reload()
    page.evaluate("document.body.append('more')")
    let_pass(page, 200)

    assert len(asked) == 2
    assert page.locator("b").inner_text() == ""
    ours = [text for text in page.complaints if re.match("comments:", text)]
    assert len(ours) == 2
    page.complaints.clear()
