"""A reader's own comments stay theirs: in two tabs, by the hundred, with a full storage."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import give_name, let_pass

pytestmark = pytest.mark.browser

KEY = "comments:tokens:demo/market-hall"
EMBED = (
    '<script type="module" src="widget/embed.js" data-site="demo" data-post="market-hall"></script>'
)
HELD = "What a load of shit."


def post_comment(page, text):
    form = page.locator("comment-thread form").first
    form.get_by_role("textbox").first.fill(text)
    give_name(form, "Ada")
    form.get_by_role("button", name="Post comment").click()
    expect(own(page, text)).to_be_visible()


def own(page, text):
    return page.locator("comment-thread article").filter(has_text=text)


def stored(page):
    return page.evaluate("key => Object.keys(JSON.parse(localStorage[key] ?? '{}'))", KEY)


@pytest.fixture
def open_tab(host_page, page):
    """Open the article in another tab of the same browser."""
    host_page("/u", EMBED)

    def another():
        tab = page.context.new_page()
        tab.goto(page.url)
        expect(tab.locator("comment-thread").get_by_role("heading")).to_be_visible()
        return tab

    return another


def test_a_comment_sent_in_another_tab_stays_the_readers_own(open_tab, page):
    other = open_tab()

    post_comment(page, "Sent in the first tab.")
    post_comment(other, "Sent in the second tab.")
    post_comment(page, "And one more in the first.")
    page.reload()

    for text in ("first tab", "second tab", "one more"):
        expect(own(page, text).get_by_role("button", name="Delete")).to_be_visible()
    assert len(stored(page)) == 3


def test_a_comment_that_waits_is_shown_in_the_readers_other_tab_too(open_tab, page):
    other = open_tab()

    post_comment(page, HELD)

    expect(own(other, HELD)).to_contain_text("Waiting for a moderator")


def test_a_comment_that_was_deleted_in_one_tab_is_not_brought_back_by_the_other(open_tab, page):
    other = open_tab()
    post_comment(page, "Sent in the first tab.")
    row = own(page, "first tab")
    row.get_by_role("button", name="Delete").click()
    row.get_by_text("Delete your comment for good?").wait_for()
    row.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)

    post_comment(other, "Sent in the second tab.")

    assert len(stored(page)) == 1


def test_hundreds_of_own_comments_are_all_kept_and_all_asked_for(host_page, page, service):
    made = [service.comment(f"Remark {n} on the hall, unlike the last.") for n in range(230)]
    tokens = {one["comment"]["id"]: one["edit_token"] for one in made}
    asked = []
    page.on(
        "request",
        lambda r: asked.append(r.headers["x-edit-token"]) if r.url.endswith("/me") else None,
    )
    host_page("/empty", "")
    page.evaluate("([key, all]) => { localStorage[key] = all }", [KEY, json.dumps(tokens)])

    host_page("/u", EMBED)
    expect(own(page, "Remark 229 ").get_by_role("button", name="Edit")).to_be_visible()
    page.wait_for_load_state("networkidle")
    post_comment(page, "And one more.")

    assert {*tokens} < {*stored(page)}
    sent = [token for header in asked for token in header.split(",") if token]
    assert sorted(sent) == sorted(tokens.values())
    assert all(len(header.split(",")) <= 100 and len(header) < 8000 for header in asked)


def test_a_token_is_kept_though_the_answer_does_not_know_its_comment(host_page, page, service):
    elsewhere = service.call(
        "/sites/demo/posts/moved/comments", {"author": {"name": "Ada"}, "text": "It moved."}
    )
    tokens = {elsewhere["comment"]["id"]: elsewhere["edit_token"], "x": "nonsense"}
    host_page("/empty", "")
    page.evaluate("([key, all]) => { localStorage[key] = all }", [KEY, json.dumps(tokens)])

    with page.expect_response("**/me"):
        host_page("/u", EMBED)
    post_comment(page, "And one here.")

    assert {*tokens} < {*stored(page)}


FULL = """<script>
  window.full = true
  const { setItem } = Storage.prototype
  Storage.prototype.setItem = function (...given) {
    if (window.full) throw new DOMException("full", "QuotaExceededError")
    setItem.apply(this, given)
  }
</script>"""


def test_with_a_full_storage_comments_are_sent_and_kept_once_there_is_room(host_page, page):
    host_page("/u", EMBED, head=FULL)

    post_comment(page, "Sent while there was no room.")
    expect(own(page, "no room").get_by_role("button", name="Delete")).to_be_visible()
    assert stored(page) == []
    page.evaluate("window.full = false")
    post_comment(page, "Sent when there was room again.")

    assert len(stored(page)) == 2


@pytest.mark.parametrize("rubbish", ["7", "null", '"text"', "[1, 2]", "{", "true"])
def test_rubbish_in_the_storage_breaks_nothing(host_page, page, rubbish):
    host_page("/empty", "")
    page.evaluate(
        "([key, value]) => { localStorage[key] = localStorage['comments:author'] = value }",
        [KEY, rubbish],
    )

    host_page("/u", EMBED)
    post_comment(page, "Sent all the same.")
    let_pass(page)

    expect(own(page, "all the same").get_by_role("button", name="Delete")).to_be_visible()


def test_an_own_comment_leads_to_the_page_about_personal_data(open_tab, page):
    open_tab()
    text = "A remark about the hall of my own."
    post_comment(page, text)
    own(page, text).get_by_role("button", name="More about the comment by Ada").click()

    with page.context.expect_page() as opened:
        own(page, text).get_by_role("button", name="Your data").click()

    tab = opened.value
    expect(tab.get_by_role("heading", name="Your data")).to_be_visible()
    assert tab.url.endswith("/privacy/demo?lang=en")
    expect(tab.get_by_text("Your comment and your name are public.")).to_be_visible()
