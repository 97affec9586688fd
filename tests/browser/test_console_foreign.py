"""A comment of another platform in the console: where it came from, and what can be done."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from moderation.services.compat import foreign
from moderation.services.signing import Signing
from moderation.services.sites import registry
from moderation.storage.engine import open_store
from tests.browser.conftest import running
from tests.conftest import make_settings
from tests.services.compat.conftest import WAITING

pytestmark = pytest.mark.browser


@pytest.fixture
def service(tmp_path):
    with running(tmp_path) as started:
        settings = make_settings(data_dir=started.data_dir)
        with open_store(settings).sessions() as session:
            site = registry.find(session, started.facts["site"])
            now = datetime.now(UTC)
            foreign.hold_foreign(session, Signing(settings), site, WAITING, now=now)
        yield started


def test_a_foreign_comment_names_its_platform_and_is_decided_with_a_key(service, page):
    page.goto(f"{service.url}/review/login")
    page.get_by_label("Login").fill(service.facts["moderator"]["login"])
    page.get_by_label("Password").fill(service.facts["moderator"]["password"])
    page.get_by_role("button", name="Log in").click()
    line = page.locator("[data-source=akismet]")
    line.wait_for()

    expect(line).to_contain_text("your decision is sent there")
    expect(line.get_by_role("link")).to_have_attribute("href", WAITING.place_url)
    # The platform's own id of the page means nothing to people.
    expect(page.locator(".item-meta")).to_contain_text("on About cnryforeigntitle")
    page.get_by_role("button", name="More actions").click()
    assert page.get_by_role("menuitem").count() > 0
    expect(page.get_by_role("menuitem", name="Redact")).to_have_count(0)
    page.keyboard.press("Escape")
    with page.expect_response("**/decisions"):
        page.keyboard.press("s")

    expect(line).to_have_count(0)
    queues = service.call("/review/counts", token=service.facts["api_token"])["queues"]
    assert (queues["held"]["count"], queues["spam"]["count"]) == (0, 1)


def test_the_settings_of_other_platforms_are_set_and_read_again(service, page):
    token = service.facts["api_token"]
    page.goto(f"{service.url}/review/login")
    page.get_by_label("Login").fill(service.facts["moderator"]["login"])
    page.get_by_label("Password").fill(service.facts["moderator"]["password"])
    page.get_by_role("button", name="Log in").click()
    page.locator("[data-source]").wait_for()
    page.goto(f"{service.url}/review/sites/{service.facts['site']}")
    page.get_by_label("Wait for a moderator (hours)").fill("12")
    page.get_by_label("Toxic comments that are no spam").select_option("spam")

    with page.expect_response("**/settings"):
        page.get_by_role("button", name="Save").click()

    found = service.call(f"/review/sites/{service.facts['site']}/settings", token=token)
    chosen = found["settings"]
    assert (chosen["akismet_review_hours"], chosen["akismet_toxic"]) == (12, "spam")
