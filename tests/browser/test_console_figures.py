"""The page of figures: honest when nothing happened, and never blank when something did."""

import pytest

pytestmark = pytest.mark.browser


def test_a_quiet_day_is_named_and_a_day_without_decisions_shows_its_comments(service, page):
    page.goto(f"{service.url}/review/login")
    for name, value in service.facts["moderator"].items():
        page.get_by_label(name.capitalize()).fill(value)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/review/")

    page.goto(f"{service.url}/review/metrics")
    page.locator("[data-quiet]").get_by_text("The queue was empty").wait_for()
    assert page.locator("svg.plot").count() == 0

    service.comment("What bullshit the council wrote about us.", name="Bo")
    page.reload()
    plot = page.get_by_role(
        "img", name="1 added to the queue, 0 decided by moderators, 1 waiting now"
    )
    plot.wait_for()
    assert plot.locator("rect").count() == 1
    page.get_by_text("No held comment was decided in this period.").wait_for()
