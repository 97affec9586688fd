"""A comment is rejected with a reason, appealed by its author and published by a colleague."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name

pytestmark = pytest.mark.browser

TEXT = "What a load of shit the roof of the hall has cost."
WHY = "It is about the roof, and the word is in the article."
RUDE = {
    "code": "RUDE",
    "label": "Rude",
    "kind": "OFFENSIVE",
    "sentences": {"en": "Please keep to polite words.", "de": "Bitte bleiben Sie höflich."},
}


@pytest.fixture
def visit(service, browser):
    """Log a moderator in, in a browser of their own."""
    opened = []

    def log_in(login, password):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(15000)
        page.goto(f"{service.url}/review/login")
        page.get_by_label("Login").fill(login)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name="Appeals").wait_for()
        return page

    yield log_in
    for context in opened:
        context.close()


def test_the_whole_way_of_an_appeal(service, thread, page, visit, axe):
    page.set_default_timeout(15000)
    token, first = service.facts["api_token"], service.facts["moderator"]
    added = {"login": "second", "role": "moderator"}
    second = service.call("/review/moderators", added, token=token)
    settings = {"settings": {"reasons": [RUDE]}}
    service.call("/review/sites/demo/settings", settings, method="PATCH", token=token)

    # The author writes; the comment waits.
    shown = thread()
    form = shown.locator("form").first
    form.get_by_role("textbox").first.fill(TEXT)
    give_name(form, "Ada")
    form.get_by_role("button", name=re.compile("^Post")).click()
    expect(shown.locator("article .state")).to_be_visible()

    # A moderator rejects it, with a reason from the site's own list.
    desk = visit(first["login"], first["password"])
    with desk.expect_response("**/reasons?*"):
        desk.locator("[data-context=decisions]").wait_for()
    desk.keyboard.press("r")
    dialog = desk.locator("dialog[open]")
    expect(dialog.locator("[data-reason]")).to_have_count(1)
    expect(dialog).to_contain_text("Please keep to polite words.")
    with desk.expect_response("**/decisions"):
        dialog.get_by_role("button", name="Rude").click()

    # The author reads why, in the language of the page, and appeals.
    german = thread(lang="de")
    expect(german.locator("article")).to_contain_text("Bitte bleiben Sie höflich.")
    shown = thread()
    article = shown.locator("article")
    expect(article).to_contain_text("Please keep to polite words. A moderator decided this.")
    article.get_by_role("button", name="Ask for a review").click()
    asking = shown.get_by_role("dialog", name="Ask for a review")
    asking.get_by_label("Why should the comment be published?").fill(WHY)
    asking.get_by_role("button", name="Send").click()
    expect(asking.get_by_role("status")).to_have_text("Thank you. You will see the outcome here.")
    expect(thread().locator("article")).to_contain_text("it is not decided yet")

    # The first moderator cannot decide; a colleague overturns.
    desk.goto(f"{service.url}/review/appeals")
    expect(desk.locator("[data-appeal]")).to_contain_text("another moderator has to decide")
    expect(desk.locator("[data-appeal] form")).to_have_count(0)
    other = visit("second", second["password"])
    other.get_by_role("link", name="Appeals 1").click()
    row = other.locator("[data-appeal]")
    expect(row).to_contain_text(TEXT)
    expect(row).to_contain_text(WHY)
    expect(row.locator("[data-first]")).to_contain_text("rejected it. Reason: Rude.")
    other.evaluate(axe)
    found = other.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert [(v["id"], v["nodes"][0]["target"]) for v in found["violations"]] == []
    row.get_by_role("button", name="Overturn").click()
    expect(row.get_by_role("alert")).to_have_text("Write why, in a few words.")
    row.get_by_label("Why (for moderators)").fill("The article quotes the word.")
    row.get_by_label("To the author").fill("You are right: the article quotes it.")
    other.set_viewport_size({"width": 390, "height": 800})
    row.get_by_role("button", name="Overturn").click()
    expect(other.locator("[data-state]")).to_have_text("No appeal waits for a decision.")
    other.get_by_label("State").select_option("decided")
    expect(other.locator("[data-appeal]")).to_contain_text("Overturned by second")

    # The comment is public, and its author reads the outcome.
    path = f"/sites/{service.facts['site']}/posts/{service.facts['post']}/comments"
    assert [comment["text"] for comment in service.call(path)["comments"]] == [TEXT]
    article = thread().locator("article")
    expect(article).to_contain_text("The review is finished: your comment is published.")
    expect(article).to_contain_text("You are right: the article quotes it.")
    expect(article).not_to_contain_text("Only you can see this.")


def test_an_admin_writes_the_site_s_reasons(service, page):
    page.set_default_timeout(15000)
    token = service.facts["api_token"]
    made = service.call("/review/moderators", {"login": "boss", "role": "admin"}, token=token)
    page.goto(f"{service.url}/review/login")
    page.get_by_label("Login").fill("boss")
    page.get_by_label("Password").fill(made["password"])
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Settings").click()
    part = page.locator("#part-reasons")
    part.get_by_role("button", name="Begin with the built-in list").click()
    expect(part.locator(".reason-row")).to_have_count(13)
    part.get_by_role("button", name="Add a reason").click()
    row = part.locator(".reason-row").last
    row.get_by_label("Label for moderators").fill("Not about the roof")
    row.get_by_label("Code").fill("not a code")
    row.get_by_label("English").fill("Please keep to the roof.")
    row.get_by_label("Add a language").select_option("fr")
    row.get_by_label("French").fill("Parlez du toit.")
    with page.expect_response("**/settings") as refused:
        page.get_by_role("button", name="Save").click()
    assert refused.value.status == 422
    expect(part.get_by_role("alert")).to_contain_text("Entry 14: 1 to 32 of A-Z")
    row.get_by_label("Code").fill("roof")
    with page.expect_response("**/settings") as saved:
        page.get_by_role("button", name="Save").click()
    assert saved.value.status == 200
    page.complaints.clear()

    stored = service.call("/review/sites/demo/settings", token=token)["settings"]["reasons"]
    assert len(stored) == 14
    assert stored[-1] == {
        "code": "ROOF",
        "label": "Not about the roof",
        "kind": "OTHER",
        "sentences": {"en": "Please keep to the roof.", "fr": "Parlez du toit."},
    }
