"""Takes the pictures of docs/images from a new demonstration: `python -m scripts.screenshots`.

Needs Chromium, as the browser tests do. Only the named pictures with arguments:
`python -m scripts.screenshots console-light`.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
PORT = 8790
Facts = dict[str, Any]
#: Adjusts an open page before its picture is taken.
Arrange = Callable[[Page, Facts], None]


@contextmanager
def demonstration() -> Iterator[Facts]:
    """Run a new demonstration, and return what it wrote down."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "moderation", "demo", "--port", str(PORT)]
        # With a mail server the widget offers answers by mail; nothing is sent.
        environment = {
            **os.environ,
            "MODERATION_LOG_LEVEL": "ERROR",
            "MODERATION_SMTP_URL": "smtp://127.0.0.1:9",
            "MODERATION_PUBLIC_URL": f"http://127.0.0.1:{PORT}",
        }
        running = subprocess.Popen(
            [*command, "--data-dir", folder],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            env={**environment, "MODERATION_DATA_DIR": folder},
        )
        try:
            facts = Path(folder) / "demo.json"
            deadline = time.monotonic() + 120
            while not (facts.exists() and json.loads(facts.read_text()).get("seeded")):
                if running.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"The demonstration did not start; is port {PORT} in use?")
                time.sleep(0.2)
            found: Facts = json.loads(facts.read_text())
            settings = ["site", "settings", found["site"], "replies_by_mail=true"]
            subprocess.run(
                [sys.executable, "-m", "moderation", *settings],
                cwd=ROOT,
                env={**environment, "MODERATION_DATA_DIR": folder, "MODERATION_ENV": "development"},
                check=True,
                capture_output=True,
            )
            for address in (found["article"], found["console"]):
                wait_for(address, deadline)
            yield found
        finally:
            running.send_signal(signal.SIGINT)
            running.wait()


def wait_for(address: str, deadline: float) -> None:
    """Wait until an address answers."""
    while time.monotonic() < deadline:
        with suppress(OSError):
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 (our own)
            return
        time.sleep(0.1)
    raise SystemExit(f"{address} does not answer.")


# The widget


def article(page: Page, facts: Facts, **attributes: str) -> Locator:
    """Open the article with its thread below the last paragraphs."""
    page.goto(facts["article"])
    thread = page.locator("comment-thread")
    thread.scroll_into_view_if_needed()
    for name, value in attributes.items():
        thread.evaluate("(e, [n, v]) => e.setAttribute(n, v)", [name, value])
    thread.locator("article").first.wait_for()
    scroll_to(page, thread)
    return thread


def widget_light(page: Page, facts: Facts) -> None:
    """A thread."""
    article(page, facts)


def widget_dark(page: Page, facts: Facts) -> None:
    """A held comment, as its author sees it."""
    thread = article(page, facts)
    box = thread.get_by_role("textbox").first
    box.fill("What a load of shit this council talks.")
    thread.get_by_label("Name").first.fill("Nell")
    thread.get_by_role("button", name="Post comment").click()
    thread.locator("article", has_text="Waiting for a moderator").wait_for()
    box.focus()
    scroll_to(page, thread)


def widget_phone(page: Page, facts: Facts) -> None:
    """An answer that is being written."""
    thread = article(page, facts)
    thread.get_by_role("button", name="Reply").nth(1).click()
    box = thread.get_by_role("textbox").nth(1)
    box.fill("Twelve, since **Thursday**.")
    box.scroll_into_view_if_needed()
    first = thread.locator("article").first
    scroll_to(page, first, 80)


def widget_report(page: Page, facts: Facts) -> None:
    """The report of a comment."""
    thread = article(page, facts)
    thread.get_by_role("button", name="Report").nth(1).click()
    thread.get_by_role("dialog").wait_for()


def widget_right_to_left(page: Page, facts: Facts) -> None:
    """A thread in Arabic."""
    thread = article(page, facts, lang="ar")
    thread.locator("[dir=rtl], :scope[dir=rtl]").first.wait_for()
    scroll_to(page, thread, 24)


def scroll_to(page: Page, shown: Locator, top: int = 190) -> None:
    """Scroll so that an element begins this many pixels below the upper edge."""
    page.evaluate(
        "([e, top]) => scrollTo(0, e.getBoundingClientRect().top + scrollY - top)",
        [shown.element_handle(), top],
    )


# The console


def log_in(page: Page, facts: Facts) -> None:
    """Open the queue as the demonstration's first moderator."""
    page.goto(facts["console"])
    page.get_by_label("Login").fill(facts["moderator"]["login"])
    page.get_by_label("Password").fill(facts["moderator"]["password"])
    page.get_by_role("button", name="Log in").click()
    page.locator(".row").first.wait_for()


def console_queue(page: Page, facts: Facts) -> None:
    """A comment with personal data, which the filters marked."""
    log_in(page, facts)
    page.locator(".row", has_text="A Neighbour").click()
    page.get_by_text("Held because").first.wait_for()


def console_settings(page: Page, facts: Facts) -> None:
    """The thresholds, and a text that is tried."""
    log_in(page, facts)
    page.goto(f"{facts['console']}sites/{facts['site']}")
    page.locator("legend", has_text="Scores").first.scroll_into_view_if_needed()
    page.get_by_label("Text", exact=True).fill("You are a fool, and so is the mayor.")
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("Held because").wait_for()
    scroll_to(page, page.locator("legend", has_text="Scores").first, 85)


def console_author(page: Page, facts: Facts) -> None:
    """An author's comments."""
    log_in(page, facts)
    page.locator(".row", has_text="Straight Talker").click()
    page.get_by_role("link", name="All their comments").click()
    page.get_by_role("heading", name="Straight Talker").wait_for()


#: Name → width and height in pixels, dark, and what is done before the picture.
PICTURES: dict[str, tuple[int, int, bool, Arrange]] = {
    "widget-light": (1000, 1020, False, widget_light),
    "widget-report": (1000, 1020, False, widget_report),
    "widget-phone": (398, 900, False, widget_phone),
    "widget-right-to-left": (752, 941, False, widget_right_to_left),
    "console-light": (1280, 760, False, console_queue),
    "console-dark": (1280, 760, True, console_queue),
    "console-settings": (1280, 760, False, console_settings),
    "console-author": (1280, 760, True, console_author),
    # Last: it posts a comment.
    "widget-dark": (1000, 1020, True, widget_dark),
}


def take(browser: Browser, facts: Facts, name: str) -> None:
    """Take one picture, in a browser session of its own."""
    width, height, dark, arrange = PICTURES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    arrange(page, facts)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()
    print(f"docs/images/{name}.png")


def main() -> None:
    """Take the named pictures, or all."""
    names = sys.argv[1:] or list(PICTURES)
    unknown = sorted(set(names) - set(PICTURES))
    if unknown:
        raise SystemExit(f"No such picture: {', '.join(unknown)}. There are {', '.join(PICTURES)}.")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright, demonstration() as facts:
        browser = playwright.chromium.launch(
            executable_path=path or playwright.chromium.executable_path, args=["--no-sandbox"]
        )
        for name in names:
            take(browser, facts, name)
        browser.close()


if __name__ == "__main__":
    main()
