"""Votes, and the order of comments."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import let_pass
from tests.browser.widget_answers import body_of, extend, reply

pytestmark = pytest.mark.browser


def counted(comment):
    comment["votes"] = {"up": 12, "down": 3}


@pytest.fixture
def shown(service, thread, page):
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, votes="updown", comment=counted)
    return thread()


def up(shown):
    return shown.get_by_role("button", name=re.compile("^Recommend"))


def down(shown):
    return shown.get_by_role("button", name="Do not recommend (")


def test_a_vote_shows_at_once_and_is_taken_back_by_the_same_button(shown, page):
    late = []
    page.route("**/vote", lambda route: late.append(route))
    up(shown).click()

    expect(up(shown)).to_have_text("▲ 13")
    expect(up(shown)).to_have_attribute("aria-pressed", "true")
    page.unroute("**/vote")
    sent = reply(page, "**/vote", {"up": 12, "down": 3, "own": 0})
    headers = {"Access-Control-Allow-Origin": "*"}
    late[0].fulfill(json={"up": 20, "down": 3, "own": 1}, headers=headers)
    expect(up(shown)).to_have_text("▲ 20")
    up(shown).click()

    expect(up(shown)).to_have_text("▲ 12")
    expect(up(shown)).to_have_attribute("aria-pressed", "false")
    assert body_of(sent[0])["value"] == 0


def test_a_vote_against_moves_the_vote_for(shown, page):
    sent = reply(page, "**/vote", lambda body: {"up": 12, "down": 4, "own": body["value"]})
    up(shown).focus()
    page.keyboard.press("Enter")
    expect(up(shown)).to_be_focused()
    expect(up(shown)).to_have_attribute("aria-pressed", "true")

    down(shown).click()

    expect(down(shown)).to_have_attribute("aria-pressed", "true")
    expect(up(shown)).to_have_attribute("aria-pressed", "false")
    ballots = [body_of(s) for s in sent]
    assert [(s.method, b["value"]) for s, b in zip(sent, ballots, strict=True)] == [
        ("PUT", 1),
        ("PUT", -1),
    ]
    # The same random value of this browser, which identifies no person.
    (browser,) = {ballot["browser"] for ballot in ballots}
    assert len(browser) == 32


def test_a_vote_that_fails_is_taken_back_and_explained(shown, page):
    reply(page, "**/vote", {"code": "rate_limited"}, 429)

    up(shown).click()

    expect(shown.locator("article .problem")).to_have_text(
        "That did not work just now. Try again in a moment."
    )
    expect(up(shown)).to_have_text("▲ 12")
    expect(up(shown)).to_have_attribute("aria-pressed", "false")
    page.complaints.clear()


def test_the_reader_sees_their_votes_after_a_reload(shown, thread, page):
    reply(page, "**/vote", {"up": 13, "down": 3, "own": 1})
    up(shown).click()
    expect(up(shown)).to_have_text("▲ 13")

    expect(up(thread())).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(("votes", "buttons"), [("off", 0), ("up", 1), ("updown", 2)])
def test_the_site_chooses_the_kind_of_votes(service, thread, page, votes, buttons):
    service.comment("The roof leaks in eleven places.", name="Wren")
    service.comment("Twelve, since Thursday.", name="Bea")
    extend(page, votes=votes, comment=counted)

    shown = thread()

    expect(shown.locator(".votes > button")).to_have_count(2 * buttons)
    orders = shown.get_by_label("Order").locator("option")
    expect(orders).to_have_count({"off": 2, "up": 3, "updown": 4}[votes])


def test_an_order_by_votes_keeps_the_order_of_the_service(service, thread, page):
    for text in ("First.", "Second.", "Third."):
        service.comment(text)
    extend(page, votes="updown", comment=counted)
    shown = thread()

    with page.expect_request("**/comments?sort=top"):
        shown.get_by_label("Order").select_option("top")

    expect(shown.locator("article .text")).to_have_text(["Third.", "Second.", "First."])
    form = shown.locator("form")
    form.get_by_role("textbox").first.fill("Mine.")
    form.get_by_label("Name").fill("Ada")
    form.get_by_role("button", name="Post comment").click()
    expect(shown.locator("article .text")).to_have_text(["Mine.", "Third.", "Second.", "First."])


def test_the_chosen_order_is_remembered_and_left_where_it_is_not_offered(service, thread, page):
    for text in ("First.", "Second."):
        service.comment(text)
    shown = thread()
    shown.get_by_label("Order").select_option("oldest")
    expect(shown.locator("article .text")).to_have_text(["First.", "Second."])
    let_pass(page)

    shown = thread()
    expect(shown.get_by_label("Order")).to_have_value("oldest")
    expect(shown.locator("article .text")).to_have_text(["First.", "Second."])

    def refuse(route):
        if "sort=top" not in route.request.url:
            return route.fallback()
        headers = {"Access-Control-Allow-Origin": "*"}
        return route.fulfill(status=422, json={"code": "invalid_request"}, headers=headers)

    page.route("**/comments?sort=*", refuse)
    page.evaluate("localStorage.setItem('comments:sort', '\"top\"')")
    shown = thread()
    expect(shown.locator("article .text")).to_have_text(["Second.", "First."])
    expect(shown.get_by_label("Order")).to_have_value("newest")
    page.complaints.clear()


def test_new_numbers_leave_the_rest_of_a_comment_as_it_is(service, thread, page):
    page.clock.install()
    service.comment("The roof leaks in eleven places.", name="Wren")
    extend(page, votes="updown", comment=counted)
    shown = thread()
    shown.get_by_role("button", name="More about").click()
    expect(shown.get_by_role("button", name="Mute Wren")).to_be_visible()

    extend(page, votes="updown", comment=lambda each: each.update(votes={"up": 40, "down": 3}))
    page.clock.fast_forward(61_000)

    expect(up(shown)).to_have_text("▲ 40")
    expect(shown.get_by_role("button", name="Mute Wren")).to_be_visible()
