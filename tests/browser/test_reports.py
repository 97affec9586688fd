"""A report's whole way: a reader at the article, a moderator at the queue, and the outcome."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.widget_answers import violations

pytestmark = pytest.mark.browser

INSULT = "Okafor is a clown, and the whole lot of them should go."


def log_in(service, page):
    page.goto(f"{service.url}/review/login")
    page.get_by_label("Login").fill(service.facts["moderator"]["login"])
    page.get_by_label("Password").fill(service.facts["moderator"]["password"])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/review/")


def reports_of(service, id):
    item = service.call(f"/review/comments/{id}", token=service.facts["api_token"])
    return [(report["reason"], report["outcome"]) for report in item["reports"]]


def test_a_reader_reports_by_keyboard_and_a_moderator_decides(service, thread, page, axe):
    id = service.comment(INSULT, name="Gaz")["comment"]["id"]
    reports = f"/sites/{service.facts['site']}/comments/{id}/reports"
    shown = thread()
    shown.get_by_role("button", name="Report", exact=True).focus()
    page.keyboard.press("Enter")
    dialog = shown.locator("dialog[open]")
    expect(dialog.get_by_label("Insult or harassment")).to_be_focused()
    expect(dialog.get_by_role("radio")).to_have_count(7)
    assert violations(page, axe) == []
    page.keyboard.press("Space")
    dialog.get_by_label("Details for the editors").focus()
    page.keyboard.type("He calls a colleague names.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("Thank you.")
    page.keyboard.press("Escape")
    expect(shown.get_by_role("button", name="Reported")).to_be_disabled()
    # The same reader again, past what their browser remembers.
    assert service.call(reports, {"reason": "hate"})["reported"] is True
    assert reports_of(service, id) == [("harassment", None)]

    log_in(service, page)
    link = page.get_by_role("link", name=re.compile("^Reported"))
    expect(link).to_contain_text("1")
    link.click()
    line = page.locator("#item [data-reported]")
    expect(line).to_contain_text("Reported by one reader")
    expect(line).to_contain_text("insult or harassment")
    entry = page.locator("[data-context=reports] li")
    expect(entry).to_contain_text("He calls a colleague names.")
    expect(entry).to_contain_text(re.compile("Guest [0-9a-f]{8}"))
    page.evaluate(axe)
    found = page.evaluate("axe.run('#item', { resultTypes: ['violations'] })")["violations"]
    assert [rule["id"] for rule in found] == []
    with page.expect_response("**/decisions"):
        page.keyboard.press("a")
    expect(page.locator("#list")).to_contain_text("Reported: no comments")
    expect(link).not_to_contain_text("1")

    # Kept: another report neither fills the queue nor takes the comment down.
    assert service.call(reports, {"reason": "spam"})["reported"] is True
    assert reports_of(service, id) == [("harassment", "kept")]
    shown = thread()
    expect(shown.locator("article").filter(has_text="a clown")).to_be_visible()


def test_a_reader_reports_without_scripts(service, page, context, axe):
    id = service.comment(INSULT, name="Gaz")["comment"]["id"]
    page.goto(f"{service.url}/embed/{service.facts['site']}/{service.facts['post']}")
    page.get_by_role("link", name="Report the comment by Gaz").click()
    expect(page.get_by_text("Okafor is a clown")).to_be_visible()
    page.get_by_role("button", name="Send report").click()
    expect(page.get_by_role("alert")).to_have_text("Choose a reason.")
    page.get_by_label("Illegal content").check()
    page.get_by_label("Details for the editors").fill("It names the law.")
    page.get_by_role("button", name="Send report").click()
    expect(page.get_by_label("Why is it illegal?")).to_have_attribute("aria-invalid", "true")
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    assert [rule["id"] for rule in found] == []
    page.get_by_label("Why is it illegal?").fill("Section 4.")
    page.get_by_label("Name", exact=True).fill("Ines Duarte")
    page.get_by_label("E-mail").fill("ines@news.example")
    page.get_by_label("To the best of my knowledge").check()
    page.get_by_role("button", name="Send report").click()

    expect(page.get_by_role("status")).to_contain_text("Thank you.")
    assert reports_of(service, id) == [("illegal", None)]
    page.get_by_role("link", name="All comments").click()
    expect(page.get_by_text("Okafor is a clown")).to_be_visible()
    # Chromium logs the page with the errors as one.
    page.complaints.clear()


def test_reports_are_switched_off_in_the_console(service, thread, page):
    service.comment(INSULT, name="Gaz")
    log_in(service, page)
    page.goto(f"{service.url}/review/sites/{service.facts['site']}")
    page.get_by_label("Reports by readers").select_option("Off")
    page.get_by_label("Reasons", exact=True).fill("spam\nprice: Wrong price")
    with page.expect_response("**/settings"):
        page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    shown = thread()

    expect(shown.locator("article")).to_contain_text("a clown")
    expect(shown.get_by_role("button", name="Report")).to_have_count(0)
