"""From the account to a mail and back: the pages that links in mail lead to."""

import re
import time
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import running
from tests.browser.test_console_access import axe, desk  # noqa: F401 (fixtures)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A demonstration that writes its mail to the terminal, as one does while developing."""
    folder = tmp_path_factory.mktemp("mail")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODERATION_SMTP_URL", "console:")
        with running(folder) as started:
            started.comment("What a pile of bullshit the council has put before us.", name="Bo")
            started.log = folder / "service.log"
            yield started


def link(service, label, behind=0):
    """The next link of a kind in the mail that is written behind a place in the log."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        # Quoted-printable breaks long lines.
        written = service.log.read_text()[behind:].replace("=\n", "").replace("=3D", "=")
        # The text behind it is there as well: the address is not cut off in the middle.
        found = re.findall(rf"{label}:\s+(http\S+)\s", written)
        if found:
            return urlsplit(found[0]).path
        time.sleep(0.2)
    raise AssertionError(service.log.read_text())


# Once: between two mails at once to one moderator lies a minute.
@pytest.mark.parametrize("desk", ["light"], indirect=True)
def test_mail_is_asked_for_confirmed_and_answered(service, desk):  # noqa: F811
    begun = len(service.log.read_text())
    desk.goto(f"{service.url}/review/account")
    desk.get_by_label("How often").select_option("now")
    desk.get_by_label("To", exact=True).fill(f"desk-{time.monotonic_ns()}@news.example")
    desk.keyboard.press("Enter")
    desk.get_by_text("Not confirmed yet").wait_for()
    assert desk.violations() == []

    desk.goto(service.url + link(service, "If that was you", begun))
    assert desk.violations() == []
    desk.get_by_role("button", name="Yes, it is mine").press("Enter")
    desk.get_by_role("heading", name="Confirmed").wait_for()
    assert desk.violations() == []

    service.comment(f"Bullshit number {time.monotonic_ns()}, and no end.", name="Cleo")
    reject = link(service, "Reject", begun)
    desk.set_viewport_size({"width": 360, "height": 740})
    desk.goto(service.url + reject)
    desk.get_by_role("heading", name="Reject this comment?").wait_for()
    assert desk.violations() == []
    assert desk.evaluate("document.documentElement.scrollWidth") <= 360
    desk.get_by_role("button", name="Reject").press("Enter")

    desk.get_by_role("heading", name="Rejected").wait_for()
    desk.get_by_role("link", name="Show the comment").press("Enter")
    desk.locator("[data-context=decisions]").get_by_text("moderator rejected it").wait_for()
