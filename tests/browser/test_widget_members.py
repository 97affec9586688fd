"""Sign-on with the service itself: real tokens, real refusals, two devices."""

import time

import jwt
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def token(operate):
    """Make tokens of a site that signs its readers on."""
    operate("site", "settings", "demo", "sign_on_algorithm=HS256")
    secret = operate("sign-on", "rotate", "demo")

    def make(*, ends=3600, **claims):
        known = {"sub": "42", "name": "Ines Duarte", "exp": int(time.time()) + ends}
        return jwt.encode(known | claims, secret, algorithm="HS256")

    return make


def test_a_member_writes_and_deletes_from_another_device(token, thread, browser, service):
    shown = thread(user=token(role="verified"))
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("Signed by the paper.")
    expect(form.get_by_text("Writing as Ines Duarte")).to_be_visible()
    form.get_by_role("button", name="Post comment").click()
    expect(shown.locator("article")).to_contain_text("Signed by the paper.")
    expect(shown.locator("article").get_by_text("Verified", exact=True)).to_be_visible()

    other = browser.new_page()
    other.goto(service.facts["article"])
    there = other.locator("comment-thread")
    there.scroll_into_view_if_needed()
    there.evaluate("(e, user) => e.setAttribute('user', user)", token())
    article = there.locator("article")
    expect(article.get_by_role("button", name="Edit")).to_be_visible()
    article.get_by_role("button", name="Edit").click()
    article.get_by_role("textbox").fill("Changed on the phone.")
    article.get_by_role("button", name="Save").click()
    expect(article).to_contain_text("Changed on the phone.")
    article.get_by_role("button", name="Delete").click()
    article.get_by_text("Delete your comment for good?").wait_for()
    article.get_by_role("button", name="Delete").click()
    expect(article).to_have_count(0)
    other.close()


def test_a_site_for_members_takes_members_alone(token, operate, thread):
    operate("site", "settings", "demo", "identity=members")

    shown = thread(sign_in="/login")
    expect(shown.get_by_text("Only members can comment here.")).to_be_visible()

    shown.evaluate("(e, user) => e.setAttribute('user', user)", token())
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("Let in.")
    form.get_by_role("button", name="Post comment").click()
    expect(shown.locator("article")).to_contain_text("Let in.")


@pytest.mark.parametrize("change", [{"ends": -120}, {"name": ""}])
def test_a_token_that_ended_or_is_wrong_leaves_the_comments_readable(
    token, thread, service, page, change
):
    service.comment("The roof leaks in eleven places.", name="Wren")

    shown = thread(user=token(**change))

    expect(shown.locator("article")).to_contain_text("eleven places")
    shown.get_by_role("textbox").first.focus()
    expect(shown.get_by_text("Your sign-in has ended.")).to_be_visible()
    assert all("401" in complaint for complaint in page.complaints)
    page.complaints.clear()
