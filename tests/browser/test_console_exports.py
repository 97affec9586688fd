"""Prepared exports on the page Settings, as an admin meets them: with scripts and without."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running
from tests.browser.test_console_access import axe, desk  # noqa: F401 (fixtures)
from tests.browser.test_people import log_in

pytestmark = pytest.mark.browser
#: The worker looks once a second, and its process takes a moment to start on a busy machine.
JOB = 90_000


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("exports")) as started:
        started.comment("A friendly remark about bridges.", name="Bo")
        started.comment("What a pile of bullshit the council has put before us.", name="Al")
        yield started


@pytest.fixture
def path(service):
    path = f"/review/sites/{service.facts['site']}/exports"
    token = service.facts["api_token"]
    yield path
    for each in service.call(path, token=token)["exports"]:
        service.call(f"{path}/{each['id']}", method="DELETE", token=token)


@pytest.fixture
def settings(service, path, page):
    log_in(service, page, service.facts["moderator"])
    page.goto(f"{service.url}/review/sites/{service.facts['site']}")
    page.locator(".site-settings").wait_for()
    return page


def item(page, state):
    return page.locator(f'[data-export][data-state="{state}"]')


def order(page, format="JSON lines"):
    form = page.locator("[data-order]")
    form.get_by_label("Format").select_option(format)
    form.get_by_role("button", name="Prepare an export").press("Enter")
    item(page, "ready").first.wait_for(timeout=JOB)


def test_an_export_is_ordered_downloaded_and_deleted_by_keyboard(settings):
    expect(settings.locator("[data-exports]")).to_contain_text("No exports have been prepared.")

    order(settings)
    expect(settings.locator(".toast")).to_contain_text("An export is ready.")
    with settings.expect_download() as download:
        item(settings, "ready").get_by_role("link", name="Download").press("Enter")
    content = download.value.path().read_text()
    assert "about bridges" in content
    assert json.loads(content.splitlines()[-1])["type"] == "end"

    item(settings, "ready").get_by_role("button", name="Delete").press("Enter")
    settings.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
    expect(settings.locator("[data-exports]")).to_contain_text("No exports have been prepared.")
    assert settings.evaluate("document.activeElement.id") == "exports-title"


def test_a_part_is_ordered_and_shown(settings, service, path):
    settings.get_by_text("Only a part of the site").click()
    settings.get_by_label("Comments written or decided about since").fill("2026-11-01")
    settings.get_by_label("Posts whose ids begin with").fill("/2026/\n\n/news/")

    order(settings, "CSV")

    expect(item(settings, "ready")).to_contain_text("Only posts /2026/, /news/")
    (made,) = service.call(path, token=service.facts["api_token"])["exports"]
    assert (made["format"], made["posts"]) == ("csv", ["/2026/", "/news/"])
    assert made["since"].startswith("2026-11-01")


def test_it_works_without_scripts(service, path, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    try:
        log_in(service, page, service.facts["moderator"])
        page.goto(f"{service.url}/review/sites/{service.facts['site']}")
        for _ in range(2):
            page.get_by_role("button", name="Prepare an export").click()
        for _ in range(JOB // 100):
            if item(page, "ready").count() == 2:
                break
            page.wait_for_timeout(100)
            page.reload()
        assert item(page, "ready").count() == 2
        with page.expect_download() as download:
            item(page, "ready").first.get_by_role("link", name="Download").click()
        assert "about bridges" in download.value.path().read_text()
        page.get_by_role("button", name="Delete").first.click()
        expect(page.locator("[data-export]")).to_have_count(1)
    finally:
        context.close()


def test_a_refused_order_keeps_what_was_entered_without_scripts(service, path, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    try:
        log_in(service, page, service.facts["moderator"])
        page.goto(f"{service.url}/review/sites/{service.facts['site']}")
        page.locator("summary", has_text="Only a part").click()
        page.get_by_label("Posts whose ids begin with").fill("x" * 600)
        page.get_by_role("button", name="Prepare an export").click()
        expect(page.locator("#export .notice")).to_contain_text("The export was not ordered")
        expect(page.get_by_label("Posts whose ids begin with")).to_have_value("x" * 600)
        assert page.locator("[data-export]").count() == 0
    finally:
        context.close()


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_the_list_is_not_wider_than_the_window(settings, width):
    settings.set_viewport_size({"width": width, "height": 844})
    settings.get_by_text("Only a part of the site").click()
    settings.get_by_label("Posts whose ids begin with").fill("a-very-long-beginning" * 15)

    order(settings)

    assert settings.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_list_passes_axe_in_every_state(service, path, desk):  # noqa: F811
    desk.goto(f"{service.url}/review/sites/{service.facts['site']}")
    desk.locator(".site-settings").wait_for()
    assert desk.violations() == []
    order(desk)
    desk.get_by_text("Only a part of the site").click()
    assert desk.violations() == []
