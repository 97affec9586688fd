"""Every page of the console, in both appearances, as people with assistive tools meet it."""

import importlib.util
import os
from pathlib import Path

import pytest

from tests.browser.conftest import running
from tests.conftest import missing

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def axe():
    """The source of axe-core: a file that is named, else the one of axe-playwright-python."""
    named = os.environ.get("MODERATION_TEST_AXE")
    package = importlib.util.find_spec("axe_playwright_python")
    if named:
        return Path(named).read_text()
    if package is None or not package.submodule_search_locations:
        missing("axe-core (axe-playwright-python)")
    return (Path(package.submodule_search_locations[0]) / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("access")) as started:
        started.comment("What a pile of bullshit the council has put before us.", name="Bo")
        started.comment("Crap: https://a.example https://b.example https://c.example", name="Cleo")
        started.comment("Call me on +44 7700 900123 about the market hall.", name="Dora")
        yield started


@pytest.fixture(params=["light", "dark"])
def desk(request, service, browser, axe):
    """A moderator's window, logged in, with a way to ask axe about it."""
    context = browser.new_context(
        color_scheme=request.param, reduced_motion="reduce", viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.goto(f"{service.url}/review/login")

    def violations():
        page.evaluate(axe)
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: tags}).then(r => r.violations)", RULES
        )
        return [(v["id"], [node["html"] for node in v["nodes"]]) for v in found]

    page.violations = violations
    assert page.violations() == []
    moderator = service.facts["moderator"]
    page.get_by_label("Login").fill(moderator["login"])
    page.get_by_label("Password").fill(moderator["password"])
    page.get_by_role("button", name="Log in").click()
    page.locator(".row").first.wait_for()
    yield page
    context.close()


def test_axe_finds_nothing_on_the_queue_and_its_sheets(service, desk):
    desk.locator("[data-context=decisions]").wait_for()
    assert desk.violations() == []
    for key, ready in (
        ("r", "[data-reasons]"),
        ("?", ".help"),
        ("p", ".author-card .figures"),
        ("d", ".redact-text"),
    ):
        desk.keyboard.press(key)
        desk.locator(ready).wait_for()
        assert desk.violations() == [], key
        desk.keyboard.press("Escape")
        desk.locator("dialog").wait_for(state="detached")
    desk.get_by_role("button", name="Decide all").click()
    desk.locator(".bulk-actions").wait_for()
    assert desk.violations() == []


def test_axe_finds_nothing_on_an_empty_queue_and_on_a_phone(service, desk):
    desk.goto(f"{service.url}/review/?queue=spam")
    desk.locator("#item [data-empty]").wait_for()
    assert desk.violations() == []
    desk.set_viewport_size({"width": 360, "height": 740})
    desk.goto(f"{service.url}/review/")
    desk.locator(".row").first.click()
    desk.locator("[data-context=decisions]").wait_for()
    assert desk.violations() == []
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [768, 1024, 1100, 1280, 1440])
def test_every_action_fits_beside_the_list(service, desk, width):
    desk.set_viewport_size({"width": width, "height": 800})

    undo = desk.locator("[data-actions] [data-act=undo]").bounding_box()

    assert undo["x"] + undo["width"] <= width


def test_axe_finds_nothing_on_the_other_pages(service, desk):
    site, post = service.facts["site"], service.facts["post"]
    for name, ready in (
        ("metrics", ".tile"),
        ("audit", "tbody tr"),
        ("rules", ".rule-set"),
        (f"post?site={site}&post={post}", ".tile"),
    ):
        desk.goto(f"{service.url}/review/{name}")
        desk.locator(ready).first.wait_for()
        assert desk.violations() == [], name
    desk.set_viewport_size({"width": 360, "height": 740})
    desk.goto(f"{service.url}/review/audit")
    desk.locator("tbody tr").first.wait_for()
    assert desk.violations() == []
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_queue_is_worked_off_by_keyboard_alone(service, desk):
    token = service.facts["api_token"]
    waiting = service.call("/review/counts", token=token)["queues"]["held"]["count"]
    for _ in range(waiting):
        before = desk.locator("#item").get_attribute("data-comment")
        with desk.expect_response("**/decisions"):
            desk.keyboard.press("a")
        desk.wait_for_function(
            "before => document.querySelector('#item').dataset.comment !== before", arg=before
        )
    desk.locator("#item [data-empty]").wait_for()
    for _ in range(waiting):
        with desk.expect_response(lambda r: r.request.method == "DELETE" and "decisions" in r.url):
            desk.keyboard.press("u")

    assert service.call("/review/counts", token=token)["queues"]["held"]["count"] == waiting
