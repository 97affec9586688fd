"""Reports, and authors whom a reader does not want to see."""

import pytest
from playwright.sync_api import expect

from tests.browser.widget_answers import REASONS, body_of, extend, reply, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def shown(service, thread, page):
    """A thread of three comments by two authors, on a site that takes reports."""
    first = service.comment("The roof leaks in eleven places.", name="Wren")["comment"]["id"]
    service.comment("Twelve, since Thursday.", name="Bea", parent_id=first)
    service.comment("And the drains with it.", name="Wren")
    extend(page, reports=True)
    page.asked = reply(
        page, "**/report-reasons?lang=*", {"reasons": REASONS, "outcome_by_mail": True}
    )
    page.sent = reply(page, "**/reports", {"reported": True}, 202)
    return thread()


def of(shown, words):
    return shown.locator("article").filter(has_text=words)


def test_a_report_names_its_reason_and_is_confirmed(shown, page):
    button = of(shown, "eleven places").get_by_role("button", name="Report")
    button.click()
    dialog = shown.get_by_role("dialog", name="Report the comment by Wren")
    dialog.get_by_label("Advertising").check()
    dialog.get_by_label("Details for the editors").fill("It sells slates.")
    dialog.get_by_role("button", name="Send report").click()

    expect(dialog.get_by_role("status")).to_have_text(
        "Thank you. The editors will look at this comment."
    )
    assert page.asked[0].url.endswith("lang=en")
    assert body_of(page.sent[0]) == {
        "reason": "spam",
        "text": "It sells slates.",
        "email": None,
        "name": None,
        "explanation": None,
        "good_faith": False,
    }
    dialog.get_by_role("button", name="Close").click()
    done = of(shown, "eleven places").get_by_role("button", name="Reported")
    expect(done).to_be_disabled()


def test_a_report_is_remembered_and_told_to_the_page(shown, thread, page):
    page.evaluate("document.addEventListener('comments:report', e => (window.detail = e.detail))")
    of(shown, "drains").get_by_role("button", name="Report").click()
    shown.get_by_label("Insult").check()
    shown.get_by_role("button", name="Send report").click()
    expect(shown.get_by_role("dialog").get_by_role("status")).to_be_visible()
    detail = page.evaluate("detail")

    shown = thread()

    assert detail["reason"] == "insult"
    expect(of(shown, "drains").get_by_role("button", name="Reported")).to_be_disabled()
    expect(of(shown, "eleven").get_by_role("button", name="Report", exact=True)).to_be_enabled()


def test_a_legal_notice_asks_for_what_the_law_asks_for(shown, page):
    of(shown, "drains").get_by_role("button", name="Report").click()
    dialog = shown.get_by_role("dialog")
    send = dialog.get_by_role("button", name="Send report")
    send.click()
    expect(dialog.get_by_role("alert")).to_have_text("Choose a reason.")
    dialog.get_by_label("Illegal content").check()

    for label, value in {
        "Why is it illegal?": "Section 4.",
        "Name": "Ines Duarte",
        "E-mail": "ines@news.example",
    }.items():
        send.click()
        field = dialog.get_by_label(label, exact=label == "Name")
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        field.fill(value)
    send.click()
    dialog.get_by_label("To the best of my knowledge").check()
    send.click()

    expect(dialog.get_by_role("status")).to_be_visible()
    assert len(page.sent) == 1
    assert body_of(page.sent[0]) == {
        "reason": "illegal",
        "text": "",
        "email": "ines@news.example",
        "name": "Ines Duarte",
        "explanation": "Section 4.",
        "good_faith": True,
    }


def test_a_report_that_fails_can_be_sent_again(shown, page):
    page.unroute("**/reports")
    page.sent = reply(page, "**/reports", {"code": "rate_limited"}, 429)
    of(shown, "drains").get_by_role("button", name="Report").click()
    dialog = shown.get_by_role("dialog")
    dialog.get_by_label("Insult").check()
    dialog.get_by_role("button", name="Send report").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Too many requests at once.")

    page.unroute("**/reports")
    reply(page, "**/reports", {"reported": True}, 202)
    dialog.get_by_role("button", name="Send report").click()

    expect(dialog.get_by_role("status")).to_be_visible()
    page.complaints.clear()


def test_the_dialog_is_left_by_escape_and_gives_the_focus_back(shown, page):
    button = of(shown, "drains").get_by_role("button", name="Report")
    button.focus()
    page.keyboard.press("Enter")
    dialog = shown.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Insult")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_label("Advertising")).to_be_checked()

    page.keyboard.press("Escape")

    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


@pytest.mark.parametrize("width", [390, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_dialog_has_no_fault_and_fits(shown, page, axe, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 700})
    of(shown, "drains").get_by_role("button", name="Report").click()
    shown.get_by_label("Illegal content").check()
    shown.get_by_role("button", name="Send report").click()

    assert violations(page, axe) == []
    box = shown.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["height"] <= 700


def test_there_is_no_report_where_the_site_takes_none(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, reports=False)

    expect(thread().get_by_role("button", name="Report")).to_have_count(0)


def test_a_muted_author_is_hidden_everywhere_and_after_a_reload(shown, thread):
    article = of(shown, "drains")
    article.get_by_role("button", name="More about the comment by Wren").click()
    article.get_by_role("button", name="Mute Wren").click()

    expect(shown.get_by_text("You have muted Wren.")).to_have_count(2)
    expect(of(shown, "drains")).to_have_count(0)
    expect(of(shown, "Twelve, since Thursday.")).to_be_visible()

    shown = thread()
    expect(shown.get_by_text("You have muted Wren.")).to_have_count(2)
    shown.get_by_role("button", name="Show", exact=True).first.click()
    expect(of(shown, "drains")).to_be_focused()
    expect(shown.get_by_text("You have muted Wren.")).to_have_count(1)
    shown.get_by_role("button", name="Unmute").click()
    expect(shown.get_by_text("You have muted Wren.")).to_have_count(0)
    expect(of(shown, "eleven places")).to_be_visible()


@pytest.mark.parametrize("name", ["constructor", "__proto__", "toString"])
def test_a_name_that_a_script_knows_is_not_muted(service, thread, name):
    service.comment("The roof leaks in eleven places.", name=name)

    expect(thread().locator("article")).to_contain_text("eleven places")


def test_a_report_offers_to_mute_its_author(shown):
    of(shown, "drains").get_by_role("button", name="Report").click()
    shown.get_by_label("Insult").check()
    shown.get_by_role("button", name="Send report").click()

    shown.get_by_role("dialog").get_by_role("button", name="Mute Wren").click()

    expect(shown.get_by_role("dialog")).to_have_count(0)
    expect(shown.get_by_text("You have muted Wren.")).to_have_count(2)


def test_the_link_of_a_comment_is_copied(shown, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    more = of(shown, "Twelve").get_by_role("button", name="More about the comment by Bea")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    of(shown, "Twelve").get_by_role("button", name="Copy link").click()

    expect(of(shown, "Twelve").get_by_role("button", name="Copied")).to_be_visible()
    id = shown.locator("li li").get_attribute("data-id")
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"#comment-{id}")
    more.click()
    expect(of(shown, "Twelve").get_by_role("button", name="Mute")).to_have_count(0)
