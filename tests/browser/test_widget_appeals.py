"""Why an own comment is not published, and the appeal against that."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name
from tests.browser.widget_answers import body_of, reply, violations

pytestmark = pytest.mark.browser

DECISION = {
    "reason": "offensive",
    "sentence": "It insults another reader.",
    "by": "person",
    "until": None,
    "appeal": "possible",
}


def write(shown, text):
    form = shown.locator("form").first
    form.get_by_role("textbox").first.fill(text)
    give_name(form, "Ada")
    form.get_by_role("button", name=re.compile("^Post")).click()


@pytest.fixture
def rejected(service, thread, page):
    """Open the thread with the reader's own comment, which a moderator rejected."""

    def visit(**decision):
        shown = thread()
        write(shown, "What a load of shit.")
        expect(shown.locator("article .state")).to_be_visible()

        def own(route):
            found = route.fetch()
            body = found.json()
            for comment in body["comments"]:
                comment |= {"status": "rejected", "decision": DECISION | decision}
            route.fulfill(response=found, json=body)

        page.route("**/me", own)
        return thread()

    return visit


def test_the_author_reads_why_and_who_decided(rejected, page, axe):
    shown = rejected(until="2027-01-06T12:00:00Z")
    article = shown.locator("article")

    expect(article).to_contain_text("Not published. Only you can see this.")
    expect(article).to_contain_text("It insults another reader. A moderator decided this.")
    expect(article).to_contain_text("This lasts until Wednesday, January 6, 2027")
    assert violations(page, axe) == []


def test_an_automatic_decision_says_so(rejected):
    expect(rejected(by="rule").locator("article")).to_contain_text(
        "A rule of this site decided this automatically."
    )


def test_an_appeal_is_sent_once_with_its_text(rejected, page):
    sent = reply(page, "**/appeals", {"appealed": True}, 202)
    shown = rejected()
    ask = shown.locator("article").get_by_role("button", name="Ask for a review")
    ask.focus()
    page.keyboard.press("Enter")
    dialog = shown.get_by_role("dialog", name="Ask for a review")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert")).to_have_text("Please write something.")
    dialog.get_by_label("Why should the comment be published?").fill("It is about the roof.")
    dialog.get_by_role("button", name="Send").click()

    expect(dialog.get_by_role("status")).to_have_text("Thank you. You will see the outcome here.")
    assert body_of(sent[0]) == {"text": "It is about the roof."}
    assert sent[0].headers["x-edit-token"]
    dialog.get_by_role("button", name="Close").click()
    expect(shown.locator("article")).to_contain_text("You have asked for a review")
    expect(ask).to_have_count(0)


@pytest.mark.parametrize(
    ("appeal", "words"),
    [("pending", "it is not decided yet"), ("decided", "the decision stands"), ("none", "")],
)
def test_an_appeal_that_is_made_or_not_possible_has_no_button(rejected, appeal, words):
    article = rejected(appeal=appeal).locator("article")

    expect(article).to_contain_text("A moderator decided this.")
    expect(article).to_contain_text(words)
    expect(article.get_by_role("button", name="Ask for a review")).to_have_count(0)


def test_a_comment_that_is_refused_at_once_can_be_appealed(thread, page):
    sent = reply(page, "**/appeals", {"appealed": True}, 202)
    shown = thread()
    refusal = {
        "code": "comment_rejected",
        "reason": "blocked_content",
        "edit_token": "token-of-it",
        "comment": {
            "id": "0190c3d2-0000-7000-8000-000000000000",
            "decision": DECISION | {"by": "rule"},
        },
    }
    reply(page, "**/comments", refusal, 422)

    write(shown, "Buy my goods.")
    alert = shown.get_by_role("alert").filter(has_text="words or links")
    expect(alert).to_contain_text("A rule of this site decided this automatically.")
    alert.get_by_role("button", name="Ask for a review").click()
    shown.get_by_label("Why should the comment be published?").fill("They are my own eggs.")
    shown.get_by_role("dialog").get_by_role("button", name="Send").click()

    expect(shown.get_by_role("dialog").get_by_role("status")).to_be_visible()
    assert sent[0].headers["x-edit-token"] == "token-of-it"
    assert "0190c3d2-0000-7000-8000-000000000000/appeals" in sent[0].url
    page.complaints.clear()
