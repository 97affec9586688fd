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
