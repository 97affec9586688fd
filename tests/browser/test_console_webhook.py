"""The console's page of a site shows the state of its webhook and an admin's actions on it."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser.conftest import running
from tests.browser.test_console_access import axe, desk  # noqa: F401 (fixtures)

pytestmark = pytest.mark.browser
#: The receiver is on this machine, which the guard of outgoing requests refuses otherwise.
ALLOWED = {"MODERATION_OUTBOUND_ALLOWED": "127.0.0.0/8"}
COMMAND = [sys.executable, "-m", "moderation", "site", "settings"]


class Hook(BaseHTTPRequestHandler):
    """Answers with the status that its server has."""

    def do_POST(self):
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.came.release()

    def log_message(self, *_): ...


@pytest.fixture
def hook():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.status, server.came = 410, threading.Semaphore(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def service(tmp_path):
    with running(tmp_path, **ALLOWED) as started:
        started.comment("What a pile of bullshit the council has put before us.", name="Bo")
        yield started


@pytest.fixture
def set_address(service):
    """Set the site's webhook address as an operator does."""

    def run(address):
        subprocess.run(
            [*COMMAND, service.facts["site"], "--webhook-url", address],
            env={**os.environ, **ALLOWED, "MODERATION_DATA_DIR": str(service.data_dir)},
            check=True,
            capture_output=True,
        )

    return run


def test_a_webhook_that_is_off_is_switched_on_and_failed_messages_are_sent_again(
    service,
    desk,  # noqa: F811
    hook,
    set_address,
):
    address = f"{service.url}/review/sites/{service.facts['site']}"
    desk.goto(address)
    desk.get_by_text("No address is set, so no webhooks are sent.").wait_for()
    set_address(f"http://127.0.0.1:{hook.server_port}/hooks?key=secret")
    service.comment("A remark that nothing is the matter with.")
    assert hook.came.acquire(timeout=60)
    webhook = desk.locator("[data-webhook]")
    on = webhook.get_by_role("button", name="Switch on")
    path = f"/review/sites/{service.facts['site']}/webhook"
    ask = "async (path) => (await (await fetch('/api/v1' + path)).json()).webhook.disabled_at"
    desk.wait_for_function(ask, arg=path)

    desk.goto(address)

    webhook.get_by_text("1 message failed in the last 30 days.").wait_for()
    assert webhook.get_by_text("with HTTP 410").count() == 1
    assert "secret" not in webhook.inner_text()
    assert desk.violations() == []
    hook.status = 204
    on.press("Enter")
    webhook.get_by_text("Switched on.").wait_for()
    assert on.count() == 0
    webhook.get_by_role("button", name="Resend all").press("Enter")
    webhook.get_by_text("1 message is being resent.").wait_for()
    assert hook.came.acquire(timeout=60)
    assert webhook.get_by_role("button").count() == 0
