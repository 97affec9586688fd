"""Logging in with a second factor in a browser, by keyboard, in both appearances."""

import pyotp
import pytest

from tests.browser.conftest import running
from tests.browser.test_console_access import RULES, axe  # noqa: F401 (a fixture)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("second")) as started:
        yield started


@pytest.fixture
def person(service):
    """A moderator who can log in, new for each test."""
    made = []

    def add(login, role="moderator"):
        answer = service.call(
            "/review/moderators",
            {"login": login, "role": role},
            token=service.facts["api_token"],
        )
        made.append(answer["id"])
        return {"login": login, "password": answer["password"]}

    yield add
    for id in made:
        service.call(f"/review/moderators/{id}", method="DELETE", token=service.facts["api_token"])


@pytest.fixture
def violations(axe):  # noqa: F811
    """Return the violations that axe finds on a page."""

    def find(page):
        page.evaluate(axe)
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: tags}).then(r => r.violations)", RULES
        )
        return [(v["id"], [node["html"] for node in v["nodes"]]) for v in found]

    return find


def type_login(service, page, person):
    page.goto(f"{service.url}/review/login")
    page.get_by_label("Login").fill(person["login"])
    page.get_by_label("Password").fill(person["password"])
    page.keyboard.press("Enter")


def set_up(page):
    """Set the second factor up by keyboard: the secret and the recovery codes."""
    page.get_by_role("button", name="Set up").press("Enter")
    page.get_by_role("img", name="QR code").wait_for()
    page.get_by_text("Enter the secret manually").press("Enter")
    secret = page.locator("dialog [data-secret]").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    page.locator("[data-codes]").wait_for()
    codes = page.locator("[data-codes] code").all_inner_texts()
    page.keyboard.press("Enter")
    page.get_by_text("10 recovery codes are left").wait_for()
    return secret, codes


def test_a_second_factor_is_set_up_and_asked_for_by_keyboard(service, page, person):
    bea = person("bea")
    type_login(service, page, bea)
    page.wait_for_url("**/review/")
    page.goto(f"{service.url}/review/account")
    secret, codes = set_up(page)
    assert secret not in page.content()
    page.context.clear_cookies()

    type_login(service, page, bea)
    page.get_by_role("heading", name="Enter a code").wait_for()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("Enter the one shown now").wait_for()
    # The field has the focus again.
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")

    page.wait_for_url("**/review/")
    page.goto(f"{service.url}/review/account")
    page.get_by_text("9 recovery codes are left").wait_for()
    assert all("401" in complaint for complaint in page.complaints)
    page.complaints.clear()


def test_a_change_that_needs_the_password_again_goes_on_after_it(service, page, person):
    cleo = person("cleo")
    type_login(service, page, cleo)
    page.wait_for_url("**/review/")
    page.goto(f"{service.url}/review/account")
    set_up(page)
    old = {"status": 403, "json": {"code": "password_needed", "second_factor": False}}
    page.route("**/me/second-factor/recovery-codes", lambda r: r.fulfill(**old), times=1)
    page.route("**/me/reauthentication", lambda route: route.fulfill(status=204))

    page.get_by_role("button", name="New recovery codes").press("Enter")
    page.get_by_role("button", name="Create new codes").press("Enter")
    page.get_by_role("dialog", name="Enter your password again").wait_for()
    page.keyboard.type(cleo["password"])
    page.keyboard.press("Enter")

    page.locator("[data-codes]").wait_for()
    assert all("403" in complaint for complaint in page.complaints)
    page.complaints.clear()


def test_a_wrong_password_is_reported_in_the_dialog_and_cancelling_changes_nothing(
    service, page, person
):
    dora = person("dora")
    type_login(service, page, dora)
    page.wait_for_url("**/review/")
    page.goto(f"{service.url}/review/account")
    old = {
        "status": 403,
        "json": {"code": "password_needed", "second_factor": False, "detail": "Enter it again."},
    }
    page.route("**/me/second-factor", lambda route: route.fulfill(**old), times=1)
    page.get_by_role("button", name="Set up").press("Enter")
    sheet = page.get_by_role("dialog", name="Enter your password again")
    sheet.wait_for()
    page.keyboard.type("not the right one")
    page.keyboard.press("Enter")
    sheet.get_by_role("alert").get_by_text("This is not your password").wait_for()

    page.keyboard.press("Escape")

    page.get_by_text("Enter it again.").wait_for()
    assert page.get_by_role("img", name="QR code").count() == 0
    page.complaints.clear()


def test_a_password_can_be_shown_while_it_is_typed(service, page):
    page.goto(f"{service.url}/review/login")
    field = page.get_by_label("Password")
    field.fill("lantern orbit cellar")

    page.get_by_role("button", name="Show what is typed").press("Enter")
    assert field.get_attribute("type") == "text"
    page.get_by_role("button", name="Hide what is typed").press("Enter")

    assert field.get_attribute("type") == "password"
    assert field.input_value() == "lantern orbit cellar"


def test_a_login_works_without_scripts(service, browser, person):
    eva = person("eva")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    type_login(service, page, eva)

    page.wait_for_url("**/review/")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_on_the_way_in(service, browser, person, violations, scheme, width):
    context = browser.new_context(
        color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 740}
    )
    page = context.new_page()
    fay = person("fay")
    type_login(service, page, {**fay, "password": "not the right one"})
    page.get_by_role("alert").wait_for()
    assert violations(page) == []
    type_login(service, page, fay)
    page.wait_for_url("**/review/")
    page.goto(f"{service.url}/review/account")
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("img", name="QR code").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    set_up(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.clear_cookies()
    type_login(service, page, fay)
    page.get_by_role("heading", name="Enter a code").wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
