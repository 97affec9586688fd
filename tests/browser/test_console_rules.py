"""Rules, redaction, featuring and taking over, in the console and by keyboard."""

import os
import subprocess
import sys
import urllib.error

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, let_pass

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(service, page):
    """The console with one comment in the queue, an admin logged in."""
    service.comment("Bullshit, call me on +44 7700 900123 or ask Anna Quist.", name="Bo")
    page.goto(f"{service.url}/review/login")
    page.get_by_label("Login").fill(service.facts["moderator"]["login"])
    page.get_by_label("Password").fill(service.facts["moderator"]["password"])
    page.get_by_role("button", name="Log in").click()
    page.locator(".row").first.wait_for()
    return page


def review(service, path, body=None, method=None):
    return service.call(f"/review{path}", body, method=method, token=service.facts["api_token"])


def test_a_post_is_closed_on_its_page_and_takes_no_more_comments(service, desk):
    desk.get_by_role("link", name="rules of this article", exact=True).click()
    desk.get_by_label("Comments are").select_option("closed")
    desk.get_by_label("Slow mode (seconds)").fill("30")
    with desk.expect_response(lambda r: r.request.method == "PATCH"):
        desk.get_by_role("button", name="Save").click()
    desk.get_by_text("Saved.").wait_for()

    expect(desk.locator(".tile").first).to_contain_text("Closed")
    with pytest.raises(urllib.error.HTTPError) as refused:
        service.comment("One more thing about the hall.", name="Cleo")
    assert refused.value.code == 409
    refused.value.close()


def test_a_sites_rules_and_sections_are_set_and_read_again(service, desk):
    desk.get_by_role("link", name="Rules", exact=True).click()
    desk.get_by_label("Hold everything").check()
    desk.get_by_label("Toxicity").fill("0.5")
    desk.get_by_label("Until").fill("2030-01-01T12:00")
    desk.get_by_role("button", name="Add a section").click()
    desk.get_by_label("Begins with").fill("/politics/")
    desk.get_by_label("Comments are").select_option("premoderated")
    desk.get_by_role("button", name="Save").press("Enter")
    desk.get_by_text("Saved.").wait_for()

    rules = review(service, f"/sites/{service.facts['site']}/rules")
    assert rules["hold_everything"] is True
    assert rules["strict_thresholds"] == {"toxicity": 0.5}
    assert rules["sections"][0]["prefix"] == "/politics/"
    assert rules["sections"][0]["state"] == "premoderated"
    desk.reload()
    assert desk.get_by_label("Begins with").input_value() == "/politics/"
    desk.get_by_role("button", name="Remove the section").click()
    desk.get_by_role("button", name="Save").click()
    desk.get_by_text("Saved.").wait_for()
    assert review(service, f"/sites/{service.facts['site']}/rules")["sections"] == []


def test_a_section_is_stricter_than_its_site_for_a_while(service, desk):
    path = f"/sites/{service.facts['site']}/rules"
    kept = {"prefix": "/sport/", "strict_thresholds": {"toxicity": 0.6, "standing": 0.4}}
    review(service, path, {"sections": [kept]}, method="PATCH")
    desk.get_by_role("link", name="Rules", exact=True).click()
    sport = desk.locator(".section").first
    sport.get_by_text("2 scores").wait_for()
    assert sport.get_by_label("Toxicity").input_value() == "0.6"
    desk.get_by_role("button", name="Add a section").press("Enter")
    desk.keyboard.type("/politics/")
    politics = desk.locator(".section").nth(1)
    politics.get_by_text("Temporarily stricter").press("Enter")
    politics.get_by_label("Spam").fill("0.3")
    politics.get_by_label("Until").fill("2030-01-01T12:00")
    desk.get_by_role("button", name="Save").press("Enter")
    desk.get_by_text("Saved.").wait_for()

    rules = review(service, path)
    assert rules["strict_thresholds"] is None
    first, second = rules["sections"]
    assert first["strict_thresholds"] == kept["strict_thresholds"]
    assert second["strict_thresholds"] == {"spam": 0.3}
    assert second["strict_until"].startswith("2030-01-01T")


def test_rules_that_two_people_change_are_both_kept_or_refused(service, desk):
    path = f"/sites/{service.facts['site']}/rules"
    desk.get_by_role("link", name="Rules", exact=True).click()
    desk.get_by_label("Slow mode (seconds)").fill("30")
    review(service, path, {"sections": [{"prefix": "/a/"}]}, method="PATCH")
    desk.get_by_role("button", name="Save").press("Enter")
    desk.get_by_text("Saved.").wait_for()

    rules = review(service, path)
    assert (rules["slow_seconds"], len(rules["sections"])) == (30, 1)
    assert desk.get_by_label("Begins with").input_value() == "/a/"
    review(service, path, {"slow_seconds": 60}, method="PATCH")
    desk.get_by_label("Slow mode (seconds)").fill("90")
    desk.get_by_role("button", name="Save").press("Enter")
    desk.get_by_text("changed this meanwhile: slow seconds").wait_for()
    assert review(service, path)["slow_seconds"] == 60
    assert all("412" in complaint for complaint in desk.complaints)
    desk.complaints.clear()


@pytest.fixture
def another_site(service):
    data_dir = {"MODERATION_ENV": "development", "MODERATION_DATA_DIR": str(service.data_dir)}
    subprocess.run(
        [sys.executable, "-m", "moderation", "site", "add", "another"],
        cwd=ROOT,
        env={**os.environ, **data_dir},
        check=True,
        capture_output=True,
    )
    return "another"


@pytest.mark.parametrize(
    ("name", "asked", "shown"),
    [
        ("rules", "**/sites/{}/rules", "[name=slow_seconds] >> nth=0"),
        ("metrics", "**/metrics?*site={}*", ".tile >> nth=0"),
    ],
)
def test_of_two_sites_the_chosen_one_is_shown_in_any_order_of_answers(
    service, desk, another_site, name, asked, shown
):
    ours, late = service.facts["site"], []
    review(service, f"/sites/{ours}/rules", {"slow_seconds": 77}, method="PATCH")
    desk.route(asked.format(another_site), lambda route: late.append(route))
    desk.goto(f"{service.url}/review/{name}")
    choice = desk.locator("[data-filter=site]")
    choice.select_option(ours)
    place = desk.locator(shown)

    def of_ours():
        if name == "rules":
            expect(place).to_have_value("77")
        else:
            expect(place).to_contain_text("1")

    of_ours()
    with desk.expect_request(asked.format(another_site)):
        choice.select_option(another_site)
    with desk.expect_response(asked.format(ours)):
        choice.select_option(ours)
    with desk.expect_response(asked.format(another_site)):
        late[0].continue_()
    let_pass(desk, 50)

    of_ours()


def test_personal_data_is_offered_and_taken_out_by_keyboard(service, desk):
    id = desk.locator("#item").get_attribute("data-comment")
    desk.keyboard.press("d")
    chosen = desk.locator(".redact-word[aria-pressed=true]")
    desk.get_by_text("cannot be restored").wait_for()
    assert "".join(chosen.all_inner_texts()).replace(" ", "") == "+447700900123"
    for _ in range(3):
        desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Space")
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Space")
    with desk.expect_response("**/redact"):
        desk.get_by_role("button", name="for good").press("Enter")
    desk.locator("[data-toasts]").get_by_text("The words are redacted").wait_for()

    item = review(service, f"/comments/{id}")
    assert item["comment"]["text"] == "Bullshit, call me on ⟦removed⟧ or ask ⟦removed⟧"
    expect(desk.locator("[data-text]")).to_contain_text("⟦removed⟧")
    assert desk.locator("mark[data-codes*=PROFANITY]").first.inner_text() == "Bullshit"


def test_a_senior_takes_a_comment_over_with_a_note(service, desk):
    second = service.comment("Bullshit, nothing but bullshit.", name="Cleo")["comment"]["id"]
    review(service, f"/comments/{second}/claim", {})
    desk.goto(f"{service.url}/review/comments/{second}")
    # The form is drawn again until everything about the comment has been read.
    desk.locator(f"[data-comment='{second}'] [data-context=decisions]").wait_for()

    desk.get_by_label("Reason for taking over").fill("The shift is over.")
    with desk.expect_response("**/claim"):
        desk.get_by_role("button", name="Take over").click()
    desk.locator("[data-toasts]").get_by_text("You have taken it over.").wait_for()

    expect(desk.locator("[data-take-over]")).to_have_count(0)
    claim = review(service, f"/comments/{second}")["claim"]
    assert claim["by"] == service.facts["moderator"]["login"]


def test_a_published_comment_is_featured_and_put_back(service, desk):
    made = service.comment("A calm word about the market hall.", name="Dora")["comment"]["id"]
    desk.goto(f"{service.url}/review/comments/{made}")
    # An open menu is closed when the comment is drawn again.
    desk.locator(f"[data-comment='{made}'] [data-context=decisions]").wait_for()

    def choose(entry, message):
        desk.get_by_role("button", name="More actions").click()
        desk.get_by_role("menuitem", name=entry, exact=True).click()
        desk.get_by_text(message).first.wait_for()

    choose("Feature", "The comment is featured")
    assert review(service, f"/comments/{made}")["comment"]["featured"] is True
    choose("No longer feature", "The comment is no longer featured")
    assert review(service, f"/comments/{made}")["comment"]["featured"] is False
