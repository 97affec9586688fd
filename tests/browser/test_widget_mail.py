"""Answers by mail, asked for at the form and above the thread."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name
from tests.browser.widget_answers import body_of, extend, reply

pytestmark = pytest.mark.browser

TELL = "Tell me of answers by mail."


@pytest.fixture
def shown(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, replies_by_mail=True, viewer={"name": "Ines", "staff": False, "verified": True})
    page.sent = reply(page, "**/comments", {"code": "post_closed"}, 409)
    yield thread()
    page.complaints.clear()


def test_answers_are_mailed_to_readers_who_tick_the_box_and_give_an_address(shown, page):
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("Tell me more.")
    give_name(form, "Ada")
    form.get_by_label(TELL).check()
    expect(form.get_by_label("E-mail")).to_be_focused()
    form.get_by_role("button", name="Post comment").click()
    expect(form.get_by_role("alert")).to_have_text("Enter the e-mail address for the answers.")
    expect(form.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")

    form.get_by_label("E-mail").fill("ada@news.example")
    form.get_by_role("button", name="Post comment").click()

    expect(form.get_by_role("alert")).to_contain_text("Comments were closed")
    assert body_of(page.sent[0])["notify"] == "replies"
    assert body_of(page.sent[0])["author"]["email"] == "ada@news.example"


def test_nothing_is_mailed_to_readers_who_do_not_ask(shown, page):
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("No mail for me.")
    give_name(form, "Ada")
    form.get_by_role("button", name="Post comment").click()

    expect(form.get_by_role("alert")).to_contain_text("Comments were closed")
    assert "notify" not in body_of(page.sent[0])


def test_a_signed_in_reader_needs_no_address(shown, page):
    shown.evaluate("e => e.setAttribute('user', 'token-1')")
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("Tell me more.")
    form.get_by_label(TELL).check()
    form.get_by_role("button", name="Post comment").click()

    expect(form.get_by_role("alert")).to_contain_text("Comments were closed")
    assert body_of(page.sent[0])["notify"] == "replies"


def test_a_thread_is_followed_without_writing(shown, page):
    sent = reply(page, "**/follow", {}, 202)
    shown.get_by_role("button", name="Follow by mail").click()
    dialog = shown.get_by_role("dialog", name="Follow by mail")
    dialog.get_by_role("button", name="Follow").click()
    expect(dialog.get_by_role("alert")).to_have_text("Enter the e-mail address for the answers.")
    dialog.get_by_label("E-mail").fill("ada@news.example")
    page.keyboard.press("Enter")

    expect(dialog.get_by_role("status")).to_contain_text("confirm your address there")
    assert body_of(sent[0]) == {"email": "ada@news.example"}


def test_there_is_no_mail_where_the_site_sends_none(service, thread):
    service.comment("The roof leaks in eleven places.", name="Wren")

    shown = thread()
    shown.get_by_role("textbox").first.focus()

    expect(shown.get_by_text(TELL)).to_have_count(0)
    expect(shown.get_by_role("button", name="Follow by mail")).to_have_count(0)
