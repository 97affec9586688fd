"""Moderators, tokens and one's own account in the console, by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import let_pass, running
from tests.browser.test_console_access import axe, desk  # noqa: F401 (fixtures)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("people")) as started:
        started.comment("What a pile of bullshit the council has put before us.", name="Bo")
        yield started


@pytest.fixture
def people(service, page):
    """The page of moderators and tokens, as an admin sees it."""
    log_in(service, page, service.facts["moderator"])
    page.goto(f"{service.url}/review/moderators")
    page.locator("[data-people] .card-title").first.wait_for()
    return page


def log_in(service, page, moderator):
    page.goto(f"{service.url}/review/login")
    page.get_by_label("Login").fill(moderator["login"])
    page.get_by_label("Password").fill(moderator["password"])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/review/")


def test_a_moderator_is_added_changed_and_removed_by_keyboard(service, people):
    people.get_by_role("button", name="Add a moderator").focus()
    people.keyboard.press("Enter")
    people.keyboard.type("ann")
    people.keyboard.press("Tab")
    people.keyboard.type("Ann Reed")
    people.keyboard.press("Enter")
    secret = people.get_by_role("textbox", name="Password of ann")
    assert len(secret.input_value()) >= 16
    people.keyboard.press("Escape")
    people.get_by_text("ann was added").first.wait_for()

    people.get_by_role("button", name="Edit ann").press("Enter")
    people.get_by_label("On every site").select_option("senior")
    people.get_by_role("button", name="Save").press("Enter")
    people.get_by_text("Senior on every site").wait_for()

    people.get_by_role("button", name="Edit ann").press("Enter")
    people.get_by_role("button", name="Remove …").press("Enter")
    # The harmless answer has the focus.
    people.keyboard.press("Enter")
    people.get_by_role("dialog", name="ann").wait_for()
    people.get_by_role("button", name="Remove …").press("Enter")
    people.get_by_role("button", name="Remove", exact=True).press("Enter")
    people.get_by_text("ann was removed").first.wait_for()
    people.get_by_role("button", name="Edit ann").wait_for(state="detached")


def test_a_taken_login_is_reported_in_the_form_and_nothing_typed_is_lost(service, people):
    people.get_by_role("button", name="Add a moderator").press("Enter")
    people.keyboard.type(service.facts["moderator"]["login"])
    people.keyboard.press("Enter")

    people.get_by_role("alert").get_by_text("another moderator").wait_for()
    assert people.get_by_label("Login").input_value() == service.facts["moderator"]["login"]
    assert all("409" in complaint for complaint in people.complaints)
    people.complaints.clear()


def test_a_token_is_shown_once_and_revoked(service, people):
    people.get_by_role("button", name="Create a token").press("Enter")
    people.keyboard.type("exporter")
    people.keyboard.press("Enter")
    token = people.get_by_role("textbox", name="Token exporter").input_value()
    people.get_by_role("button", name="I have saved it").press("Enter")
    assert service.call("/review/counts", token=token)["queues"]
    assert token not in people.content()

    people.get_by_role("button", name="Revoke exporter").press("Enter")
    people.get_by_role("button", name="Revoke", exact=True).press("Enter")

    people.get_by_text("exporter was revoked").first.wait_for()
    with pytest.raises(Exception, match="401"):
        service.call("/review/counts", token=token)


def test_of_two_changes_the_list_behind_the_later_one_stays(service, people):
    late = []
    people.route("**/review/tokens?", lambda route: late.append(route), times=1)
    for name in ("early", "later"):
        people.get_by_role("button", name="Create a token").press("Enter")
        people.keyboard.type(name)
        people.keyboard.press("Enter")
        people.get_by_role("button", name="I have saved it").press("Enter")
    people.get_by_role("button", name="Revoke later").wait_for()

    with people.expect_response("**/review/tokens?"):
        late[0].fulfill(json={"tokens": []})
    let_pass(people)

    assert people.get_by_role("button", name="Revoke later").is_visible()


def test_a_failing_list_shows_an_error_and_can_be_tried_again(service, people):
    people.route("**/review/tokens?", lambda r: r.fulfill(status=503, json={"detail": "Busy now."}))
    people.reload()
    people.get_by_text("Busy now.").wait_for()
    people.unroute("**/review/tokens?")

    people.get_by_role("button", name="Try again").press("Enter")

    people.locator("[data-tokens] .card-title").first.wait_for()
    assert all("503" in complaint for complaint in people.complaints)
    people.complaints.clear()


def test_a_password_change_logs_out_everywhere_else(service, browser, page):
    token = service.facts["api_token"]
    made = service.call("/review/moderators", {"login": "bea", "role": "moderator"}, token=token)
    bea = {"login": "bea", "password": made["password"]}
    phone = browser.new_context()
    log_in(service, phone.new_page(), bea)
    log_in(service, page, bea)
    assert page.get_by_role("link", name="Moderators").count() == 0
    page.goto(f"{service.url}/review/account")
    page.locator("[data-sessions] li").nth(1).wait_for()

    page.get_by_label("Current password").fill("not the right one")
    page.get_by_label("New password").fill("lantern orbit cellar")
    page.keyboard.press("Enter")
    page.get_by_text("not your current password").wait_for()
    page.get_by_label("Current password").fill(made["password"])
    page.keyboard.press("Enter")

    page.get_by_text("your other sessions have ended").first.wait_for()
    expect(page.locator("[data-sessions] li")).to_have_count(1)
    phone.pages[0].reload()
    assert phone.pages[0].url.endswith("/review/login")
    phone.close()
    page.get_by_role("button", name="Log out everywhere").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Log out everywhere").press("Enter")
    page.wait_for_url("**/review/login")
    assert all("422" in complaint for complaint in page.complaints)
    page.complaints.clear()


def test_a_key_that_is_changed_in_the_account_acts_in_the_queue(service, people):
    people.goto(f"{service.url}/review/account")
    people.get_by_role("button", name="Change the key for: Skip for this session").press("Enter")
    people.keyboard.press("y")
    people.goto(f"{service.url}/review/")
    # Keys act once the list is there.
    people.locator("[data-empty], .row").first.wait_for()

    people.keyboard.press("?")

    assert people.get_by_role("button", name="Change the key for: Skip").inner_text() == "Y"


def test_axe_finds_nothing_on_the_pages_about_people_and_their_sheets(service, desk):  # noqa: F811
    desk.goto(f"{service.url}/review/moderators")
    desk.locator("[data-tokens] .card-title").first.wait_for()
    assert desk.violations() == []
    for name, ready in (
        ("Add a moderator", "dialog [name=login]"),
        ("Create a token", "dialog [name=name]"),
        ("Edit moderator", "dialog .cards li"),
    ):
        desk.get_by_role("button", name=name).press("Enter")
        desk.locator(ready).first.wait_for()
        assert desk.violations() == [], name
        desk.keyboard.press("Escape")
    desk.goto(f"{service.url}/review/account")
    desk.locator("[data-sessions] li").first.wait_for()
    assert desk.violations() == []
    desk.set_viewport_size({"width": 360, "height": 740})
    for name in ("account", "moderators"):
        desk.goto(f"{service.url}/review/{name}")
        desk.locator(".card-title").first.wait_for()
        assert desk.violations() == [], name
        assert desk.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_reader_is_answered_from_the_queue_by_keyboard(service, people):
    asked = service.comment("When does the market hall open on Sundays?", name="Dora")
    people.goto(f"{service.url}/review/account")
    people.get_by_label("Name shown to readers").fill("The Gazette’s desk")
    people.keyboard.press("Enter")
    people.get_by_text("Your name is saved").first.wait_for()
    people.goto(f"{service.url}/review/comments/{asked['comment']['id']}")
    people.locator("[data-text]").get_by_text("on Sundays").wait_for()

    people.keyboard.press("t")
    people.get_by_label("Your answer").press_sequentially("At eight.")
    people.keyboard.press("Control+Enter")

    people.get_by_text("Your answer is published").first.wait_for()
    path = f"/sites/{service.facts['site']}/posts/{service.facts['post']}/comments"
    (comment,) = [c for c in service.call(path)["comments"] if c["author"]["name"] == "Dora"]
    assert comment["replies"][0]["author"] == {"name": "The Gazette’s desk", "staff": True}


def test_a_name_is_asked_for_and_approved_and_the_daily_mail_has_an_hour(service, browser, people):
    token = service.facts["api_token"]
    wanted = {"login": "cleo", "display_name": "Cleo", "role": "moderator"}
    made = service.call("/review/moderators", wanted, token=token)
    context = browser.new_context(timezone_id="Europe/Paris")
    other = context.new_page()
    log_in(service, other, {"login": "cleo", "password": made["password"]})
    other.goto(f"{service.url}/review/account")
    other.get_by_label("Name shown to readers").fill("Cleo Marsh")
    other.keyboard.press("Enter")
    other.get_by_text("You requested the name “Cleo Marsh”").wait_for()
    other.get_by_label("How often").select_option("daily")
    other.locator("[name=mail_hour]").select_option("18")
    other.locator("[name=mail_zone]").select_option("Europe/Paris")
    with other.expect_response("**/me") as saved:
        other.locator("[data-mail-form] button").press("Enter")
    assert (saved.value.json()["mail_hour"], saved.value.json()["mail_zone"]) == (
        18,
        "Europe/Paris",
    )

    people.reload()
    people.get_by_text("Requests the name “Cleo Marsh”").wait_for()
    people.get_by_role("button", name="Approve the name Cleo Marsh of cleo").press("Enter")
    people.locator(".card-title").get_by_text("Cleo Marsh").wait_for()
    with other.expect_response("**/api/v1/review/me*") as mine:
        other.reload()
    assert mine.value.json()["display_name"] == "Cleo Marsh"
    other.get_by_text("You requested the name").wait_for(state="detached")
    context.close()
