"""The toast after a decision: its text, its duration, its announcement to screen readers."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import stop_clock

pytestmark = pytest.mark.browser


def log_in(page, service):
    page.goto(f"{service.url}/review/login")
    for name, value in service.facts["moderator"].items():
        page.get_by_label(name.capitalize()).fill(value)
    page.get_by_role("button", name="Log in").click()
    page.locator(".row").first.wait_for()


def test_undo_is_offered_for_eight_seconds_and_the_decision_is_announced(service, page):
    for name in ("Bo", "Cleo"):
        service.comment(f"What bullshit the council wrote about {name}.", name=name)
    page.clock.install()
    log_in(page, service)
    stop_clock(page)

    with page.expect_response("**/decisions"):
        page.keyboard.press("a")
    undo = page.locator("[data-toasts] button", has_text="Undo")
    undo.wait_for()
    expect(page.locator("[data-announce]")).not_to_be_empty()
    assert page.locator("[data-announce]").get_attribute("aria-live") == "polite"

    page.clock.run_for(7_500)
    assert undo.is_visible()
    page.clock.run_for(1_500)
    undo.wait_for(state="detached")


def test_a_decision_without_an_answer_is_reported_and_sent_again(service, page):
    text = "What bullshit the council wrote."
    service.comment(text)
    page.clock.install()
    kept = []
    page.route("**/decisions", lambda route: kept.append(route))
    log_in(page, service)
    stop_clock(page)

    with page.expect_request("**/decisions"):
        page.keyboard.press("a")
    # Not longer than the page waits: it tries again by itself, and that would be kept as well.
    page.clock.run_for(30_000)
    page.locator(".toast-bad").get_by_text("One decision waits").wait_for()
    page.unroute("**/decisions")
    with page.expect_response("**/decisions"):
        page.clock.run_for(5_500)

    page.get_by_text("Everything is recorded.").first.wait_for()
    path = f"/sites/{service.facts['site']}/posts/{service.facts['post']}/comments"
    assert [comment["text"] for comment in service.call(path)["comments"]] == [text]
