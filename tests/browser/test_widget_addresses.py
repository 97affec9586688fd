"""The post and the address that the widget sends for a page, and the targets of its links."""

import re
from unicodedata import normalize
from urllib.parse import quote, unquote, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name

pytestmark = pytest.mark.browser

EMBED = '<script type="module" src="widget/embed.js" data-site="demo"></script>'


@pytest.fixture
def asked(page):
    """The posts whose threads the page has asked for."""
    found = []

    def note(request):
        match = re.search(r"/posts/([^/]+)/comments", request.url)
        if match and request.method == "GET":
            found.append(unquote(match[1]))

    page.on("request", note)
    return found


def post_comment(page, text):
    form = page.locator("comment-thread form").first
    form.get_by_role("textbox").first.fill(text)
    give_name(form, "Ada")
    form.get_by_role("button", name="Post comment").click()
    expect(page.locator("comment-thread article").first).to_contain_text(text)


@pytest.mark.parametrize(
    ("canonical", "post"),
    [
        ("https://ferry-lane.example/?p=12", "/?p=12"),
        ("https://ferry-lane.example/index.php?id=3&amp;lang=de#top", "/index.php?id=3&lang=de"),
        ("https://ferry-lane.example/caf%C3%A9", "/café"),
        ("https://ferry-lane.example/" + quote(normalize("NFD", "étage")), "/étage"),
        ("https://ferry-lane.example/a%2Fb%2541+c", "/a%2Fb%2541+c"),
        ("https://ferry-lane.example/%FF", "/%FF"),
        ("/relative/", "/relative/"),
        ("", "/u"),
        ("http://", "/u"),
    ],
)
def test_a_page_is_the_post_that_its_canonical_link_names(host_page, page, asked, canonical, post):
    host_page("/u?fbclid=x#y", EMBED, head=f'<link rel="Alternate CANONICAL" href="{canonical}">')

    expect(page.locator("comment-thread").get_by_role("heading")).to_have_text("Comments")
    assert asked == [post]


def test_without_a_canonical_link_it_is_the_path_alone(host_page, page, asked):
    host_page("/caf%c3%a9?fbclid=SECRET&p=1#z", EMBED)

    expect(page.locator("comment-thread").get_by_role("heading")).to_have_text("Comments")
    assert asked == ["/café"]


def test_click_ids_of_a_reader_are_neither_sent_nor_linked(host_page, page, service):
    sent = []
    page.on("request", lambda r: sent.append(r.post_data_json) if r.method == "POST" else None)
    host_page("/u?fbclid=SECRET&ref=me#comments", EMBED)
    origin = "://".join(urlsplit(page.url)[:2])

    post_comment(page, "The levy was meant for the roof.")

    assert [body["post"]["url"] for body in sent] == [f"{origin}/u"]
    link = page.locator("comment-thread article header a").first
    assert re.fullmatch(rf"{origin}/u#comment-[\da-f-]{{36}}", link.get_attribute("href"))
    # Following it leaves the reader on the page that is open.
    page.evaluate("window.open_still = true")
    link.click()
    expect(page.locator("comment-thread article.marked")).to_be_visible()
    assert page.evaluate("window.open_still")
    assert "?fbclid=SECRET&ref=me#comment-" in page.url


def test_tokens_that_an_earlier_release_kept_for_an_encoded_path_are_found(
    host_page, page, service
):
    made = service.call(
        f"/sites/demo/posts/{quote('/café', safe='')}/comments",
        {"author": {"name": "Ada"}, "text": "Sent before the upgrade."},
    )
    host_page("/empty", "")
    page.evaluate(
        "([id, token]) => localStorage['comments:tokens:demo//caf%C3%A9'] ="
        " JSON.stringify({ [id]: token })",
        [made["comment"]["id"], made["edit_token"]],
    )

    host_page("/caf%C3%A9", EMBED)

    mine = page.locator("comment-thread article")
    expect(mine.get_by_role("button", name="Delete")).to_be_visible()


# `#comments`

TALL = "<p style='height: 4000px'>An article.</p>"


def in_view(page, locator):
    expect(locator.get_by_role("heading")).to_be_visible()
    expect(locator).to_be_in_viewport()


@pytest.mark.parametrize("element", [EMBED, '<comment-thread site="demo"></comment-thread>'])
def test_a_link_to_comments_leads_to_the_thread_and_loads_it(host_page, page, element):
    script = '<script type="module" src="widget/embed.js"></script>'
    host_page("/u#comments", f"{TALL}{element}{script}<p style='height: 2000px'>")

    in_view(page, page.locator("comment-thread"))
    box = page.locator("comment-thread").bounding_box()
    assert abs(box["y"]) < 5


def test_a_link_on_the_page_leads_there_however_often(host_page, page):
    host_page("/u", f"<a href='#comments'>12 comments</a>{TALL}{EMBED}")
    thread = page.locator("comment-thread")
    expect(thread.get_by_role("heading")).to_have_count(0)

    for _ in range(2):
        page.get_by_text("12 comments").click()
        in_view(page, thread)
        page.evaluate("scrollTo(0, 0)")


def test_of_several_threads_the_first_is_meant(host_page, page, asked):
    threads = "".join(
        f"{TALL}<comment-thread site='demo' post='{n}'></comment-thread>" for n in ("one", "two")
    )
    host_page("/u", f'{threads}<script type="module" src="widget/embed.js"></script>')

    page.evaluate("location.hash = '#comments'")

    in_view(page, page.locator("comment-thread").first)
    assert asked == ["one"]


def test_a_place_of_the_pages_own_is_left_alone(host_page, page):
    host_page("/u#comments", f"{TALL}<div id='comments'><h1>Talk</h1>{EMBED}</div>{TALL}")

    expect(page.locator("comment-thread").get_by_role("heading")).to_be_visible()
    expect(page.locator("h1")).to_be_in_viewport()
    assert page.locator("#comments").count() == 1


def test_a_link_to_one_comment_that_is_followed_later_loads_the_thread(host_page, page, service):
    made = service.comment("The roof leaks in eleven places.")["comment"]["id"]
    embed = EMBED.replace("data-site", 'data-post="market-hall" data-site')
    host_page("/u", f"<a href='#comment-{made}'>Latest</a>{TALL}{embed}{TALL}")

    page.get_by_text("Latest").click()

    expect(page.locator("comment-thread article.marked")).to_be_in_viewport()
