"""A real service on real ports, and a real Chromium to look at it.

The service is what `make run` starts: the article comes from a second port, so that every
test embeds across origins.
"""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.conftest import missing
from tests.forking import Fork, ForkServer
from tests.nodes import free_ports

ROOT = Path(__file__).parents[2]
# Machines that run all tests at once are slow; a fast one waits no longer for that.
expect.set_options(timeout=20_000)


@dataclass
class Service:
    """A running demonstration and the facts that it wrote down."""

    url: str
    facts: dict[str, Any]
    data_dir: Path

    def call(
        self, path: str, body: Any = None, *, method: str | None = None, token: str = ""
    ) -> Any:
        """Call the API and return the JSON; raises urllib's HTTPError for a refusal."""
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            raw = answer.read()
        return json.loads(raw) if raw else None

    def comment(self, text: str, *, name: str = "Ada", **fields: Any) -> Any:
        """Submit a comment to the demonstration's article."""
        path = f"/sites/{self.facts['site']}/posts/{self.facts['post']}/comments"
        return self.call(path, {"author": {"name": name}, "text": text, **fields})


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """An empty demonstration of this test's own."""
    with running(tmp_path) as started:
        yield started


class _Forks:
    """The process that demonstrations are forked from, and a migrated store that they copy."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._server = ForkServer()
        self._template = Path(self._folder.name) / "data"
        log = Path(self._folder.name) / "migrate.log"
        store = {**os.environ, "MODERATION_ENV": "development"}
        store["MODERATION_DATA_DIR"] = str(self._template)
        for command in (
            ("migrate",),
            ("site", "add", "demo", "--title", "The Ferry Lane Gazette", "--hold-first", "0"),
            # A test sends more comments in a minute than any person would.
            ("site", "settings", "demo", 'thresholds={"flood": 1.01}'),
        ):
            running = self._server.start(*command, environment=store, log=log)
            assert running.wait() == 0, log.read_text()

    def start(self, data: Path, *arguments: str, environment: dict[str, str], log: Path) -> Fork:
        # The index of the log is made anew from the log.
        shutil.copytree(self._template, data, ignore=shutil.ignore_patterns("*-shm"))
        return self._server.start(*arguments, environment=environment, log=log)

    def close(self) -> None:
        self._server.close()
        self._folder.cleanup()


@cache
def _forks() -> _Forks:
    return _Forks()


_users: list[None] = []


@pytest.fixture(scope="session", autouse=True)
def _close_shared() -> Iterator[None]:
    """Close the objects that each process has once, after the last folder of tests that uses them.

    Several folders have this fixture, and one that ends first must leave the others theirs.
    """
    _users.append(None)
    yield
    _users.pop()
    if _users:
        return
    if _launched.cache_info().currsize:
        _launched().close()
    if _playwright.cache_info().currsize:
        _playwright().stop()
    if _forks.cache_info().currsize:
        _forks().close()
    for shared in (_launched, _playwright, _forks):
        shared.cache_clear()


@contextmanager
def running(folder: Path, **changes: str) -> Iterator[Service]:
    """A demonstration with its data in a folder, stopped at the end; `changes` are variables."""
    port = free_ports()
    environment = {
        **os.environ,
        "MODERATION_RATELIMIT_ENABLED": "0",
        "MODERATION_LOG_LEVEL": "ERROR",
        # No test with a browser cuts the power.
        "MODERATION_SQLITE_SYNCHRONOUS": "NORMAL",
        **changes,
    }
    process = _forks().start(
        folder / "data",
        *("demo", "--empty", "--port", str(port), "--data-dir", str(folder / "data")),
        environment=environment,
        log=folder / "service.log",
    )
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/healthz", process, folder)
        facts = json.loads((folder / "data" / "demo.json").read_text())
        yield Service(f"http://127.0.0.1:{port}", facts, folder / "data")
    finally:
        # One that never started has left its group already.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_healthy(url: str, process: Fork, folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            # The port gives no sign when it opens: poll it.
            time.sleep(0.05)
    raise AssertionError((folder / "service.log").read_text())


def stop_clock(page: Page) -> None:
    """Let time pass on a page only when the test moves its clock, which is installed already."""
    # It stops at a moment to come only, however long it takes until the page hears of it.
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=20))


def let_pass(page: Page, milliseconds: int = 0) -> None:
    """Let time pass on a page, so that a later assertion can exclude an effect."""
    page.evaluate("time => new Promise(done => setTimeout(done, time))", milliseconds)


def give_name(form: Locator, name: str) -> None:
    """Fill in the author's name; a known author has a line in place of the fields."""
    change = form.get_by_role("button", name="Change")
    if change.is_visible():
        change.click()
    form.get_by_label("Name").fill(name)


@cache
def _playwright() -> Playwright:
    # One for the process, however many folders take these fixtures over: Playwright runs a
    # loop on this thread, and a second one cannot start beside it.
    return sync_playwright().start()


@cache
def _launched() -> Browser:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    path = path or shutil.which("google-chrome") or _playwright().chromium.executable_path
    if not Path(path).exists():
        missing("Chromium")
    return _playwright().chromium.launch(
        executable_path=path,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            # A name that is no secure context, where 127.0.0.1 is one.
            "--host-resolver-rules=MAP news.test 127.0.0.1",
        ],
    )


@pytest.fixture(scope="session")
def browser() -> Browser:
    return _launched()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test when the browser's console complains."""
    opened = context.new_page()
    complaints: list[str] = []
    opened.on(
        "console",
        lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None,
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.complaints = complaints  # type: ignore[attr-defined]
    yield opened
    assert complaints == []


@pytest.fixture(scope="session")
def axe(tmp_path_factory) -> str:
    """axe-core: from its Python package, else from npm."""
    package = importlib.util.find_spec("axe_playwright_python")
    if package is not None and package.origin:
        return (Path(package.origin).parent / "axe.min.js").read_text()
    folder = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm")
    packed = npm and subprocess.run(
        [npm, "pack", "--silent", "axe-core@4.12.1"], cwd=folder, check=False, timeout=120
    )
    if not packed or packed.returncode:
        missing("axe-core")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


@pytest.fixture
def thread(service: Service, page: Page) -> Callable[..., Locator]:
    """Open the demonstration's article, with these attributes on its widget."""
    page.set_default_timeout(8000)

    def visit(fragment: str = "", **attributes: str) -> Locator:
        page.goto("about:blank")
        page.goto(f"{service.facts['article']}{fragment}")
        shown = page.locator("comment-thread")
        shown.scroll_into_view_if_needed()
        for name, value in attributes.items():
            shown.evaluate("(e, [n, v]) => e.setAttribute(n, v)", [name.replace("_", "-"), value])
        shown.get_by_role("heading").first.wait_for()
        return shown

    return visit


@pytest.fixture
def operate(service: Service) -> Callable[..., str]:
    """Run a command against the demonstration's store."""

    def run(*arguments: str) -> str:
        environment = {
            "MODERATION_ENV": "development",
            "MODERATION_DATA_DIR": str(service.data_dir),
        }
        ran = subprocess.run(
            [sys.executable, "-m", "moderation", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            check=True,
            capture_output=True,
            text=True,
        )
        return ran.stdout.strip()

    return run


@pytest.fixture
def host_page(service: Service, page: Page) -> Callable[..., None]:
    """Open a page of the site's origin that the test makes up, at a path of its choice."""
    page.set_default_timeout(8000)
    origin = "://".join(urlsplit(service.facts["article"])[:2])
    # A page that the test makes up has no address, and Chromium would ask the reader first.
    page.context.grant_permissions(["local-network-access"], origin=origin)

    def open_page(
        path: str, body: str, *, head: str = "", headers: dict[str, str] | None = None
    ) -> None:
        script = f'src="{service.url}/widget/'
        html = f"<!doctype html><html lang=en><title>Host</title>{head}<body>{body}</body></html>"
        html = html.replace('src="widget/', script)
        # For every tab of the browser.
        page.context.route(
            f"{origin}{path.partition('?')[0].partition('#')[0]}*",
            lambda route: route.fulfill(
                body=html, content_type="text/html; charset=utf-8", headers=headers or {}
            ),
        )
        page.goto(origin + path)

    return open_page
