"""Failures in the widget are shown beside their control, which works when tried again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Service, give_name

pytestmark = pytest.mark.browser

UNREACHABLE = "Comments cannot be loaded just now."


@pytest.fixture(autouse=True)
def expected_complaints(page):
    """Every test here makes requests fail, which the browser logs."""
    yield
    page.complaints.clear()


def published(service: Service, text: str, **fields):
    made = service.comment(text, **fields)["comment"]
    assert made["status"] == "approved"
    return made["id"]


def remarks(service, number):
    return [
        published(service, f"Remark {n} on the hall, unlike any other.", name=f"Reader {n}")
        for n in range(number)
    ]


def refused(page, address, *, status=503, code="busy", headers=None):
    """Refuse the next request to an address."""
    page.route(
        address,
        lambda route: route.fulfill(
            status=status,
            content_type="application/problem+json",
            headers={
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Expose-Headers": "*",
                **(headers or {}),
            },
            json={"code": code, "status": status},
        ),
        times=1,
    )


def failure(shown, words):
    """The visible sentence, which is announced as well."""
    expect(shown.get_by_role("status")).to_have_text(words)
    visible = shown.locator(".problem").filter(has_text=words)
    expect(visible).to_be_in_viewport()
    return visible


def beside(control, words):
    """Check that a sentence is no farther from its control than a line or two."""
    above, below = control.bounding_box(), words.bounding_box()
    assert 0 <= below["y"] - above["y"] < above["height"] + 60


def test_more_comments_that_do_not_come_are_reported_at_their_button(thread, service, page):
    remarks(service, 3)
    shown = thread(page_size="2")
    more = shown.get_by_role("button", name="Show more comments")
    page.context.set_offline(True)

    more.focus()
    page.keyboard.press("Enter")

    beside(more, failure(shown, UNREACHABLE))
    expect(more).to_be_focused()
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    expect(shown.locator("article")).to_have_count(3)
    expect(shown.locator("article").last).to_be_focused()
    expect(shown.locator(".problem:visible")).to_have_count(0)


def test_replies_that_do_not_come_are_reported_at_their_button(thread, service, page):
    parent = published(service, "The roof leaks in eleven places.", name="Wren")
    for n in range(7):
        published(service, f"Answer {n}, unlike any other.", name=f"R{n}", parent_id=parent)
    shown = thread()
    more = shown.get_by_role("button", name="Show 2 replies")
    refused(
        page, "**/replies?*", status=429, code="too_many_requests", headers={"Retry-After": "7"}
    )

    more.click()

    beside(more, failure(shown, f"{UNREACHABLE} Try again in 7 s."))
    expect(more).to_be_focused()
    more.click()
    expect(shown.locator("li li article")).to_have_count(7)
    # The first of those that were not shown before.
    expect(shown.locator("li li article").nth(5)).to_be_focused()
    expect(shown.locator(".problem:visible")).to_have_count(0)


def test_an_order_that_does_not_come_is_reported_and_the_old_one_stays_chosen(
    thread, service, page
):
    remarks(service, 3)
    shown = thread(page_size="2")
    order = shown.get_by_role("combobox")
    refused(page, "**/comments?sort=oldest*")

    order.focus()
    page.keyboard.press("ArrowDown")

    beside(order, failure(shown, UNREACHABLE))
    expect(order).to_have_value("newest")
    expect(order).to_be_focused()
    expect(shown.locator("article").first).to_contain_text("Remark 2")
    shown.get_by_role("button", name="Show more comments").click()
    expect(shown.locator("article").last).to_contain_text("Remark 0")
    order.select_option("oldest")
    expect(shown.locator("article").first).to_contain_text("Remark 0")
    expect(shown.locator(".problem:visible")).to_have_count(0)


def test_the_order_that_was_chosen_last_is_shown_in_any_order_of_answers(thread, service, page):
    remarks(service, 3)
    shown = thread()
    order = shown.get_by_role("combobox")
    late = []
    page.route("**/comments?sort=oldest*", lambda route: late.append(route), times=1)

    with page.expect_request("**/comments?sort=oldest*"):
        order.select_option("oldest")
    order.select_option("newest")
    late[0].continue_()

    expect(order).not_to_have_attribute("aria-busy", "true")
    expect(order).to_have_value("newest")
    expect(shown.locator("article").first).to_contain_text("Remark 2")


def own_comment(shown):
    form = shown.locator("form").first
    form.get_by_role("textbox").first.fill("The levy was meant for the roof.")
    give_name(form, "Ada")
    form.get_by_role("button", name="Post comment").click()
    expect(shown.locator("article")).to_be_focused()
    return shown.locator("article")


def test_a_delete_that_fails_is_reported_as_one_and_can_be_repeated(thread, page):
    shown = thread()
    article = own_comment(shown)
    refused(page, re.compile("/api/v1/comments/[^/]+$"))
    article.get_by_role("button", name="Delete").click()
    article.get_by_text("Delete your comment for good?").wait_for()
    delete = article.get_by_role("button", name="Delete")

    delete.focus()
    page.keyboard.press("Enter")

    beside(delete, failure(shown, "Your comment could not be deleted."))
    expect(delete).to_be_focused()
    expect(article).to_contain_text("The levy was meant for the roof.")
    page.keyboard.press("Enter")
    expect(article).to_have_count(0)
    expect(shown.get_by_role("heading")).to_be_focused()


def test_a_double_click_deletes_once(thread, page):
    shown = thread()
    article = own_comment(shown)
    sent = []
    page.on("request", lambda r: sent.append(r.url) if r.method == "DELETE" else None)
    article.get_by_role("button", name="Delete").click()
    article.get_by_text("Delete your comment for good?").wait_for()

    article.get_by_role("button", name="Delete").dblclick(no_wait_after=True)

    expect(article).to_have_count(0)
    assert len(sent) == 1


def test_an_edit_that_fails_keeps_its_text_and_its_button(thread, page):
    shown = thread()
    article = own_comment(shown)
    article.get_by_role("button", name="Edit").click()
    article.get_by_role("textbox").fill("The levy was meant for the slates.")
    refused(page, re.compile("/api/v1/comments/[^/]+$"), status=404, code="comment_not_found")
    save = article.get_by_role("button", name="Save")

    save.click()

    problem = article.get_by_role("alert").filter(has_text="The comment is no longer here.")
    expect(problem).to_be_visible()
    expect(article.get_by_role("textbox")).to_have_value("The levy was meant for the slates.")
    save.click()
    expect(article).to_contain_text("meant for the slates.")


def test_a_preview_that_fails_is_not_called_a_comment_that_was_not_sent(thread, page):
    shown = thread()
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("So **bold**")
    page.context.set_offline(True)
    preview = form.get_by_role("button", name="Preview")

    preview.click()

    beside(preview, failure(shown, "The preview is not available right now. Your text is kept."))
    expect(preview).to_be_focused()
    page.context.set_offline(False)
    preview.click()
    expect(form.locator("strong")).to_have_text("bold")
    expect(shown.locator(".problem:visible")).to_have_count(0)


def test_a_link_to_a_comment_that_is_gone_is_reported_where_the_reader_looks(thread, service):
    remarks(service, 2)

    shown = thread("#comment-01a2b3c4-0000-4000-8000-000000000000")

    failure(shown, "The comment is no longer here.")


def test_a_link_that_leads_on_clears_the_report_of_the_one_before(thread, service, page):
    first, _ = remarks(service, 2)
    shown = thread("#comment-01a2b3c4-0000-4000-8000-000000000000")
    failure(shown, "The comment is no longer here.")

    page.evaluate("id => { location.hash = `comment-${id}` }", first)

    expect(shown.get_by_role("article", name="Reader 0")).to_be_focused()
    expect(shown.locator(".problem:visible")).to_have_count(0)


def test_a_thread_that_cannot_be_loaded_is_reported_in_the_readers_language_and_tried_again(
    service, page
):
    page.set_default_timeout(8000)
    page.route("**/comments?*", lambda route: route.abort(), times=2)
    page.goto(service.facts["article"])
    thread = page.locator("comment-thread")
    thread.evaluate("e => e.setAttribute('lang', 'ar')")
    thread.scroll_into_view_if_needed()
    expect(thread.get_by_role("alert")).to_have_text("تعذّر تحميل التعليقات الآن.")
    expect(thread.locator("section")).to_have_css("direction", "rtl")
    page.unroute("**/comments?*")
    refused(page, "**/comments?*")
    again = thread.get_by_role("button", name="حاول مجددًا")

    again.click()
    expect(again).to_be_focused()
    expect(again).not_to_have_attribute("aria-busy", "true")
    again.click()

    expect(thread.get_by_role("heading")).to_be_focused()
