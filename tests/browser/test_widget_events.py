"""Events by which a page follows its thread."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name
from tests.browser.widget_answers import extend

pytestmark = pytest.mark.browser

#: Hear every event where analytics and consent tools listen: on the document.
LISTEN = """
window.heard = []
for (const name of ["ready", "posted", "held", "count", "error", "report", "vote"])
  document.addEventListener(`comments:${name}`, ({ target, detail }) =>
    heard.push([name, target.localName, detail]))
"""


@pytest.fixture
def heard(page):
    page.add_init_script(LISTEN)

    def names(*wanted):
        found = page.evaluate("heard")
        assert {target for _, target, _ in found} <= {"comment-thread"}
        return [(name, detail) for name, _, detail in found if name in wanted]

    return names


def write(shown, text):
    form = shown.locator("form").first
    form.get_by_role("textbox").first.fill(text)
    give_name(form, "Ada")
    form.get_by_role("button", name=re.compile("^Post")).click()


def test_a_page_hears_that_the_thread_is_ready_and_each_change_of_its_count(
    service, thread, heard, page
):
    service.comment("The roof leaks in eleven places.", name="Wren")

    thread()

    page.wait_for_function("heard.some(([name]) => name === 'ready')")
    assert heard("count", "ready") == [
        ("count", {"post": "market-hall", "count": 1}),
        ("ready", {"site": "demo", "post": "market-hall", "count": 1}),
    ]


def test_published_and_held_comments_are_told_apart_and_no_text_is_in_an_event(thread, heard):
    shown = thread()

    write(shown, "The levy was meant for the roof.")
    expect(shown.locator("article")).to_have_count(1)
    write(shown, "What a load of shit.")
    expect(shown.locator("article")).to_have_count(2)

    (posted, held) = heard("posted", "held")
    ids = shown.locator("li").evaluate_all("nodes => nodes.map(node => node.dataset.id)")
    assert (posted[0], held[0]) == ("posted", "held")
    assert {posted[1]["id"], held[1]["id"]} == set(ids)
    assert posted[1] == {"id": posted[1]["id"], "parent": None, "edited": False}
    assert held[1].keys() == posted[1].keys()


def test_an_error_names_its_code_and_status(thread, heard, page):
    shown = thread()
    page.route(
        "**/comments",
        lambda route: route.fulfill(status=429, json={"code": "rate_limited"}, headers=CORS),
    )

    write(shown, "Once more.")

    expect(shown.get_by_role("alert").filter(has_text="Too many requests")).to_be_visible()
    assert heard("error") == [("error", {"code": "rate_limited", "status": 429})]
    page.complaints.clear()


def test_a_thread_that_cannot_be_loaded_dispatches_an_error(host_page, heard, page):
    page.route("**/comments?sort=*", lambda route: route.abort())

    host_page("/a", '<script type="module" src="widget/embed.js" data-site="demo"></script>')

    expect(page.get_by_role("alert")).to_have_text("Comments cannot be loaded just now.")
    assert heard("error", "ready") == [("error", {"code": "unreachable", "status": 0})]
    page.complaints.clear()


def test_a_listener_that_fails_does_not_stop_the_thread(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page)
    page.add_init_script(
        "document.addEventListener('comments:count', () => { throw Error('of the page') })"
    )

    expect(thread().locator("article")).to_have_count(1)
    assert any("of the page" in each for each in page.complaints)
    page.complaints.clear()


CORS = {"Access-Control-Allow-Origin": "*"}
