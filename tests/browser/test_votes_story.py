"""Votes in a browser against the service itself."""

import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def up(article):
    return article.get_by_role("button", name=re.compile("^Recommend"))


def test_a_reader_votes_reloads_sorts_and_takes_the_vote_back(service, thread, page):
    site, token = service.facts["site"], service.facts["api_token"]
    service.call(
        f"/review/sites/{site}/settings",
        {"settings": {"votes": "updown"}},
        method="PATCH",
        token=token,
    )
    for text in ("The roof leaks.", "Twelve buckets, since Thursday.", "Mend it, then."):
        service.comment(text, name="Wren")
    shown = thread()
    article = shown.locator("article").filter(has_text="The roof leaks.")

    with page.expect_response("**/vote") as answer:
        up(article).click()
    expect(up(article)).to_have_text("▲ 1")
    expect(up(article)).to_have_attribute("aria-pressed", "true")
    assert answer.value.json() == {"up": 1, "down": 0, "own": 1}

    def counted():
        path = f"/sites/{site}/posts/{service.facts['post']}/comments?sort=top"
        return service.call(path)["comments"][0]["votes"]["up"] == 1

    # Until the worker has shown the new total to everyone.
    deadline = time.monotonic() + 90
    while not counted():
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
    shown = thread()
    article = shown.locator("article").filter(has_text="The roof leaks.")
    expect(up(article)).to_have_text("▲ 1")
    expect(up(article)).to_have_attribute("aria-pressed", "true")
    shown.get_by_label("Order").select_option("top")
    expect(shown.locator("article .text")).to_have_text(
        ["The roof leaks.", "Mend it, then.", "Twelve buckets, since Thursday."]
    )

    down = article.get_by_role("button", name=re.compile("^Do not recommend"))
    down.click()
    expect(down).to_have_text("▼ 1")
    expect(up(article)).to_have_text("▲ 0")
    down.click()
    expect(down).to_have_text("▼ 0")
    expect(down).to_have_attribute("aria-pressed", "false")
