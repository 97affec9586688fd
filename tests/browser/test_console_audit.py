"""The audit page: searched by days, paged, exported, honest when there is nothing."""

import csv
import urllib.parse

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import let_pass

pytestmark = pytest.mark.browser

TODAY = "new Date().toLocaleDateString('sv')"


@pytest.fixture
def audit(service, page):
    page.began = page.evaluate(TODAY)
    for number in range(60):
        service.comment(f"A calm word about house {number}.", name=f"Guest {number}")
    page.goto(f"{service.url}/review/login")
    for name, value in service.facts["moderator"].items():
        page.get_by_label(name.capitalize()).fill(value)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/review/")
    page.goto(f"{service.url}/review/audit")
    page.locator("tbody tr").first.wait_for()
    return page


def test_the_trail_is_searched_by_days_and_exported_as_it_was_searched(audit):
    rows = audit.locator("tbody tr")

    audit.get_by_label("What").fill("comment.")
    audit.get_by_label("From").fill(audit.began)
    audit.get_by_label("To").fill(audit.evaluate(TODAY))
    audit.keyboard.press("Enter")
    rows.nth(49).wait_for()
    audit.get_by_role("button", name="Load more").click()
    rows.nth(59).wait_for()
    expect(audit.get_by_role("button", name="Load more")).to_be_hidden()

    with audit.expect_download() as export:
        audit.get_by_role("link", name="CSV").click()
    table = list(csv.DictReader(export.value.path().read_text().splitlines()))
    assert {row["action"] for row in table} == {"comment.approve"}
    assert len(table) == 60
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(export.value.url).query)
    assert {name: asked[name] for name in ("action", "format")} == {
        "action": ["comment."],
        "format": ["csv"],
    }
    assert asked["from"] < asked["to"]

    audit.get_by_label("From").fill("2020-01-01")
    audit.get_by_label("To").fill("2020-01-02")
    audit.keyboard.press("Enter")
    audit.get_by_text("No entries match.").wait_for()
    expect(rows).to_have_count(0)


def test_a_late_answer_to_an_earlier_search_changes_nothing(audit):
    earlier = []
    audit.route("**/audit?*action=comment.*", lambda route: earlier.append(route))
    audit.get_by_label("What").fill("comment.")
    with audit.expect_request("**/audit?*action=comment.*"):
        audit.keyboard.press("Enter")
    expect(audit.get_by_role("button", name="Load more")).to_be_hidden()

    audit.get_by_label("What").fill("nothing.of.the.kind")
    audit.keyboard.press("Enter")
    audit.get_by_text("No entries match.").wait_for()
    with audit.expect_response("**/audit?*action=comment.*"):
        earlier[0].continue_()
    let_pass(audit)

    assert audit.locator("tbody tr").count() == 0
    expect(audit.get_by_role("button", name="Load more")).to_be_hidden()


def test_days_in_the_wrong_order_are_reported_in_words(audit):
    audit.get_by_label("From").fill("2026-03-02")
    audit.get_by_label("To").fill("2026-03-01")
    audit.keyboard.press("Enter")

    audit.get_by_text("Must be later").wait_for()
    assert [c for c in audit.complaints if "422" not in c] == []
    audit.complaints.clear()
