"""An author's page: reached from an item and the audit trail, narrowed, paged, settled."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running
from tests.browser.test_console_access import axe, desk  # noqa: F401 (fixtures)
from tests.browser.test_people import log_in

pytestmark = pytest.mark.browser

WAITING = 30


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("author")) as started:
        bo = {"name": "Bo", "email": "bo@a.example"}
        started.comment("A kind word about the market hall.", author=bo)
        for number in range(WAITING):
            started.comment(f"Number {number}: what bullshit about the hall.", author=bo)
        started.comment("Crap, I say, and nothing but crap, bullshit even.", name="Cleo")
        yield started


@pytest.fixture
def key(service):
    token = service.facts["api_token"]
    (item,) = service.call("/review/queue?queue=approved", token=token)["items"]
    return item["comment"]["author"]["key"]


@pytest.fixture
def author(service, page, key):
    """Bo's page, as an admin opens it from a comment."""
    log_in(service, page, service.facts["moderator"])
    page.goto(f"{service.url}/review/?author={key}")
    page.get_by_role("link", name="All their comments").press("Enter")
    page.locator(".history-row").first.wait_for()
    return page


def test_an_authors_history_is_paged_narrowed_and_linked(service, author, key):
    assert author.get_by_role("heading", level=1).inner_text() == "Bo"
    assert author.locator(".history-row").count() == 25
    author.get_by_role("button", name="Load more").press("Enter")
    author.locator(".history-row").nth(WAITING).wait_for()
    assert author.locator(".history-row").count() == WAITING + 1

    author.get_by_label("Status").select_option("approved")
    author.get_by_text("A kind word").wait_for()
    expect(author.locator(".history-row")).to_have_count(1)
    author.get_by_label("Status").select_option("")
    author.get_by_label("Search their comments").fill("number 17")
    expect(author.locator(".history-text")).to_have_text([re.compile("^Number 17:")])
    assert author.locator("mark[data-codes*=PROFANITY]").first.inner_text() == "bullshit"
    author.wait_for_url("**q=number+17**")
    author.reload()
    author.get_by_text("Number 17").wait_for()
    assert author.locator(".history-row").count() == 1
    author.get_by_label("Search their comments").fill("zeppelin")
    author.get_by_text("No comments match.").wait_for()


def test_the_audit_trail_leads_to_the_author_and_back(service, author, key):
    author.get_by_label("Note for other moderators").fill("Seen before.")
    author.keyboard.press("Enter")
    author.get_by_text("Seen before.").wait_for()
    author.get_by_role("link", name="in the audit trail").click()
    author.get_by_text("wrote a note about").first.wait_for()
    author.get_by_role("link", name=f"author {key[:8]}").first.click()

    author.locator(".history-row").first.wait_for()
    assert author.get_by_role("heading", level=1).inner_text() == "Bo"


def test_an_author_is_trusted_banned_until_a_day_with_what_waits_and_all_undone(
    service, author, key
):
    path = f"/review/sites/{service.facts['site']}/authors/{key}"
    card = lambda: service.call(path, token=service.facts["api_token"])  # noqa: E731
    author.get_by_role("button", name="Trusted").press("Enter")
    author.get_by_text("The author is now trusted").first.wait_for()
    assert card()["standing"] == "trusted"
    author.get_by_role("button", name="Ordinary").press("Enter")
    author.get_by_text("The author is now ordinary").first.wait_for()

    author.get_by_label("Duration of the ban").select_option("day")
    author.get_by_label("Last day of the ban").fill("2031-05-06")
    author.get_by_label("Reason, shown to the author").fill("Once too often.")
    author.get_by_text(f"Also reject their {WAITING} waiting comments").wait_for()
    author.get_by_role("button", name="Ban the author").press("Enter")
    author.locator(".ban-standing").wait_for()

    banned = card()
    assert banned["ban"]["reason"] == "Once too often."
    assert banned["ban"]["until"].startswith("2031-05-0")
    assert banned["counts"]["rejected"] == WAITING
    author.get_by_role("button", name="Undo all").press("Enter")
    author.get_by_text(f"Undid {WAITING} decisions").first.wait_for()
    author.get_by_role("button", name="Lift the ban").press("Enter")
    author.get_by_role("button", name="Ban the author").wait_for()
    assert (card()["ban"], card()["counts"]["held"]) == (None, WAITING)


def test_a_second_click_settles_nothing_twice(author):
    asked, late = [], []
    author.on("request", lambda r: asked.append(r.url) if r.method == "PUT" else None)
    # An answer between the two clicks would make the second a wish of its own.
    author.route("**/standing", lambda route: late.append(route), times=1)

    with author.expect_request("**/standing"):
        author.get_by_role("button", name="Ordinary").dblclick()
    late[0].continue_()

    author.get_by_text("The author is now ordinary").first.wait_for()
    assert len(asked) == 1


def test_a_failing_history_shows_an_error_and_is_tried_again(service, author):
    pattern = "**/authors/*/comments*"
    author.route(pattern, lambda r: r.fulfill(status=503, json={"detail": "Busy now."}))
    author.get_by_label("Status").select_option("held")
    author.get_by_text("Busy now.").wait_for()
    assert author.locator(".history-row").count() == 0
    author.unroute(pattern)

    author.get_by_role("button", name="Try again").press("Enter")

    author.locator(".history-row").nth(24).wait_for()
    assert author.get_by_text("Busy now.").count() == 0
    assert all("503" in complaint for complaint in author.complaints)
    author.complaints.clear()


def test_an_unknown_author_key_is_reported(service, author):
    author.goto(f"{service.url}/review/authors/{'0' * 32}")
    author.get_by_text("No author with this key").wait_for()


def test_axe_finds_nothing_on_an_authors_page(service, desk, key):  # noqa: F811
    desk.goto(f"{service.url}/review/authors/{key}")
    desk.locator(".history-row").first.wait_for()
    assert desk.violations() == []
    desk.set_viewport_size({"width": 360, "height": 740})
    assert desk.violations() == []
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_admin_exports_and_erases_an_author_and_withdraws_before(service, page):
    service.comment(
        "A remark by Dora about the hall.", author={"name": "Dora", "email": "d@a.example"}
    )
    items = service.call("/review/queue?status=approved", token=service.facts["api_token"])["items"]
    dora = next(i["comment"] for i in items if i["comment"]["author"]["name"] == "Dora")
    log_in(service, page, service.facts["moderator"])
    page.goto(f"{service.url}/review/authors/{dora['author']['key']}?site=demo")
    section = page.locator("section").filter(has_text="Personal data")

    with page.expect_download() as downloaded:
        section.get_by_role("link", name="Export as JSON").click()
    assert "A remark by Dora" in downloaded.value.path().read_text()
    section.get_by_role("button", name="Erase in 24 hours …").click()
    page.get_by_role("dialog").get_by_role("button", name="Erase in 24 hours").click()
    expect(section.get_by_text("An erasure was requested")).to_be_visible()
    page.reload()
    section.get_by_role("button", name="Withdraw").click()
    expect(section.get_by_role("button", name="Erase in 24 hours …")).to_be_visible()

    section.get_by_role("button", name="Erase now …").click()
    page.get_by_role("dialog").get_by_role("button", name="Erase now").click()

    page.wait_for_url(re.compile(r"/review/\?site=demo"))
    thread = service.call("/sites/demo/posts/market-hall/comments")
    assert "Dora" not in str(thread)
