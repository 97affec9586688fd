"""A moderator's view of comments that only seniors decide, and of replies below a comment."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running

pytestmark = pytest.mark.browser

FOUL = "What a pile of bullshit the council has put before us"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("escalated")) as started:
        yield started


@pytest.fixture
def token(service):
    return service.facts["api_token"]


@pytest.fixture
def log_in(service, page, token):
    """Log in as a moderator who is no senior."""
    wish = {"login": "mia", "display_name": "", "role": "moderator"}
    password = service.call("/review/moderators", wish, token=token)["password"]

    def at(path):
        page.goto(f"{service.url}/review/login")
        page.get_by_label("Login").fill("mia")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/review/**")
        page.goto(f"{service.url}{path}")
        page.locator("[data-context=decisions]").wait_for()
        return page

    return at


def test_an_escalated_comment_is_shown_to_a_moderator_without_a_way_to_decide(
    service, log_in, token
):
    parent = service.comment("The stairs are steep.", name="Cleo")["comment"]["id"]
    service.comment("There is a lift behind the fountain.", name="Dan", parent_id=parent)
    id = service.comment(f"{FOUL}.", name="Ann")["comment"]["id"]
    service.call(f"/review/comments/{id}/decisions", {"outcome": "escalate"}, token=token)

    asked = []
    desk = log_in("/review/?queue=escalated")
    desk.on("request", lambda r: asked.append(r.url) if r.method == "POST" else None)
    sentence = desk.locator("#item [data-senior]")
    buttons = desk.locator("[data-actions]")

    expect(sentence).to_have_text("This comment was escalated. A senior or an admin decides it.")
    for act in ("approve", "reject", "spam", "escalate"):
        expect(buttons.locator(f"[data-act={act}]")).to_be_disabled()
    expect(buttons.locator("[data-act=undo]")).to_be_enabled()
    desk.keyboard.press("a")
    expect(desk.locator(".toast")).to_contain_text("A senior or an admin decides it.")
    assert asked == []

    desk.goto(f"{service.url}/review/comments/{parent}")
    below = desk.locator("#item [data-below]")
    expect(below).to_contain_text("It has one published reply.")
    expect(buttons.locator("[data-act=reject]")).to_be_enabled()
