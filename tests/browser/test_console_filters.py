"""Narrowing a queue in the console, and searches that are not done with their first page."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import let_pass

pytestmark = pytest.mark.browser

FOUL = "What bullshit the council wrote about us."
#: As a page of a large store is: nothing yet, and more behind it.
BEHIND = {
    "items": [],
    "count": None,
    "next_cursor": "c",
    "searched_to": "2026-03-03T12:00:00Z",
}
LINKS = "See https://a.example https://b.example https://c.example https://d.example"


@pytest.fixture
def desk(service, page):
    service.comment(FOUL, name="Bo")
    service.comment(LINKS, name="Cleo")
    service.comment("The ferry leaves at noon.", name="Dora")
    page.goto(f"{service.url}/review/login")
    for name, value in service.facts["moderator"].items():
        page.get_by_label(name.capitalize()).fill(value)
    page.get_by_role("button", name="Log in").click()
    page.locator(".row").first.wait_for()
    return page


def test_a_queue_is_narrowed_by_score_age_and_reason_and_decided_as_one(service, desk):
    token = service.facts["api_token"]
    waiting = service.call("/review/queue", token=token)["items"]
    bo = next(item for item in waiting if item["comment"]["author"]["name"] == "Bo")
    score = max(cause["score"] for cause in bo["reasons"] if cause["outcome"] != "approve")

    desk.get_by_role("button", name="Filters and order").click()
    with desk.expect_response("**/queue?*reason=PROFANITY*"):
        desk.get_by_label("Reason").select_option("PROFANITY")
    with desk.expect_response("**/queue?*score_from*"):
        desk.get_by_label("Score from").fill(f"{score - 0.01:.2f}")
        desk.keyboard.press("Tab")
    with desk.expect_response("**/queue?*after=*"):
        desk.locator("[data-filter=age]").select_option("<1")
    expect(desk.locator(".row-author")).to_have_text(["Bo"])
    expect(desk.locator("[data-chips] li")).to_have_text(
        ["Reason: Profanity", f"Score from {score - 0.01:.2f}", "From the last hour", "Clear all"]
    )

    desk.get_by_role("button", name="Decide all").click()
    desk.locator("dialog .said").wait_for()
    with desk.expect_response("**/bulk") as decided:
        desk.locator("dialog [data-outcome=spam]").click()
    asked = json.loads(decided.value.request.post_data)["query"]
    assert asked["reason"] == "PROFANITY"
    assert asked["score_from"] == float(f"{score - 0.01:.2f}")
    assert "after" in asked
    assert len(decided.value.json()["results"]) == 1

    with desk.expect_response("**/queue?*before=*"):
        desk.locator("[data-filter=age]").select_option(">24")
    desk.locator("#item [data-empty]").wait_for()


def test_a_search_without_a_hit_yet_goes_on_and_shows_its_progress(desk):
    asked = []
    # The first requests, and those that the page repeats by itself, have no cursor.
    further = lambda: len([url for url in asked if "cursor=" in url])  # noqa: E731

    def slowly(route):
        asked.append(route.request.url)
        if len(asked) <= 3:
            route.fulfill(json=BEHIND)
        else:
            # The cursor of the pages above is none.
            route.continue_(url=route.request.url.replace("&cursor=c", ""))

    desk.route("**/api/v1/review/queue?*q=ferry*", slowly)
    desk.keyboard.press("g")
    with desk.expect_response("**/queue?*approved*"):
        desk.keyboard.press("4")
    desk.keyboard.press("/")
    desk.keyboard.type("ferry")
    with desk.expect_response(lambda answer: "q=ferry" in answer.url and further() == 3):
        desk.keyboard.press("Enter")

    expect(desk.locator(".row-author")).to_have_text(["Dora"])
    assert further() == 3


def test_a_search_that_is_long_asks_before_it_goes_on(desk):
    asked = []

    def never(route):
        asked.append(route.request.url)
        behind = {
            "items": [],
            "count": None,
            "next_cursor": "c",
            "searched_to": "2026-03-03T12:00:00Z",
        }
        route.fulfill(json=behind)

    desk.route("**/api/v1/review/queue?*q=ferry*", never)
    desk.keyboard.press("/")
    desk.keyboard.type("ferry")
    desk.keyboard.press("Enter")

    desk.get_by_text("No match so far").first.wait_for()
    desk.get_by_text("March 3, 2026").first.wait_for()
    before = len(asked)
    with desk.expect_request(lambda request: "cursor=c" in request.url):
        desk.get_by_role("button", name="Search further").first.click()
    # While it searches, the list has none.
    expect(desk.locator("#list").get_by_role("button", name="Search further")).to_be_visible()
    assert len(asked) > before


def test_a_queue_that_is_left_before_it_answers_changes_nothing(desk):
    late = []
    desk.route("**/queue?queue=spam*", lambda route: late.append(route))
    with desk.expect_request("**/queue?queue=spam*"):
        desk.get_by_role("link", name="Spam").click()
    with desk.expect_response("**/queue?queue=approved*"):
        desk.get_by_role("link", name="Approved").click()
    expect(desk.locator(".row-author")).to_have_text(["Dora"])

    # By then the places for the comments of the slow one were due.
    let_pass(desk, 300)
    with desk.expect_response("**/queue?queue=spam*"):
        late[0].fulfill(status=503, json={"code": "busy", "detail": "Busy just now."})
    let_pass(desk)

    expect(desk.locator(".row-author")).to_have_text(["Dora"])
    expect(desk.locator("[data-text]")).to_have_text("The ferry leaves at noon.")
    assert desk.get_by_text("Busy just now.").count() == 0
    assert all("503" in complaint for complaint in desk.complaints)
    desk.complaints.clear()
