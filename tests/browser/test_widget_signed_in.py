"""Readers whom the site has signed in, and sites that want that."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name
from tests.browser.widget_answers import body_of, extend, reply

pytestmark = pytest.mark.browser

VIEWER = {"name": "Ines Duarte", "staff": False, "verified": True}
FIELDS = ("Name", "E-mail", "Website")


def tokens(page, pattern):
    """Record the Authorization header of every request to an address."""
    seen = []

    def note(request):
        if re.search(pattern, request.url) and request.method != "OPTIONS":
            seen.append(request.headers.get("authorization"))

    page.on("request", note)
    return seen


def test_a_signed_in_reader_has_a_line_in_place_of_the_fields(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, viewer=VIEWER)
    first, own = tokens(page, r"/comments\?sort"), tokens(page, r"/me$")
    sent = reply(page, "**/comments", {"code": "post_closed"}, 409)
    shown = thread(user="token-1")
    form = shown.locator("form")

    form.get_by_role("textbox").first.fill("With my name.")

    expect(form.get_by_text("Writing as Ines Duarte")).to_be_visible()
    for label in FIELDS:
        expect(form.get_by_label(label)).to_have_count(0)
    expect(form.get_by_role("button", name="Change")).to_have_count(0)
    form.get_by_role("button", name="Post comment").click()
    expect(form.get_by_role("alert")).to_contain_text("Comments were closed")
    assert first[-1] == own[-1] == sent[0].headers["authorization"] == "Bearer token-1"
    assert body_of(sent[0])["author"] == {"name": "Ines Duarte"}
    page.complaints.clear()


def test_a_guest_sends_no_token_and_a_cached_page_needs_none(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    seen = tokens(page, "/api/v1/")

    thread()

    assert set(seen) == {None}


def test_a_renewed_token_leaves_the_thread_as_it_is(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, viewer=VIEWER)
    shown = thread(user="token-1")
    shown.get_by_role("textbox").first.fill("Half a thought")
    loads = tokens(page, r"/comments\?sort")
    sent = tokens(page, "/preview$")

    shown.evaluate("e => e.setAttribute('user', 'token-2')")
    shown.get_by_role("button", name="Preview").click()

    expect(shown.get_by_text("Half a thought")).to_be_visible()
    assert (loads, sent) == ([], ["Bearer token-2"])


def test_signing_in_and_out_builds_the_thread_again(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, viewer=VIEWER)
    shown = thread()
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_label("Name")).to_be_visible()

    shown.evaluate("e => e.setAttribute('user', 'token-1')")
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_text("Writing as Ines Duarte")).to_be_visible()

    shown.evaluate("e => e.removeAttribute('user')")
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_label("Name")).to_be_visible()


def test_comments_from_another_device_are_the_signed_in_readers_own(service, thread, page):
    made = service.comment("Written on the ferry.", name="Ines Duarte")["comment"]
    extend(page, viewer=VIEWER)
    mine = {**made, "status": "approved", "editable_seconds": 600}
    reply(page, "**/me", {"comments": [mine]})
    removed = reply(page, f"**/comments/{made['id']}", {})
    shown = thread(user="token-1")
    article = shown.locator("article")

    expect(article.get_by_text("you", exact=True)).to_be_visible()
    expect(article.get_by_role("button", name="Edit")).to_be_visible()
    article.get_by_role("button", name="Delete").click()
    article.get_by_text("Delete your comment for good?").wait_for()
    article.get_by_role("button", name="Delete").click()

    expect(article).to_have_count(0)
    assert removed[0].headers["authorization"] == "Bearer token-1"
    assert "x-edit-token" not in removed[0].headers


def test_an_ended_sign_on_shows_the_comments_and_a_way_to_sign_in(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")

    def ended(route):
        if "authorization" in route.request.headers:
            headers = {"Access-Control-Allow-Origin": "*"}
            body = {"code": "sign_on_expired"}
            return route.fulfill(status=401, json=body, headers=headers)
        return route.fallback()

    page.route("**/comments?sort=*", ended)
    shown = thread(sign_in="/login", user="old")

    expect(shown.locator("article")).to_contain_text("eleven places")
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_text("Your sign-in has ended.")).to_be_visible()
    expect(shown.get_by_role("link", name="Sign in")).to_have_attribute("href", "/login")
    expect(shown.get_by_label("Name")).to_be_visible()
    page.complaints.clear()


def test_a_token_that_cannot_be_sent_leaves_the_comments_readable(service, thread):
    service.comment("The roof leaks in eleven places.", name="Wren")

    shown = thread(user="eyJhbGciOi…")

    expect(shown.locator("article")).to_contain_text("eleven places")
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_text("Your sign-in has ended.")).to_be_visible()


def test_a_site_for_members_asks_guests_to_sign_in_and_lets_members_write(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, viewer=VIEWER, identity="members")

    shown = thread(sign_in="/login")
    expect(shown.get_by_text("Only members can comment here.")).to_be_visible()
    expect(shown.get_by_role("link", name="Sign in")).to_have_attribute("href", "/login")
    expect(shown.get_by_role("textbox")).to_have_count(0)
    expect(shown.get_by_role("button", name="Reply to Wren")).to_have_count(0)

    shown.evaluate("e => e.setAttribute('user', 'token-1')")
    expect(shown.get_by_role("button", name="Reply to Wren")).to_be_visible()
    expect(shown.get_by_role("textbox")).to_have_count(1)


def test_guests_whose_comments_wait_read_so_at_the_form(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, viewer=VIEWER, identity="guests_held")
    waits = "Comments appear here once a moderator has approved them."

    shown = thread()
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_text(waits)).to_be_visible()

    shown = thread(user="token-1")
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_text("Your name and your comment are public.")).to_be_visible()
    expect(shown.get_by_text(waits)).to_have_count(0)


def test_verified_and_staff_authors_have_a_badge(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, comment=lambda comment: comment["author"].update(verified=True, staff=True))

    shown = thread()

    for badge in ("Verified", "Staff"):
        expect(shown.locator("article").get_by_text(badge, exact=True)).to_be_visible()


def test_a_picture_comes_from_the_service_and_initials_stand_in_for_a_missing_one(
    service, thread, page
):
    service.comment("The roof leaks in eleven places.", name="Wren Abbot")
    extend(page, comment=lambda comment: comment["author"].update(avatar="/avatars/abc"))
    asked = []
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'

    def picture(route):
        asked.append(route.request.url)
        route.fulfill(body=svg, content_type="image/svg+xml")

    page.route("**/avatars/abc", picture)
    shown = thread()
    expect(shown.locator(".avatar img")).to_have_js_property("complete", True)
    assert asked[0] == f"{service.url}/avatars/abc"

    page.unroute("**/avatars/abc")
    shown = thread()
    expect(shown.locator(".avatar img")).to_have_count(0)
    expect(shown.locator(".avatar")).to_have_text("WA")
    page.complaints.clear()


def test_a_known_guest_has_one_line_and_can_change_the_name(service, thread):
    service.comment("The roof leaks in eleven places.", name="Wren")
    shown = thread()
    form = shown.locator("form").first
    form.get_by_role("textbox").first.fill("With a name.")
    give_name(form, "Sam Slow")
    form.get_by_role("button", name="Post comment").click()
    expect(shown.locator("article")).to_have_count(2)

    shown.get_by_role("button", name="Reply to Wren").click()
    answer = shown.get_by_role("form", name="Reply to Wren")
    expect(answer.get_by_text("Writing as Sam Slow")).to_be_visible()
    expect(answer.get_by_label("Name")).to_be_hidden()
    answer.get_by_role("button", name="Change").click()

    expect(answer.get_by_label("Name")).to_be_focused()
    expect(answer.get_by_label("Name")).to_have_value("Sam Slow")


def test_a_website_is_asked_for_only_where_the_site_shows_it(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    shown = thread()
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_label("E-mail")).to_be_visible()
    expect(shown.get_by_label("Website")).to_have_count(0)

    extend(page, website_field=True)
    shown = thread()
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_label("Website")).to_be_visible()
