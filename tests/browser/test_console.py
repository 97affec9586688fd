"""A moderator at work in the console, by mouse and by keyboard."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running, stop_clock

pytestmark = pytest.mark.browser


FOUL = "What a pile of bullshit the council has put before us again."


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    with running(tmp_path_factory.mktemp("console")) as started:
        yield started


@pytest.fixture
def service(demonstration):
    """One demonstration for the whole file; every test finds nothing held or published."""
    token = demonstration.facts["api_token"]
    for status in ("held", "approved"):
        page = demonstration.call(f"/review/queue?status={status}&limit=100", token=token)
        for item in page["items"]:
            path = f"/review/comments/{item['comment']['id']}"
            take_over(demonstration, path)
            demonstration.call(f"{path}/decisions", {"outcome": "reject"}, token=token)
    return demonstration


def take_over(service, path):
    """Take a comment over from the holder of its claim, as a senior may."""
    wish = {"steal": True, "note": "The next test begins."}
    service.call(f"{path}/claim", wish, token=service.facts["api_token"])


@pytest.fixture
def log_in(service, page):
    """Go to the console and log in as the demonstration's moderator."""

    def go(where=page):
        where.goto(f"{service.url}/review/")
        moderator = service.facts["moderator"]
        where.get_by_label("Login").fill(moderator["login"])
        where.get_by_label("Password").fill(moderator["password"])
        where.get_by_role("button", name="Log in").click()
        where.locator(".row:visible, [data-empty]:visible").first.wait_for()
        return where

    return go


def public_texts(service):
    path = f"/sites/{service.facts['site']}/posts/{service.facts['post']}/comments"
    return [comment["text"] for comment in service.call(path)["comments"]]


def in_focus(page):
    return page.locator("[data-text]")


def decide_by_key(page, key, path="decisions"):
    with page.expect_response(lambda r: path in r.url and r.request.method != "GET") as answer:
        page.keyboard.press(key)
    return answer.value


def test_a_comment_goes_from_the_queue_to_the_article_with_its_reason_shown(service, page, log_in):
    service.comment(FOUL, name="Bo")
    log_in()

    mark = in_focus(page).locator("mark[data-codes*=PROFANITY]")
    assert mark.inner_text() == "bullshit"
    because = page.locator("[data-because]").inner_text()
    assert because.startswith("Held because ")
    assert "it contains profanity" in because
    assert FOUL not in public_texts(service)
    mark.hover()
    assert "threshold 0.70" in page.get_by_role("tooltip").inner_text()
    with page.expect_response("**/decisions"):
        page.get_by_role("button", name="Approve").click()

    assert public_texts(service) == [FOUL]
    page.locator("#item").get_by_text("Nothing is waiting").wait_for()


def test_undo_takes_an_approved_comment_out_of_sight_again(service, page, log_in):
    service.comment(FOUL, name="Bo")
    log_in()
    decide_by_key(page, "a")
    assert public_texts(service) == [FOUL]

    with page.expect_response("**/decisions/*"):
        page.locator(".toast").get_by_role("button", name="Undo").click()

    in_focus(page).get_by_text(FOUL).wait_for()
    assert public_texts(service) == []


def test_every_decision_has_a_key_and_the_next_comment_follows(service, page, log_in):
    for name in ("One", "Two", "Three"):
        service.comment(f"{name} says that this is bullshit, and so it is.", name=name)
    log_in()

    page.keyboard.press("j")
    assert in_focus(page).inner_text().startswith("Two")
    page.keyboard.press("k")
    assert decide_by_key(page, "s").json()["status"] == "spam"
    in_focus(page).get_by_text("Two says").wait_for()
    page.keyboard.press("r")
    page.get_by_role("dialog").wait_for()
    rejection = decide_by_key(page, "4").json()
    assert (rejection["status"], rejection["reason"]) == ("rejected", "HATE")
    in_focus(page).get_by_text("Three says").wait_for()
    decide_by_key(page, "u")

    in_focus(page).get_by_text("Two says").wait_for()
    assert service.call("/review/queue", token=service.facts["api_token"])["count"] == 2


def test_enter_rejects_for_the_reason_that_the_filters_suggest(service, page, log_in):
    service.comment("The timetable is crap, and the new one is bullshit as well.")
    log_in()

    page.keyboard.press("r")
    page.get_by_role("dialog").wait_for()
    rejection = decide_by_key(page, "Enter").json()

    assert rejection["reason"] == "OFFENSIVE"


def test_shortcuts_are_off_while_a_note_is_typed(service, page, log_in):
    service.comment(FOUL)
    log_in()

    page.keyboard.press("r")
    page.get_by_label("Note for other moderators").fill("")
    page.keyboard.type("asu 1")
    rejection = decide_by_key(page, "Enter").json()

    assert (rejection["status"], rejection["note"]) == ("rejected", "asu 1")


def test_a_colleague_who_was_faster_is_named_and_never_overruled(service, page, log_in):
    token = service.facts["api_token"]
    held = service.comment(FOUL)["comment"]["id"]
    with page.expect_response("**/claim"):
        log_in()
    take_over(service, f"/review/comments/{held}")
    service.call(f"/review/comments/{held}/decisions", {"outcome": "reject"}, token=token)

    decide_by_key(page, "a")

    conflict = page.locator(".toast-note")
    conflict.get_by_text("rejected this comment").wait_for()
    assert "demo" in conflict.inner_text()
    assert public_texts(service) == []
    conflict.get_by_role("button", name="Show it").click()
    page.get_by_role("alert").get_by_text("while you had it open").wait_for()
    # The browser reports every refused request; this refusal was the point.
    assert all("409" in complaint for complaint in page.complaints)
    page.complaints.clear()


def test_highlights_are_in_place_behind_letters_of_two_code_units(service, page, log_in):
    service.comment("😀😀 Ha, what bullshit 😀 this is, my friends.", name="Zoë 🎈")
    log_in()

    assert in_focus(page).locator("mark[data-codes*=PROFANITY]").all_inner_texts() == ["bullshit"]


def test_markup_and_links_in_a_comment_stay_plain_text(service, page, log_in):
    text = 'Bullshit <img src=x onerror="document.title=1"> <b>see</b> http://evil.example/x'
    service.comment(text, name="<i>Eve</i>")
    log_in()

    assert in_focus(page).inner_text() == text
    assert in_focus(page).locator("a, img, b").count() == 0
    assert page.locator(".item-author").inner_text() == "<i>Eve</i>"


def test_the_help_lists_every_key_from_the_table(service, page, log_in):
    log_in()
    table = page.evaluate(
        "import('/review/assets/lib/keyboard.js').then(m => m.KEYS.map(k => k.label))"
    )

    page.keyboard.press("?")

    dialog = page.get_by_role("dialog")
    assert [dialog.get_by_text(label, exact=True).count() for label in table] == [1] * len(table)
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")


def test_new_comments_arrive_without_moving_the_one_in_focus(service, page, log_in):
    service.comment(FOUL, name="First")
    page.clock.install()
    log_in()
    service.comment(FOUL.replace("pile", "heap"), name="Second")

    with page.expect_response("**/queue?*"):
        page.clock.fast_forward(11_000)

    page.locator(".row").nth(1).wait_for()
    assert page.locator(".item-author").inner_text() == "First"


def test_a_queue_can_be_narrowed_to_one_reason_and_reloaded_there(service, page, log_in):
    service.comment(FOUL)
    service.comment("Write to me at bo.berg@mail.example or call +44 7700 900123.", name="Bo")
    log_in()
    assert page.locator(".row").count() == 2

    page.get_by_role("button", name="Filters and order").click()
    page.get_by_label("Reason").select_option("PERSONAL_DATA")
    page.wait_for_url("**reason=PERSONAL_DATA")
    page.reload()

    page.locator(".row").first.wait_for()
    expect(page.locator(".row-author")).to_have_text(["Bo"])


def test_a_broken_connection_is_reported_and_nothing_is_lost(service, page, log_in):
    service.comment(FOUL)
    # Before the page opens: interception that begins amid its first requests may lose one.
    page.route("**/decisions", lambda route: route.abort())
    page.clock.install()
    log_in()
    # The queue sends by itself every five seconds, and the button would be gone.
    stop_clock(page)

    page.keyboard.press("a")
    page.locator(".toast-bad").get_by_text("cannot be reached").wait_for()
    page.unroute("**/decisions")
    with page.expect_response("**/decisions"):
        page.get_by_role("button", name="Try again").click()

    assert public_texts(service) == [FOUL]
    assert all("ERR_FAILED" in complaint for complaint in page.complaints)
    page.complaints.clear()


def test_a_failing_queue_shows_an_error_and_can_be_tried_again(service, page, log_in):
    broken = {"status": 503, "body": json.dumps({"code": "busy", "detail": "Busy just now."})}
    page.route("**/queue?queue=spam*", lambda route: route.fulfill(**broken))
    log_in()

    page.get_by_role("link", name="Spam").click()
    page.get_by_text("Busy just now.").wait_for()
    page.unroute("**/queue?queue=spam*")
    page.get_by_role("button", name="Try again").click()

    page.locator("#list .row, #item [data-empty]").first.wait_for()
    assert all("503" in complaint for complaint in page.complaints)
    page.complaints.clear()


def test_a_wrong_password_is_reported_on_the_page_and_the_login_is_kept(service, page):
    page.goto(f"{service.url}/review/login")
    page.get_by_label("Login").fill("moderator")
    page.get_by_label("Password").fill("not the right one")
    page.get_by_role("button", name="Log in").click()

    assert "Wrong login or password" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Login").input_value() == "moderator"
    assert all("401" in complaint for complaint in page.complaints)
    page.complaints.clear()


def test_logging_out_closes_the_console(service, page, log_in):
    log_in()

    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/review/login")
    page.goto(f"{service.url}/review/")

    assert page.url.endswith("/review/login")


def test_on_a_phone_the_list_and_the_comment_take_turns(service, page, log_in):
    page.set_viewport_size({"width": 360, "height": 740})
    service.comment(FOUL)
    log_in()
    assert not in_focus(page).is_visible()

    page.locator(".row").click()
    expect(in_focus(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Back to the list").click()

    expect(page.locator(".row")).to_be_visible()


def test_a_long_queue_scrolls_in_its_column_and_the_actions_stay_in_view(service, page, log_in):
    page.set_viewport_size({"width": 1280, "height": 600})
    for number in range(12):
        service.comment(f"Number {number}: bullshit, whatever they may say.", name=f"N{number}")
    log_in()

    assert page.get_by_role("button", name="Approve").bounding_box()["y"] < 600
    assert page.evaluate("document.documentElement.scrollHeight") <= 600


def test_the_words_that_decided_are_marked_more_than_the_others(page, log_in):
    log_in()
    marks = """async ([text, causes]) => {
        const { marked } = await import('/review/assets/queue/highlights.js')
        const nodes = marked(text, causes)
        return nodes.map(n => [n.textContent, n.localName ?? '', 'minor' in (n.dataset ?? {})])
    }"""
    cause = {"field": "text", "code": "SPAM_TEXT", "score": 0.5, "filter": "spam"}
    whole = {**cause, "spans": [[0, 12]], "outcome": "approve"}
    number = {**cause, "code": "PERSONAL_DATA", "spans": [[8, 12]], "outcome": "hold"}

    both = page.evaluate(marks, ["Call me 1234", [whole, number]])
    alone = page.evaluate(marks, ["Call me 1234", [whole]])

    assert both == [["Call me ", "mark", True], ["1234", "mark", False]]
    assert alone == [["Call me 1234", "mark", False]]
