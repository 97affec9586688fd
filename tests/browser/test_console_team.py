"""The console for a team: no moderator is led onto a colleague's comment, by key or pointer."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running

pytestmark = pytest.mark.browser

CAMPAIGN = (
    "We the residents of Ferry Lane demand that the council stop this bullshit plan, number {}."
)
CALM = "We the residents of Ferry Lane demand that the council stop this plan, number {}."
FOUL = {
    "Ann": "What bullshit the council wrote about the roof of our hall.",
    "Ben": "Call me on +44 7700 900123 about the stalls, any evening.",
    "Cleo": "You fucking moron, read the plans before you write.",
}


@pytest.fixture
def service(tmp_path):
    with running(tmp_path) as started:
        calm = started.comment("A calm word about bread and oranges.", name="Dora")["comment"]
        started.facts["calm"] = calm["id"]
        for name, text in FOUL.items():
            started.comment(text, name=name, parent_id=calm["id"] if name == "Cleo" else None)
        yield started


def log_in(service, page, moderator=None):
    moderator = moderator or service.facts["moderator"]
    page.set_default_timeout(15_000)
    page.goto(f"{service.url}/review/login")
    page.get_by_label("Login").fill(moderator["login"])
    page.get_by_label("Password").fill(moderator["password"])
    page.get_by_role("button", name="Log in").click()
    page.locator(".row").first.wait_for()
    return page


@pytest.fixture
def colleague(service, browser):
    """A second moderator in a browser of her own, who opens the queue when asked."""
    token = service.facts["api_token"]
    made = service.call("/review/moderators", {"login": "bea", "role": "moderator"}, token=token)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    window = context.new_page()

    def come():
        with window.expect_response(lambda r: r.url.endswith("/claim") and r.ok):
            log_in(service, window, {"login": "bea", "password": made["password"]})
        return window

    yield come
    context.close()


def author(page):
    return page.locator(".item-author")


def waiting(service):
    counts = service.call("/review/counts", token=service.facts["api_token"])
    return counts["queues"]["held"]["count"]


def only_conflicts(page):
    """The browser reports every refused request; these refusals were the point."""
    assert all("409" in complaint for complaint in page.complaints)
    page.complaints.clear()


def test_opening_stepping_and_deciding_pass_what_a_colleague_looks_at(service, page, colleague):
    # Opening a comment claims it a moment later; each claim is waited for, or a step back and forth
    # within that moment would claim nothing.
    def claimed(response):
        is_claim = response.url.endswith("/claim") and response.request.method == "POST"
        return is_claim and response.ok

    with page.expect_response(claimed):
        log_in(service, page)
    # A page in the background does not poll, so the list cannot learn of the claim meanwhile.
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    other = colleague()
    expect(author(page)).to_have_text("Ann")
    expect(author(other)).to_have_text("Ben")

    # The list of this page does not know of the claim yet: the refusal of a claim moves on.
    with (
        page.expect_response(lambda r: r.url.endswith("/claim") and r.status == 409),
        page.expect_response(claimed),
    ):
        page.keyboard.press("j")
    page.evaluate("delete document.hidden")
    expect(author(page)).to_have_text("Cleo")
    expect(page.locator(".toast-note")).to_contain_text("bea has just opened that comment")
    # Now it does, and previous passes Ben's comment without another request.
    with page.expect_response(claimed):
        page.keyboard.press("k")
    expect(author(page)).to_have_text("Ann")
    with page.expect_response(claimed):
        page.keyboard.press("j")
    expect(author(page)).to_have_text("Cleo")
    expect(page.locator(".row").nth(1)).to_contain_text("bea is looking at it.")

    # Neither is led onto the other's comment by deciding.
    with page.expect_response("**/decisions"):
        page.get_by_role("button", name="Spam").click()
    expect(author(page)).to_have_text("Ann")
    with page.expect_response("**/decisions"):
        page.keyboard.press("a")
    expect(page.locator("#item")).to_contain_text("A colleague is looking at the last comment")
    expect(page).to_have_title(re.compile(r"^\(1\) Held"))
    only_conflicts(page)


def test_many_are_chosen_by_pointer_and_decided_with_a_reason(service, page):
    log_in(service, page)
    boxes = page.locator("[data-pick]")

    boxes.nth(0).check()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-list-count]")).to_have_text("3 selected")
    boxes.nth(1).uncheck()
    page.get_by_role("button", name="Decide 2 …").click()
    sheet = page.get_by_role("dialog", name="Decide 2 comments")
    sheet.get_by_label("Reason, if you reject").select_option("OFF_TOPIC")
    sheet.get_by_label("Note for other moderators").fill("About another hall.")
    with page.expect_response("**/bulk") as decided:
        sheet.get_by_role("button", name="Reject all").click()

    sent = json.loads(decided.value.request.post_data)
    assert (sent["reason"], sent["note"]) == ("OFF_TOPIC", "About another hall.")
    expect(author(page)).to_have_text("Ben")
    assert waiting(service) == 1
    with page.expect_response("**/batches/*"):
        page.get_by_role("button", name="Undo all").click()
    expect(page.locator(".row")).to_have_count(3)

    # With no filter set, everything is asked about twice, and Enter chooses the harmless button.
    page.get_by_role("button", name="Decide all").click()
    page.get_by_role("button", name="Approve all").click()
    sure = page.get_by_role("dialog", name="Approve everything?")
    expect(sure.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(sure).to_have_count(0)
    assert waiting(service) == 3
    page.get_by_role("button", name="Decide all").click()
    page.get_by_role("button", name="Mark all as spam").click()
    with page.expect_response("**/bulk"):
        page.get_by_role("button", name="Mark 3 comments as spam").click()
    assert waiting(service) == 0


def test_the_menu_has_every_action_by_pointer_and_by_keyboard(service, page, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=service.url)
    log_in(service, page)
    more = page.get_by_role("button", name="More actions")

    more.click()
    assert [entry.split("\n")[0] for entry in page.get_by_role("menuitem").all_inner_texts()] == [
        *("Note about the author", "Ban the author", "Decide with those like it"),
        *("Copy link", "Redact …"),
    ]
    page.get_by_role("menuitem", name="Copy link").click()
    page.get_by_text("The link is copied").first.wait_for()
    comment = page.locator("#item").get_attribute("data-comment")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{service.url}/review/comments/{comment}"

    more.focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Redact")).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(page.get_by_role("menu")).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("b")
    expect(page.get_by_role("menuitem", name="Ban the author")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="About Ann").get_by_label("Duration").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert waiting(service) == 3

    # What is published can be answered and featured; skip and next need no key.
    page.goto(f"{service.url}/review/comments/{service.facts['calm']}")
    expect(author(page)).to_have_text("Dora")
    more.click()
    with page.expect_response("**/featured"):
        page.get_by_role("menuitem", name="Feature").click()
    page.get_by_role("button", name="Next comment").click()
    expect(author(page)).to_have_text("Ann")
    page.get_by_role("button", name="Skip").click()
    expect(author(page)).to_have_text("Ben")
    with page.expect_response("**/decisions"):
        page.get_by_role("button", name="Approve").click()
    # The skipped one does not come back before the others are done.
    expect(author(page)).to_have_text("Cleo")
    expect(page.locator(".row", has_text="Ann")).to_contain_text("skipped")


def test_a_campaign_is_one_row_and_is_decided_with_its_published_ones(service, page):
    token = service.facts["api_token"]
    for number in range(2):
        made = service.comment(CALM.format(number), name=f"Resident {number}")
        assert made["comment"]["status"] == "approved"
    for number in range(2, 7):
        service.comment(CAMPAIGN.format(number), name=f"Resident {number}")
    log_in(service, page)

    expect(page.locator(".row-author")).to_have_text([*FOUL, "Resident 2"])
    unfold = page.get_by_role("button", name="4 more like this")
    unfold.click()
    expect(page.locator(".row")).to_have_count(8)
    page.get_by_role("button", name="Show only the first").click()
    expect(page.locator(".row")).to_have_count(4)
    page.locator(".row").nth(3).click()
    page.get_by_text("6 other comments read like this: 4 waiting, 2 published.").wait_for()

    page.keyboard.press("m")
    sheet = page.get_by_role("dialog", name="Decide 7 comments")
    expect(sheet).to_contain_text("Published ones are among them (2)")
    with page.expect_response("**/bulk"):
        sheet.get_by_role("button", name="Mark all as spam").click()

    expect(page.locator(".row-author")).to_have_text(list(FOUL))
    counts = service.call("/review/counts", token=token)["queues"]
    assert (counts["spam"]["count"], counts["approved"]["count"]) == (7, 1)


def test_an_answer_is_read_under_what_it_answers_and_filters_show_as_chips(service, page):
    log_in(service, page)
    page.locator(".row", has_text="Cleo").click()
    expect(page.locator("[data-answered]")).to_contain_text("Answers Dora: A calm word about bread")
    above, text = (
        page.locator(f"[data-{name}]").bounding_box()["y"] for name in ("answered", "text")
    )
    assert above < text

    page.locator("[data-context=author]").get_by_role("link").click()
    page.get_by_role("link", name="Decide their waiting comment").click()
    chip = page.get_by_role("button", name="Remove the filter Author: Cleo")
    expect(chip).to_be_visible()
    chip.press("Enter")
    expect(page.locator(".row")).to_have_count(3)
    expect(page.locator("[data-chips]")).to_be_hidden()

    # Waiting comments begin with the oldest, decided ones with the newest.
    for name, newest in (("Approved", "Dora"), ("Held", "Ann")):
        page.get_by_role("link", name=name).click()
        expect(author(page)).to_have_text(newest)
    with page.expect_response("**/decisions"):
        page.keyboard.press("s")
    with page.expect_response("**/decisions"):
        page.keyboard.press("s")
    page.get_by_role("link", name="Spam").click()
    expect(page.locator(".row-author")).to_have_text(["Ben", "Ann"])


def test_comments_are_decided_on_the_page_of_their_author(service, page):
    log_in(service, page)
    page.locator("[data-context=author]").get_by_role("link").click()
    row = page.locator(".history-row")
    with page.expect_response("**/decisions"):
        row.get_by_role("button", name="Approve").click()
    expect(row.locator(".chip").first).to_have_text("Approved")
    expect(row.get_by_role("button", name="Approve")).to_have_count(0)
    assert waiting(service) == 2

    with page.expect_response(lambda r: r.request.method == "DELETE" and r.ok):
        page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(row.locator(".chip").first).to_have_text("Held")
    row.get_by_role("button", name="Reject").click()
    page.locator("dialog[open]").wait_for()
    with page.expect_response("**/decisions"):
        page.keyboard.press("1")
    expect(row.locator(".chip").first).to_have_text("Rejected")


@pytest.mark.parametrize("width", [390, 768])
def test_everything_is_reached_by_finger(service, browser, axe, width):
    context = browser.new_context(
        viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True
    )
    page = log_in(service, context.new_page())
    page.evaluate(axe)
    # Keys are shown on no screen that is touched.
    expect(page.locator(".actions kbd").first).to_be_hidden()

    page.locator("[data-pick]").nth(1).tap()
    expect(page.locator("[data-list-count]")).to_have_text("1 selected")
    page.locator("[data-pick-all]").tap()
    expect(page.get_by_role("button", name="Decide 3 …")).to_be_visible()
    page.locator("[data-pick-all]").tap()
    page.locator(".row").nth(0).tap()
    expect(page.locator("[data-text]")).to_be_visible()
    for name in ("Next comment", "Previous comment", "Skip", "More actions"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert min(box["width"], box["height"]) >= 44, name
    page.get_by_role("button", name="More actions").tap()
    page.get_by_role("menuitem", name="Redact").wait_for()
    assert page.evaluate("axe.run().then(found => found.violations.map(v => v.id))") == []
    page.keyboard.press("Escape")
    if width == 768:
        # The explanation has the width of the comment, not what two columns leave of it.
        said = page.locator(".cause-said").first.bounding_box()
        assert said["width"] > 300
    page.get_by_role("button", name="Next comment").tap()
    expect(author(page)).to_have_text("Ben")

    # One navigation on all pages, behind a button with the name of each.
    for path, shown in (("audit", "tbody tr"), ("metrics", ".tile"), ("account", "[data-keys] dl")):
        page.goto(f"{service.url}/review/{path}")
        page.locator(shown).first.wait_for()
        page.get_by_role("button", name="Queues and pages").tap()
        side = page.get_by_role("navigation", name="Console")
        for label in ("Held", "Figures", "Audit trail", "Keyboard", "Theme", "Log out"):
            expect(side.get_by_text(label).first).to_be_visible()
        page.evaluate(axe)
        assert page.evaluate("axe.run().then(found => found.violations.map(v => v.id))") == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Queues and pages")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_the_audit_trail_reads_as_sentences_and_shows_claims_on_request(service, page):
    with page.expect_response(lambda r: r.url.endswith("/claim") and r.ok):
        log_in(service, page)
    with page.expect_response("**/decisions"):
        page.keyboard.press("s")
    page.goto(f"{service.url}/review/audit")
    marked = page.locator("tbody tr", has_text="marked as spam")
    expect(marked).to_contain_text("Held → Spam")
    expect(marked.locator("time")).to_contain_text("20")
    expect(page.locator("tbody tr", has_text="opened")).to_have_count(0)

    page.get_by_label("Show who opened which comment").check()
    page.locator("tbody tr", has_text="opened").first.wait_for()
