"""Article page → service → moderator → article page, in one browser across origins."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name

pytestmark = pytest.mark.browser

CLEAN = "Sell the clock tower, but keep the hall."
FOUL = "The committee is a fucking disgrace."


def test_a_foul_comment_waits_is_approved_and_appears_on_the_article(service, page):
    page.goto(service.facts["article"])
    thread = page.locator("comment-thread")
    thread.scroll_into_view_if_needed()
    form = thread.locator("form")

    form.get_by_role("textbox").first.fill(CLEAN)
    give_name(form, "Nell")
    form.get_by_role("button", name=re.compile("^Post")).click()
    expect(thread.locator("article").filter(has_text=CLEAN)).to_be_visible()
    form.get_by_role("textbox").first.fill(FOUL)
    form.get_by_role("button", name=re.compile("^Post")).click()
    expect(thread.locator("article").filter(has_text=FOUL)).to_contain_text(
        "Waiting for a moderator. Only you can see this."
    )
    assert listed(service) == [CLEAN]

    page.goto(service.facts["console"])
    page.get_by_label("Login").fill(service.facts["moderator"]["login"])
    page.get_by_label("Password").fill(service.facts["moderator"]["password"])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text(re.compile("^Held because it contains profanity"))).to_be_visible()
    expect(page.locator("mark[data-codes*=PROFANITY]").first).to_have_text("fucking")
    with page.expect_response("**/decisions"):
        page.get_by_role("button", name=re.compile("^Approve")).click()

    page.goto(service.facts["article"])
    thread.scroll_into_view_if_needed()
    approved = thread.locator("article").filter(has_text=FOUL)
    expect(approved).to_be_visible()
    expect(approved).not_to_contain_text("Waiting for a moderator")
    assert sorted(listed(service)) == sorted([CLEAN, FOUL])


def listed(service):
    path = f"/sites/{service.facts['site']}/posts/{service.facts['post']}/comments"
    return [comment["text"] for comment in service.call(path)["comments"]]
