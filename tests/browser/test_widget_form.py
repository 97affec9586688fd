"""The form with its counters, drafts, notices, folding and links back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Service, give_name

pytestmark = pytest.mark.browser

FIRST = "No comments yet. Be the first."


def published(service: Service, text: str, **fields):
    made = service.comment(text, **fields)["comment"]
    assert made["status"] == "approved"
    return made["id"]


def post(shown, text, *, name="Ada"):
    form = shown.locator("form").first
    form.get_by_role("textbox").first.fill(text)
    give_name(form, name)
    form.get_by_role("button", name="Post comment").click()


def settle(service, **rules):
    path = f"/review/sites/{service.facts['site']}/posts/{service.facts['post']}/rules"
    service.call(path, rules, method="PATCH", token=service.facts["api_token"])


def chain(service, *names):
    above = None
    for name in names:
        above = published(
            service, f"{name} has an opinion on the roof.", name=name, parent_id=above
        )
    return above


def test_an_own_comment_that_waits_is_not_called_none(thread):
    shown = thread()
    expect(shown.get_by_text(FIRST)).to_be_visible()

    post(shown, "What a load of shit.")

    expect(shown.locator("article")).to_contain_text("Waiting for a moderator.")
    expect(shown.get_by_text(FIRST)).to_be_hidden()
    article = shown.locator("article")
    article.get_by_role("button", name="Delete").click()
    article.get_by_text("Delete your comment for good?").wait_for()
    article.get_by_role("button", name="Delete").click()
    expect(shown.get_by_text(FIRST)).to_be_visible()


@pytest.mark.parametrize("comments", [0, 1])
def test_a_closed_thread_has_a_notice_in_a_box_apart_from_its_comments(thread, service, comments):
    if comments:
        published(service, "Sent in time.")
    settle(service, state="closed")

    shown = thread()

    notice = shown.get_by_text("Comments are closed.")
    expect(notice).to_be_visible()
    expect(shown.get_by_text(FIRST)).to_be_hidden()
    expect(shown.locator("form")).to_have_count(0)
    assert notice.evaluate("e => getComputedStyle(e).backgroundColor") != "rgba(0, 0, 0, 0)"
    if comments:
        box, first = notice.bounding_box(), shown.locator("article").bounding_box()
        assert first["y"] - box["y"] - box["height"] >= 16


def test_a_thread_whose_time_is_over_is_closed_without_a_form(thread, service, page):
    published(service, "Sent in time.")

    def over(route):
        answer = route.fetch()
        listed = answer.json()
        listed["post"]["closes_at"] = "2020-01-01T00:00:00Z"
        route.fulfill(response=answer, json=listed)

    page.route("**/comments?*", over)

    shown = thread()

    expect(shown.get_by_text("Comments are closed.")).to_be_visible()
    expect(shown.get_by_role("button", name="Reply")).to_have_count(0)


def test_slow_mode_is_announced_at_the_form_and_explained_when_it_is_met(thread, service, page):
    published(service, "First, so that there is a thread.")
    settle(service, slow_seconds=120)
    shown = thread()
    shown.get_by_role("textbox").first.focus()
    expect(shown.locator("form")).to_contain_text("Slow mode: 2 minutes between two comments.")

    post(shown, "One opinion on the roof.")
    expect(shown.get_by_role("article", name="Ada")).to_be_visible()
    post(shown, "And another on the slates.")

    alert = shown.get_by_role("alert").filter(has_text="Slow mode: 2 minutes")
    expect(alert).to_have_text(re.compile(r"between two comments\. Try again in \d+ s\.$"))
    expect(shown.get_by_role("textbox").first).to_have_value("And another on the slates.")
    page.complaints.clear()


@pytest.mark.parametrize(
    ("lang", "seconds", "words"),
    [
        ("en", 90, "90 seconds"),
        ("en", 3600, "1 hour"),
        ("de", 60, "1 Minute"),
        ("fr", 7200, "2 heures"),
        ("ru", 300, "5 минут"),
        ("uk", 120, "2 хвилини"),
        ("ja", 120, "2 分"),
        ("ar", 120, "دقيقتان"),
    ],
)
def test_a_pause_is_named_in_the_readers_language(thread, service, lang, seconds, words):
    settle(service, slow_seconds=seconds)

    shown = thread(lang=lang)
    shown.get_by_role("textbox").first.focus()

    expect(shown.locator(".notes").last).to_contain_text(words)


def test_letters_are_counted_when_nine_tenths_are_used_and_too_many_are_called_that(thread):
    shown = thread()
    form = shown.locator("form")
    field = form.get_by_role("textbox").first
    # Each is one character and two of JavaScript's units.
    field.fill("🚢" * 8_999)
    give_name(form, "Ada")
    expect(form.get_by_text("/ 10,000")).to_be_hidden()
    field.fill("🚢" * 9_000)
    expect(form.get_by_text("9,000 / 10,000")).to_be_visible()
    field.fill("a" * 10_001)
    expect(form.get_by_text("10,001 / 10,000")).to_be_visible()
    expect(shown.get_by_role("status")).to_have_text(re.compile("^Too long"))

    form.get_by_role("button", name="Post comment").click()

    expect(form.get_by_role("alert")).to_have_text("Too long: at most 10,000 characters.")
    expect(field).to_be_focused()
    field.fill("a " * 4_000 + "The levy was meant for the roof.")
    expect(form.get_by_role("alert")).to_have_count(0)
    form.get_by_role("button", name="Post comment").click()
    expect(shown.locator("article")).to_be_focused()


def test_a_long_text_scrolls_in_its_field_and_leaves_the_button_in_sight(thread, page):
    page.set_viewport_size({"width": 360, "height": 640})
    shown = thread()
    field = shown.get_by_role("textbox").first

    field.fill("A line of a very long letter to the editors.\n" * 200)

    assert field.bounding_box()["height"] <= 640 * 0.6 + 1
    assert field.evaluate("e => e.scrollHeight > e.clientHeight")


def test_a_problem_is_shown_at_its_field_whose_red_edge_stays_in_sight(thread):
    shown = thread()

    post(shown, "A thought without a name.", name="")

    name = shown.get_by_label("Name")
    problem = shown.get_by_role("alert")
    expect(name).to_be_focused()
    above, below = name.bounding_box(), problem.bounding_box()
    assert 0 <= below["y"] - above["y"] - above["height"] < 16
    assert abs(below["x"] - above["x"]) < 2
    expect(name).to_have_accessible_description("Please enter a name of at most 80 characters.")
    expect(name).to_have_css("border-top-color", "rgb(179, 38, 30)")
    # The ring of the focus is drawn outside of it.
    assert name.evaluate("e => parseFloat(getComputedStyle(e).outlineOffset)") > 0
    name.fill("Ada")
    expect(problem).to_have_count(0)
    expect(name).not_to_have_attribute("aria-invalid", "true")


def test_a_problem_with_the_text_is_shown_while_it_is_previewed(thread, page):
    shown = thread()
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("So **bold**")
    give_name(form, "Ada")
    form.get_by_role("button", name="Preview").click()
    expect(form.locator("strong")).to_be_visible()
    page.route(
        "**/comments",
        lambda route: route.fulfill(
            status=422,
            content_type="application/problem+json",
            headers={"Access-Control-Allow-Origin": "*"},
            json={"code": "invalid", "errors": [{"pointer": "/text", "detail": "Empty."}]},
        ),
    )

    form.get_by_role("button", name="Post comment").click()

    expect(form.get_by_role("alert")).to_have_text("Please write something.")
    expect(form.get_by_role("textbox").first).to_be_focused()
    page.complaints.clear()


def test_a_ban_shows_its_end_and_its_reason_with_a_label(thread, page):
    shown = thread()
    ban = {"reason": "Three warnings.", "until": "2031-12-06T12:00:00Z"}
    page.route(
        "**/comments",
        lambda route: route.fulfill(
            status=422,
            content_type="application/problem+json",
            headers={"Access-Control-Allow-Origin": "*"},
            json={"code": "comment_rejected", "reason": "author_banned", "ban": ban},
        ),
    )

    post(shown, "Let me in again.")

    alert = shown.get_by_role("alert").filter(has_text="Not accepted")
    expect(alert).to_have_text(re.compile("This lasts until Saturday, December 6, 2031"))
    expect(alert).to_contain_text("Reason: Three warnings.")
    page.complaints.clear()


def test_a_reply_that_was_begun_is_open_again_after_a_reload(thread, service):
    published(service, "The roof leaks in eleven places.", name="Wren")
    published(service, "Twelve, since Thursday.", name="Salt")
    shown = thread()
    shown.get_by_role("button", name="Reply to Wren").click()
    lines = "Half a thought\nand another\nand a third"
    shown.get_by_role("form", name="Reply to Wren").get_by_role("textbox").first.fill(lines)

    shown = thread()

    form = shown.get_by_role("form", name="Reply to Wren")
    field = form.get_by_role("textbox").first
    expect(field).to_have_value(lines)
    expect(field).not_to_be_focused()
    assert field.evaluate("e => e.scrollHeight <= e.clientHeight")
    expect(shown.get_by_role("form")).to_have_count(2)
    shown.get_by_role("button", name="Reply to Wren").click()
    expect(field).to_be_focused()
    form.get_by_role("button", name="Cancel").click()
    expect(shown.get_by_role("button", name="Reply to Wren")).to_be_focused()
    expect(thread().get_by_role("form")).to_have_count(1)


def test_an_edit_that_was_begun_is_open_again_and_is_no_reply(thread):
    shown = thread()
    post(shown, "The levy was ment for the roof.")
    article = shown.locator("article")
    article.get_by_role("button", name="Edit").click()
    article.get_by_role("textbox").fill("The levy was meant for the roof.")

    shown = thread()

    article = shown.locator("article")
    expect(article.get_by_role("textbox")).to_have_value("The levy was meant for the roof.")
    expect(shown.get_by_role("form", name="Reply to Ada")).to_have_count(0)
    article.get_by_role("button", name="Save").click()
    expect(article).to_contain_text("meant for the roof.")


def test_a_folded_branch_counts_every_reply_below_it(thread, service):
    chain(service, "Wren", "Ada", "Bea", "Cleo", "Dan")
    shown = thread()
    hide = shown.get_by_role("button", name="Hide replies to Wren")

    hide.click()

    # Replies below Cleo's are not loaded yet, and are counted all the same.
    unfold = shown.get_by_role("button", name="Show 4 replies")
    expect(unfold).to_be_focused()
    unfold.click()
    expect(hide).to_be_focused()
    expect(shown.get_by_role("article", name="Bea")).to_be_visible()


def test_a_fold_can_be_seen_and_hit_with_a_finger(service, browser):
    chain(service, "Wren", "Ada", "Bea")
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.set_default_timeout(8000)
    page.goto(service.facts["article"])
    page.locator("comment-thread").scroll_into_view_if_needed()
    hide = page.get_by_role("button", name="Hide replies to Wren")
    hide.scroll_into_view_if_needed()
    sign = hide.evaluate("e => getComputedStyle(e, '::before').content")
    box = hide.bounding_box()

    hide.tap(position={"x": box["width"] / 2, "y": 10})

    assert "−" in sign
    assert box["width"] >= 24
    assert box["height"] >= 24
    expect(page.get_by_role("button", name="Show 2 replies")).to_be_visible()
    context.close()


def test_an_own_reply_into_a_folded_branch_unfolds_it(thread, service):
    chain(service, "Wren", "Ada")
    shown = thread()
    shown.get_by_role("button", name="Hide replies to Wren").click()

    shown.get_by_role("button", name="Reply to Wren").click()
    form = shown.get_by_role("form", name="Reply to Wren")
    form.get_by_role("textbox").first.fill("Thirteen, by now.")
    give_name(form, "Salt")
    form.get_by_role("button", name="Post").click()

    expect(shown.get_by_role("article", name="Salt")).to_be_focused()
    expect(shown.get_by_role("article", name="Ada")).to_be_visible()


def test_in_reply_to_leads_to_that_comment_and_marks_it_alone(thread, service, page):
    last = chain(service, "Wren", "Ada", "Bea", "Cleo", "Dan", "Eve", "Finn")
    shown = thread(f"#comment-{last}")
    expect(shown.get_by_role("article", name="Finn")).to_be_focused()

    shown.get_by_role("link", name="in reply to Eve").focus()
    page.keyboard.press("Enter")

    eve = shown.get_by_role("article", name="Eve")
    expect(eve).to_be_focused()
    expect(eve).to_be_in_viewport()
    expect(shown.locator(".marked")).to_have_count(1)
    expect(shown.locator(".marked")).to_contain_text("Eve has an opinion")


def test_a_waiting_reply_whose_parent_is_pages_down_leads_to_it(thread, service):
    published(service, "The roof leaks in eleven places.", name="Wren")
    shown = thread()
    shown.get_by_role("button", name="Reply to Wren").click()
    form = shown.get_by_role("form", name="Reply to Wren")
    form.get_by_role("textbox").first.fill("What a load of shit.")
    give_name(form, "Ada")
    form.get_by_role("button", name="Post").click()
    expect(shown.get_by_role("article", name="Ada")).to_be_focused()
    for n in range(3):
        published(service, f"Remark {n} on the hall, unlike any other.", name=f"Reader {n}")
    shown = thread(page_size="2")
    expect(shown.get_by_role("article", name="Wren")).to_have_count(0)

    shown.get_by_role("article", name="Ada").get_by_role("link", name="in reply to").click()

    expect(shown.get_by_role("article", name="Wren")).to_be_focused()


@pytest.mark.parametrize(
    ("removal", "words"),
    [
        ({"removal": "moderator"}, "Removed by a moderator."),
        ({"removal": "author"}, "Deleted by its author."),
        ({"removal": "review"}, "Waiting for a moderator again."),
        ({}, "Deleted by its author."),
    ],
)
def test_a_comment_that_is_gone_keeps_its_place_and_names_how_it_went(
    thread, service, page, removal, words
):
    parent = published(service, "Soon regretted.", name="Wren")
    published(service, "An answer that stays.", name="Ada", parent_id=parent)

    def gone(route):
        answer = route.fetch()
        listed = answer.json()
        blank = {"author": {"name": "", "staff": False}, "html": "", "text": "", "deleted": True}
        listed["comments"][0].pop("removal", None)
        listed["comments"][0].update({**blank, **removal})
        route.fulfill(response=answer, json=listed)

    page.route("**/comments?*", gone)

    shown = thread()

    expect(shown.locator("article").first).to_have_text(words)
    expect(shown.locator("li li article")).to_contain_text("An answer that stays.")
    expect(shown.get_by_role("button", name="Hide replies to …")).to_be_visible()
