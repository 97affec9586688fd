"""Answers by mail, whole: box, confirmation, a moderator's approval, the mail, one click."""

import re
import time
import urllib.parse
import urllib.request

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import expect

from tests.browser.conftest import give_name, running
from tests.nodes import free_port
from tests.services.notifications.sink import Sink

pytestmark = pytest.mark.browser

HELD = "What a pile of bullshit the council has put before us."


@pytest.fixture
def mailbox():
    sink, port = Sink(), free_port()
    controller = Controller(sink, "127.0.0.1", port, enable_SMTPUTF8=False, ready_timeout=60)
    controller.start()
    sink.url = f"smtp://127.0.0.1:{port}"
    yield sink
    controller.stop()


@pytest.fixture
def service(tmp_path, mailbox):
    with running(tmp_path, MODERATION_SMTP_URL=mailbox.url) as started:
        started.call(
            "/review/sites/demo/settings",
            {"settings": {"replies_by_mail": True}},
            method="PATCH",
            token=started.facts["api_token"],
        )
        yield started


def next_mail(mailbox, number):
    """Wait for the worker, which looks every few seconds."""
    deadline = time.monotonic() + 90
    while len(mailbox.received) < number:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return mailbox.messages[number - 1]


def text_of(message):
    return message.get_body(("plain",)).get_content()


def test_a_reader_asks_confirms_gets_the_answer_and_stops_it(service, mailbox, page, axe):
    page.goto(service.facts["article"])
    thread = page.locator("comment-thread")
    thread.scroll_into_view_if_needed()
    form = thread.locator("form")
    form.get_by_role("textbox").first.fill("Is the clock tower sold?")
    give_name(form, "Ines")
    form.get_by_label("Tell me of answers by mail.").check()
    form.get_by_label("E-mail").fill("ines@readers.example")
    form.get_by_role("button", name="Post comment").click()
    mine = thread.locator("article").filter(has_text="Is the clock tower sold?")
    expect(mine).to_be_visible()

    request = next_mail(mailbox, 1)
    assert request["To"] == "ines@readers.example"
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(re.search(r"Confirm the address: (\S+)", text_of(request))[1])
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Yes, mail me answers").press("Enter")
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_visible()
    assert violations(page, axe) == []

    parent = service.call(f"/sites/demo/posts/{service.facts['post']}/comments")["comments"][0]
    reply = service.comment(HELD, name="Bo", parent_id=parent["id"])["comment"]
    assert reply["status"] == "held"
    token = service.facts["api_token"]
    decision = {"outcome": "approve"}
    service.call(f"/review/comments/{reply['id']}/decisions", decision, token=token)
    answer = next_mail(mailbox, 2)
    assert "Bo answered you" in text_of(answer)
    assert "bullshit" in text_of(answer)
    assert answer["Date"].datetime
    assert answer["Message-ID"]
    page.goto(re.search(r"Read and answer: (\S+)", text_of(answer))[1])
    expect(page.locator("comment-thread article").filter(has_text=HELD).last).to_be_visible()

    stop = answer["List-Unsubscribe"].strip("<>")
    page.goto(stop)
    assert violations(page, axe) == []
    expect(page.get_by_role("button", name="Stop all answers by mail")).to_be_visible()
    assert answer["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = urllib.parse.urlencode({"List-Unsubscribe": "One-Click"}).encode()
    with urllib.request.urlopen(stop, data=body, timeout=10) as done:
        assert done.status == 200
    page.reload()
    expect(page.get_by_role("button", name=re.compile("^Stop mail about"))).to_have_count(0)
    page.get_by_role("button", name="Never send mail to this address").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("sends no mail to this address")


def violations(page, axe):
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [(rule["id"], node["target"]) for rule in found["violations"] for node in rule["nodes"]]


def test_a_reader_without_scripts_follows_a_thread(service, mailbox, browser, axe):
    post = service.facts["post"]
    service.comment("Is the clock tower sold?", name="Ines")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.set_default_timeout(8000)
    page.goto(f"{service.url}/embed/demo/{post}")
    page.get_by_text("Follow by mail").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("E-mail").last).to_be_focused()
    assert page.locator("html").bounding_box()["width"] <= 390
    page.keyboard.type("rae@readers.example")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text(
        "Look into your mailbox and confirm your address there."
    )
    request = next_mail(mailbox, 1)
    assert request["To"] == "rae@readers.example"
    page.goto(re.search(r"Confirm the address: (\S+)", text_of(request))[1])
    page.get_by_role("button", name="Yes, mail me answers").click()
    service.comment("Sold in May.", name="Bo")
    assert "Sold in May." in text_of(next_mail(mailbox, 2))
    context.close()


@pytest.mark.parametrize("width", [390, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_that_follows_has_no_fault_and_fits(service, page, axe, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    service.comment("Is the clock tower sold?", name="Ines")
    thread, form = (
        f"{service.url}/{way}/demo/{service.facts['post']}" for way in ("embed", "follow")
    )

    def fits():
        return page.evaluate("document.documentElement.scrollWidth") <= width

    page.goto(thread)
    page.get_by_text("Follow by mail").click()
    assert (violations(page, axe), fits()) == ([], True)
    page.goto(f"{form}?lang=ar")
    assert (violations(page, axe), fits()) == ([], True)
    page.goto(form)
    page.get_by_label("E-mail").fill("no.address@-")
    page.locator("form").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    assert (violations(page, axe), fits()) == ([], True)
    # The browser counts an answer with an error as a complaint.
    page.complaints.clear()


def test_a_legal_notice_in_the_widget_has_its_receipt(service, mailbox, page):
    service.comment("The clock tower is full of rats.", name="Wren")
    page.goto(service.facts["article"])
    thread = page.locator("comment-thread")
    thread.scroll_into_view_if_needed()
    thread.get_by_role("button", name="Report").click()
    dialog = thread.get_by_role("dialog")
    dialog.get_by_label("Illegal content").check()
    dialog.get_by_label("Why is it illegal?").fill("It breaks section 4.")
    dialog.get_by_label("Name", exact=True).fill("Ines Duarte")
    expect(dialog.get_by_text("to hear about the outcome")).to_be_visible()
    dialog.get_by_label("E-mail").fill("ines@readers.example")
    dialog.get_by_label("To the best of my knowledge").check()
    dialog.get_by_role("button", name="Send report").click()

    receipt = next_mail(mailbox, 1)

    assert receipt["To"] == "ines@readers.example"
    assert "Your notice about a comment" in text_of(receipt)
    assert "section 4" not in receipt.as_string()
    assert "rats" not in receipt.as_string()


@pytest.fixture
def quiet(tmp_path):
    """A service that cannot send mail."""
    with running(tmp_path / "quiet") as started:
        yield started


def test_no_outcome_is_offered_where_no_mail_is_sent(quiet, page):
    id = quiet.comment("The roof leaks in eleven places.", name="Wren")["comment"]["id"]
    page.goto(quiet.facts["article"])
    thread = page.locator("comment-thread")
    thread.scroll_into_view_if_needed()
    thread.get_by_role("button", name="Report").click()
    dialog = thread.get_by_role("dialog")
    email = dialog.get_by_label("E-mail")
    dialog.get_by_label("Advertising").check()
    expect(email).to_be_hidden()
    dialog.get_by_label("Illegal content").check()
    expect(email).to_be_visible()
    expect(dialog.get_by_text("to hear about the outcome")).to_have_count(0)

    page.goto(f"{quiet.url}/report/{id}")
    expect(
        page.get_by_role("group", name="Only for illegal content").get_by_label("E-mail")
    ).to_have_count(1)
    expect(page.get_by_label("E-mail")).to_have_count(1)
    expect(page.get_by_text("to hear about the outcome")).to_have_count(0)
    page.goto(f"{quiet.url}/embed/demo/{quiet.facts['post']}")
    expect(page.get_by_text("Follow by mail")).to_have_count(0)
