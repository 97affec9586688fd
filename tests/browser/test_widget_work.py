"""Proof of work in the widget: required, given up, begun while the reader writes."""

import json
import os
import re
import statistics
import subprocess
import sys
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, give_name, running

pytestmark = pytest.mark.browser

#: Resolved by the browser itself to this machine, and no secure context: it is not https.
INSECURE = "news.test"


@pytest.fixture
def service(tmp_path):
    """A demonstration with limits, high ones: switched off, no work is asked for."""
    limits = {
        "MODERATION_RATELIMIT_ENABLED": "1",
        "MODERATION_RATELIMIT_REQUESTS": "10000 per second; burst 100000",
        "MODERATION_RATELIMIT_SUBMIT": "1000 per minute",
        "MODERATION_POST_BURST": "1000",
    }
    with running(tmp_path, **limits) as started:
        yield started


@pytest.fixture
def set_site(service):
    """Change the demonstration's site while it runs."""

    def change(*options, **settings):
        assignments = [f"{key}={json.dumps(value)}" for key, value in settings.items()]
        subprocess.run(
            [
                sys.executable,
                "-m",
                "moderation",
                "site",
                "settings",
                "demo",
                *options,
                *assignments,
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "MODERATION_ENV": "development",
                "MODERATION_DATA_DIR": str(service.data_dir),
            },
            check=True,
            capture_output=True,
        )

    return change


@pytest.fixture
def sent(page):
    """The bodies of the comments that were posted, as they were sent."""
    bodies = []
    page.set_default_timeout(8000)
    page.on(
        "request",
        lambda r: (
            bodies.append(r.post_data_json)
            if r.method == "POST" and r.url.endswith("/comments")
            else None
        ),
    )
    return bodies


def write(page, text):
    thread = page.locator("comment-thread")
    thread.scroll_into_view_if_needed()
    form = thread.locator("form")
    form.get_by_role("textbox").first.fill(text)
    give_name(form, "Ada")
    form.get_by_role("button", name="Post comment").click()
    return thread


@pytest.mark.parametrize("host", ["127.0.0.1", INSECURE])
def test_work_is_done_whether_or_not_the_page_is_secure(service, set_site, page, sent, host):
    article = service.facts["article"].replace("127.0.0.1", host)
    origin = "://".join(urlsplit(article)[:2])
    set_site("--origin", origin, work_bits=12, work_when="always")
    page.goto(article)

    thread = write(page, "Worth a little work.")

    expect(thread.locator("article")).to_contain_text("Worth a little work.")
    assert page.evaluate("isSecureContext") is (host != INSECURE)
    assert re.fullmatch(r"\d+", sent[0]["form"]["work"]["nonce"])
    assert len(sent) == 1


def test_long_work_leaves_the_page_quick_and_can_be_given_up(service, set_site, page, sent):
    set_site(work_bits=24, work_when="always")

    def endless(route):
        answer = route.fetch()
        form = answer.json()
        # More than a site can ask for: of 24 bits some are found in the first second.
        form["work"]["bits"] = 32
        route.fulfill(response=answer, json=form)

    page.route("**/form", endless)
    page.goto(service.facts["article"])
    page.evaluate("window.turns = []; setInterval(() => turns.push(performance.now()), 5)")

    thread = write(page, "Too much to ask.")
    checking = thread.locator("form").get_by_text("Checking: this takes a few seconds")
    expect(checking).to_be_visible()
    page.evaluate("window.turns = []")
    page.wait_for_function("window.turns.length > 20")
    turns = page.evaluate("window.turns")
    between = statistics.median(b - a for a, b in pairwise(turns))
    thread.get_by_role("button", name="Cancel").click()

    expect(checking).to_be_hidden()
    button = thread.get_by_role("button", name="Post comment")
    expect(button).to_be_focused()
    expect(button).not_to_have_attribute("aria-disabled", "true")
    expect(thread.get_by_role("textbox").first).to_have_value("Too much to ask.")
    assert sent == []
    assert between < 50


def test_a_post_that_asks_for_work_during_writing_still_gets_the_comment(
    service, set_site, page, sent
):
    page.goto(service.facts["article"])
    thread = page.locator("comment-thread")
    thread.scroll_into_view_if_needed()
    with page.expect_response(re.compile("/form$")):
        thread.get_by_role("textbox").first.focus()
    set_site(work_bits=10, work_when="always")

    write(page, "Begun in quieter times.")

    expect(thread.locator("article")).to_contain_text("Begun in quieter times.")
    assert [bool(body["form"].get("work")) for body in sent] == [False, True]
    assert all("428" in complaint for complaint in page.complaints)
    page.complaints.clear()
