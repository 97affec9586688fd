"""The page Import: upload, dry run, import and result, as an admin meets them."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running
from tests.browser.test_console_access import axe, desk  # noqa: F401 (fixtures)
from tests.browser.test_people import log_in

pytestmark = pytest.mark.browser
#: The worker looks once a second, and its process takes a moment to start on a busy machine.
JOB = 90_000


def export(comments, page="/2026/market-hall", first=0):
    """Return an export of Disqus with comments on one page, one of them refused.

    Ids begin with `first`: an id that was imported before is not new.
    """
    posts = "".join(
        f'<post dsq:id="{first + n}"><message><![CDATA[<p>Imported <b>remark</b> {n}</p>]]>'
        "</message>"
        f"<createdAt>2014-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z</createdAt>"
        f'<author><name>Ann</name></author><thread dsq:id="1"/></post>'
        for n in range(comments)
    )
    return (
        '<?xml version="1.0"?><disqus xmlns="http://disqus.com" '
        'xmlns:dsq="http://disqus.com/disqus-internals">'
        f'<thread dsq:id="1"><link>https://old.example{page}</link></thread>{posts}'
        '<post dsq:id="999999"><message>Lost</message><createdAt>2014-01-01T00:00:00Z</createdAt>'
        '<author><name>Bo</name></author><thread dsq:id="7"/></post></disqus>'
    )


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running(tmp_path_factory.mktemp("imports")) as started:
        started.comment("What a pile of bullshit the council has put before us.", name="Bo")
        yield started


@pytest.fixture
def importing(service, page):
    """Open the page Import as an admin, without an import of an earlier test."""
    clean(service)
    log_in(service, page, service.facts["moderator"])
    page.goto(f"{service.url}/review/import/{service.facts['site']}")
    page.get_by_label("The export of the other system").wait_for()
    yield page
    clean(service)


def path_of(service):
    return f"/review/sites/{service.facts['site']}/import"


def clean(service):
    token = service.facts["api_token"]
    found = service.call(path_of(service), token=token)["import"]
    if found and found["state"] in ("checking", "importing"):
        service.call(f"{path_of(service)}/run", method="DELETE", token=token)
    service.call(path_of(service), method="DELETE", token=token)


def choose(page, content, name="export.xml"):
    raw = content if isinstance(content, bytes) else content.encode()
    page.get_by_label("The export of the other system").set_input_files(
        {"name": name, "mimeType": "application/xml", "buffer": raw}
    )
    page.get_by_role("button", name="Upload").press("Enter")
    page.get_by_role("heading", name="Options").wait_for()


def check(page):
    page.get_by_role("button", name="Start the dry run").press("Enter")
    page.get_by_role("heading", name="What the dry run found").wait_for(timeout=JOB)


def test_a_file_is_uploaded_tried_imported_and_seen_on_its_page_by_keyboard(
    service, importing, thread
):
    choose(importing, export(30, page="/old-page"))
    address = f"https://old.example/old-page {service.facts['post']}"
    importing.get_by_label("New addresses of pages").fill(address)
    check(importing)

    shown = importing.locator("[data-import]")
    expect(shown).to_contain_text("Recognised as Disqus.")
    expect(shown).to_contain_text("old.example")
    expect(
        importing.get_by_role("row", name=re.compile("the thread is not in the file"))
    ).to_have_count(2)
    assert importing.evaluate("document.activeElement.id") == "import-step"

    importing.get_by_role("button", name="Import 30 comments now").press("Enter")
    importing.get_by_role("heading", name="Imported").wait_for(timeout=JOB)
    expect(shown).to_contain_text("30 comments were added.")
    with importing.expect_download() as download:
        importing.get_by_role("link", name="Download the report").click()
    assert download.value.suggested_filename.endswith("-import.json")

    found = service.call(
        f"/sites/{service.facts['site']}/posts/{service.facts['post']}/comments?limit=100"
    )
    assert sum("Imported" in each["html"] for each in found["comments"]) == 30
    article = thread()
    expect(article).to_contain_text("Imported remark")
    assert list((service.data_dir / "imports").glob("*.upload")) == []


def test_a_second_run_adds_nothing(service, importing):
    for added in ("3 comments were added.", "Nothing was new in this file."):
        choose(importing, export(3, page="/twice", first=1000))
        check(importing)
        importing.get_by_role("button", name=re.compile(r"Import \d+ comments? now")).click()
        importing.get_by_role("heading", name="Imported").wait_for(timeout=JOB)
        expect(importing.locator("[data-import]")).to_contain_text(added)
        importing.get_by_role("button", name="Import another file").click()


def test_a_broken_file_ends_in_a_clear_sentence_and_can_be_discarded(importing):
    choose(importing, "neither this nor that", name="letter.txt")
    importing.get_by_role("button", name="Start the dry run").click()

    importing.get_by_role("heading", name="The file was not imported").wait_for(timeout=JOB)
    expect(importing.get_by_role("alert").first).to_contain_text("its format is not recognised")
    importing.get_by_role("button", name="Discard the file").click()
    importing.get_by_role("dialog").get_by_role("button", name="Discard", exact=True).click()

    importing.get_by_label("The export of the other system").wait_for()


def test_a_wrong_rule_is_named_at_its_field(importing):
    choose(importing, export(1, page="/rule"))
    importing.get_by_label("New addresses of pages").fill("only-one-column")
    importing.get_by_role("button", name="Start the dry run").click()

    field = importing.get_by_label("New addresses of pages")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(importing.get_by_text("Line 1 of the map")).to_be_visible()
    assert all("422" in complaint for complaint in importing.complaints)
    importing.complaints.clear()


def test_an_upload_is_cancelled_and_nothing_of_it_stays(service, importing):
    parts = []

    def slow(route):
        parts.append(route)
        if len(parts) == 1:
            route.continue_()

    importing.route("**/import/file?*", slow)
    importing.get_by_label("The export of the other system").set_input_files(
        {"name": "big.xml", "mimeType": "application/xml", "buffer": b"x" * (3 << 20)}
    )
    importing.get_by_role("button", name="Upload").click()
    expect(importing.get_by_text(re.compile(r"of 3.1\sMB"))).to_be_visible()
    importing.get_by_role("button", name="Cancel the upload").click()

    importing.get_by_label("The export of the other system").wait_for()
    importing.get_by_text("The upload was cancelled.").first.wait_for()
    assert service.call(path_of(service), token=service.facts["api_token"])["import"] is None
    importing.complaints.clear()


def test_a_running_import_is_cancelled_and_goes_on(service, importing):
    choose(importing, export(12_000, page="/long", first=100_000))
    check(importing)
    importing.get_by_role("button", name="Import 12,000 comments now").click()
    bar = importing.get_by_text(re.compile(r"[\d,]+ of 12,000 comments stored"))
    bar.wait_for(timeout=JOB)
    importing.get_by_role("button", name="Cancel").click()
    stopped = importing.get_by_text(re.compile(r"The import was stopped after"))
    stopped.wait_for()

    importing.get_by_role("button", name="Go on with the import").click()
    importing.get_by_role("heading", name="Imported").wait_for(timeout=JOB)

    expect(importing.locator("[data-import]")).to_contain_text("12,000 comments were added.")


def test_the_page_is_found_from_the_settings_and_the_navigation(service, page):
    log_in(service, page, service.facts["moderator"])
    page.goto(f"{service.url}/review/sites/{service.facts['site']}")
    jumps = page.get_by_role("navigation", name="Sections of this page")
    jumps.get_by_role("link", name="Import").click()
    page.get_by_role("link", name="Import comments").click()
    page.wait_for_url("**/review/import/*")
    current = page.get_by_role("navigation", name="Console").get_by_role("link", name="Import")
    expect(current).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_no_step_is_wider_than_the_window(service, importing, width):
    importing.set_viewport_size({"width": width, "height": 844})

    def fits():
        return importing.evaluate("document.documentElement.scrollWidth <= innerWidth")

    assert fits()
    choose(importing, export(5, page="/" + "a-very-long-address-of-a-page" * 8))
    assert fits()
    check(importing)
    assert fits()


def test_every_step_passes_axe(service, desk):  # noqa: F811
    clean(service)
    desk.goto(f"{service.url}/review/import/{service.facts['site']}")
    desk.get_by_label("The export of the other system").wait_for()
    assert desk.violations() == []
    choose(desk, export(5, page="/axe"))
    assert desk.violations() == []
    check(desk)
    assert desk.violations() == []
    desk.get_by_role(
        "button", name=re.compile("Import 5 comments now|Import 0 comments now")
    ).click()
    desk.get_by_role("heading", name="Imported").wait_for(timeout=JOB)
    assert desk.violations() == []
    clean(service)
