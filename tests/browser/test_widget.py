"""The widget as readers and commenters meet it, on a page of another origin."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name, let_pass

pytestmark = pytest.mark.browser

HELD = "Waiting for a moderator. Only you can see this."


@pytest.fixture
def thread(service, page):
    """The widget on the article, loaded."""
    page.set_default_timeout(8000)

    def visit():
        page.goto(service.facts["article"])
        thread = page.locator("comment-thread")
        thread.scroll_into_view_if_needed()
        thread.get_by_role("heading").wait_for()
        return thread

    return visit


def write(form, text, *, name="Ada"):
    form.get_by_role("textbox").first.fill(text)
    give_name(form, name)
    form.get_by_role("button", name=re.compile("^Post")).click()


def test_a_clean_comment_is_published_at_once_and_takes_the_focus(thread):
    shown = thread()

    write(shown.locator("form"), "The levy was meant for the *roof*.")

    article = shown.locator("article")
    expect(article).to_contain_text("The levy was meant for the roof.")
    expect(article.locator("em")).to_have_text("roof")
    expect(article).to_be_focused()
    expect(shown.get_by_role("heading")).to_have_text("1 comment")
    expect(shown.get_by_role("status")).to_have_text("Published.")
    expect(shown.get_by_role("textbox").first).to_have_value("")


def test_a_held_comment_waits_in_its_place_for_its_author_alone(thread, service, context):
    shown = thread()

    write(shown.locator("form"), "What a load of shit.")
    expect(shown.locator("article")).to_contain_text(HELD)

    shown = thread()
    expect(shown.locator("article")).to_contain_text(HELD)
    expect(shown.get_by_role("heading")).to_have_text("Comments")
    context.clear_cookies()
    stranger = context.browser.new_page()
    stranger.goto(service.facts["article"])
    stranger.locator("comment-thread").scroll_into_view_if_needed()
    expect(stranger.get_by_text("No comments yet.")).to_be_visible()
    expect(stranger.locator("comment-thread article")).to_have_count(0)
    stranger.close()


def test_a_comment_sent_while_own_ones_load_stays_the_readers_own(thread, page):
    late = []
    shown = thread()
    write(shown.locator("form"), "The levy was meant for the roof.")
    expect(shown.locator("article")).to_be_focused()
    page.route("**/me", lambda route: late.append(route), times=1)
    with page.expect_request("**/me"):
        shown = thread()
    write(shown.locator("form"), "What a load of shit.")
    expect(shown.locator("article").filter(has_text=HELD)).to_be_visible()
    with page.expect_response("**/me"):
        late[0].continue_()
    let_pass(page)

    expect(thread().locator("article").filter(has_text=HELD)).to_be_visible()


def test_an_approved_comment_is_public(thread, service):
    waiting = service.comment("What a load of shit.")["comment"]
    service.call(
        f"/review/comments/{waiting['id']}/decisions",
        {"outcome": "approve"},
        token=service.facts["api_token"],
    )

    shown = thread()

    expect(shown.locator("article")).to_contain_text("What a load of shit.")


def test_a_reply_is_shown_under_its_parent(thread, service):
    service.comment("The roof leaks in eleven places.", name="Wren")
    shown = thread()

    shown.get_by_role("button", name="Reply to Wren").click()
    form = shown.get_by_role("form", name="Reply to Wren")
    expect(form.get_by_role("textbox").first).to_be_focused()
    write(form, "Twelve, since Thursday.")

    reply = shown.locator("li li article")
    expect(reply).to_contain_text("Twelve, since Thursday.")
    expect(reply).to_be_focused()
    expect(form).to_have_count(0)


def test_cancelling_a_reply_gives_the_focus_back(thread, service):
    service.comment("The roof leaks in eleven places.", name="Wren")
    shown = thread()
    answer = shown.get_by_role("button", name="Reply to Wren")

    answer.click()
    shown.get_by_role("button", name="Cancel").click()

    expect(answer).to_be_focused()


def test_a_draft_outlives_a_reload_and_goes_when_it_is_sent(thread):
    shown = thread()
    shown.get_by_role("textbox").first.fill("Half a thought")

    shown = thread()
    expect(shown.get_by_role("textbox").first).to_have_value("Half a thought")
    write(shown.locator("form"), "A whole thought")
    expect(shown.locator("article")).to_contain_text("A whole thought")

    expect(thread().get_by_role("textbox").first).to_have_value("")


def test_a_refusal_gives_its_reason_and_keeps_the_text(thread, service, page):
    service.call(
        "/sites/demo/posts/market-hall/comments",
        {"author": {"name": "Ada"}, "text": "First, so that the post exists."},
    )
    shown = thread()
    page.route("**/comments", lambda route: refuse(route))

    write(shown.locator("form"), "Buy my goods.")

    alert = shown.get_by_role("alert").filter(has_text="not accepted")
    expect(alert).to_be_visible()
    expect(shown.get_by_role("textbox").first).to_have_value("Buy my goods.")
    page.complaints.clear()


def test_who_is_banned_reads_the_reason_that_a_moderator_gave(thread, page):
    shown = thread()
    page.route(
        "**/comments", lambda route: refuse(route, ban={"reason": "Insults.", "until": None})
    )

    write(shown.locator("form"), "Let me in again.")

    expect(shown.get_by_role("alert").filter(has_text="not accepted")).to_contain_text("Insults.")
    page.complaints.clear()


def refuse(route, **more):
    if route.request.method != "POST":
        route.continue_()
        return
    route.fulfill(
        status=422,
        content_type="application/problem+json",
        headers={"Access-Control-Allow-Origin": "*"},
        json={"code": "comment_rejected", "reason": "blocked_content", "status": 422, **more},
    )


def test_an_unsent_comment_is_kept_and_sent_once_when_tried_again(thread, page, service):
    shown = thread()
    keys = []
    page.on(
        "request",
        lambda r: keys.append(r.headers.get("idempotency-key")) if r.method == "POST" else None,
    )
    page.context.set_offline(True)
    write(shown.locator("form"), "Written on the ferry.")
    expect(shown.get_by_role("alert").filter(has_text="could not be sent")).to_be_visible()
    expect(shown.get_by_role("textbox").first).to_have_value("Written on the ferry.")

    page.context.set_offline(False)
    shown.get_by_role("button", name="Post comment").click()

    expect(shown.locator("article")).to_contain_text("Written on the ferry.")
    assert len(keys) == 2
    assert keys[0] == keys[1] is not None
    page.complaints.clear()


def test_a_retry_is_the_same_comment_however_late_its_form_fails(thread, page):
    shown = thread()
    late, keys = [], []
    page.route("**/form", lambda route: late.append(route))
    page.route("**/comments", lambda route: route.abort(), times=1)
    page.on(
        "request",
        lambda r: keys.append(r.headers.get("idempotency-key")) if r.method == "POST" else None,
    )
    with page.expect_request("**/form"):
        write(shown.locator("form"), "Written on the ferry.")
    late[0].abort()
    expect(shown.get_by_role("alert").filter(has_text="could not be sent")).to_be_visible()

    shown.get_by_role("button", name="Post comment").click()

    expect(shown.locator("article")).to_contain_text("Written on the ferry.")
    assert len(keys) == 2
    assert keys[0] == keys[1] is not None
    page.complaints.clear()


def test_a_missing_name_is_asked_for_where_it_is_missing(thread):
    shown = thread()

    write(shown.locator("form"), "A thought without a name.", name="")

    expect(shown.get_by_label("Name")).to_be_focused()
    expect(shown.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(shown.get_by_role("alert").filter(has_text="enter a name")).to_be_visible()


def test_a_service_that_is_down_leaves_a_kind_line_and_a_retry(page, service):
    page.route("**/api/v1/**", lambda route: route.abort())
    page.goto(service.facts["article"])
    thread = page.locator("comment-thread")
    thread.scroll_into_view_if_needed()
    expect(thread.get_by_role("alert")).to_have_text("Comments cannot be loaded just now.")

    page.unroute("**/api/v1/**")
    thread.get_by_role("button", name="Try again").click()

    expect(thread.get_by_role("heading")).to_have_text("Comments")
    page.complaints.clear()


def test_nothing_is_asked_of_another_host_and_nothing_before_it_is_near(page, service):
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(service.facts["article"])
    page.locator("comment-thread").wait_for(state="attached")
    assert not [url for url in asked if "/api/" in url]
    page.locator("comment-thread").scroll_into_view_if_needed()
    page.locator("comment-thread").get_by_role("heading").wait_for()

    own = (service.url, service.facts["article"].rsplit("/", 1)[0], "data:")
    assert [url for url in asked if not url.startswith(own)] == []


def test_it_fits_a_narrow_screen(page, service):
    page.set_viewport_size({"width": 320, "height": 700})
    address = "https://ferry-lane.example/" + "a-very-long-address-" * 8
    service.comment(f"The leaks are listed at {address} by name.")
    page.goto(service.facts["article"])
    page.locator("comment-thread").scroll_into_view_if_needed()
    page.locator("comment-thread article").wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") == 320
