"""A site's connections in the console: webhooks, keys, and the outside check."""

import hmac
import json
import threading
import urllib.request
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser.conftest import running
from tests.browser.test_console_access import axe, desk  # noqa: F401 (fixtures)
from tests.browser.test_people import log_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    allowed = {"MODERATION_OUTBOUND_ALLOWED": "127.0.0.0/8"}
    with running(tmp_path_factory.mktemp("connections"), **allowed) as started:
        started.comment("What a pile of bullshit the council has put before us.", name="Bo")
        yield started


@pytest.fixture
def part(service, page):
    """Open a part of the connections as an admin."""
    log_in(service, page, service.facts["moderator"])

    def show(name):
        page.goto(f"{service.url}/review/connections/{service.facts['site']}/{name}")
        page.locator(".connection .panel").first.wait_for()
        return page

    return show


def send_from_ghost(service, secret, path):
    """Send what Ghost sends when it publishes a post."""
    now = datetime.now(UTC).isoformat()
    state = {"id": path, "status": "published", "url": f"https://blog.example{path}"}
    body = {"post": {"current": {**state, "updated_at": now}, "previous": {"status": "draft"}}}
    raw = json.dumps(body).encode()
    signature = f"sha256={hmac.new(secret.encode(), raw, 'sha256').hexdigest()}"
    request = urllib.request.Request(
        f"{service.url}/api/v1/sites/{service.facts['site']}/webhooks/ghost",
        raw,
        {"X-Ghost-Signature": signature, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())["outcome"]


class Receiver(BaseHTTPRequestHandler):
    """Answers with the status that its server has."""

    def do_POST(self):
        self.server.types.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_): ...


@pytest.fixture
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.status, server.types = 500, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_an_endpoint_is_added_tested_changed_and_removed_by_keyboard(service, part, receiver):
    hooks = part("webhooks")
    hooks.get_by_text("No endpoints. No events are sent.").wait_for()
    address = f"http://127.0.0.1:{receiver.server_port}/in"
    hooks.get_by_role("button", name="Add an endpoint").press("Enter")
    hooks.keyboard.type(f"{address}?key=hidden")
    hooks.keyboard.press("Enter")
    secret = hooks.get_by_role("textbox", name=f"Secret of {address}").input_value()
    assert secret.startswith("whsec_")
    hooks.keyboard.press("Escape")
    hooks.get_by_role("button", name=f"Send a test to {address}").wait_for()
    assert "hidden" not in hooks.locator(".connection").inner_text()
    assert secret not in hooks.content()

    hooks.get_by_role("button", name=f"Send a test to {address}").press("Enter")
    row = hooks.get_by_role("row").filter(has_text="test")
    row.get_by_text("HTTP 500").wait_for(timeout=15000)
    assert receiver.types[-1]["type"] == "test"

    hooks.get_by_role("button", name=f"Edit {address}").press("Enter")
    hooks.get_by_label("All, also those of later releases").uncheck()
    hooks.get_by_label("Held comment.held").check()
    hooks.get_by_role("button", name="Save").press("Enter")
    # What lies behind an open dialog takes no key.
    hooks.locator("dialog[open]").wait_for(state="detached")
    hooks.get_by_text("comment.held").first.wait_for()
    hooks.get_by_role("button", name=f"Switch off {address}").press("Enter")
    hooks.get_by_role("button", name=f"Switch on {address}").wait_for()

    hooks.get_by_role("button", name=f"New secret for {address}").press("Enter")
    hooks.get_by_role("button", name="Make a new secret").press("Enter")
    newer = hooks.get_by_role("textbox", name=f"Secret of {address}").input_value()
    hooks.keyboard.press("Escape")
    hooks.locator("dialog[open]").wait_for(state="detached")
    hooks.get_by_role("button", name=f"End the rotation of {address}").press("Enter")
    hooks.get_by_text("Only the newest secret signs now").first.wait_for()
    assert newer != secret

    hooks.get_by_role("button", name=f"Remove {address}").press("Enter")
    hooks.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).press("Enter")
    hooks.get_by_text("No endpoints. No events are sent.").wait_for()


def test_an_address_of_an_inner_network_is_refused_in_the_form(service, part):
    hooks = part("webhooks")
    hooks.get_by_role("button", name="Add an endpoint").click()
    hooks.keyboard.type("http://10.0.0.1/in")
    hooks.keyboard.press("Enter")

    hooks.get_by_role("alert").get_by_text("inner network").wait_for()

    assert hooks.locator("dialog [name=url]").input_value() == "http://10.0.0.1/in"
    assert all("422" in complaint for complaint in hooks.complaints)
    hooks.complaints.clear()


def test_a_delivered_message_is_sent_again(service, part, receiver):
    receiver.status = 204
    token, site = service.facts["api_token"], service.facts["site"]
    made = {"url": f"http://127.0.0.1:{receiver.server_port}/again", "events": ["comment.approved"]}
    path = f"/review/sites/{site}/webhooks"
    id = service.call(path, made, token=token)["endpoint"]["id"]
    service.comment("A remark that nothing is the matter with.")
    hooks = part("webhooks")
    hooks.get_by_role("button", name=f"Deliveries to {made['url']}").click()
    hooks.locator("[name=state]").select_option("delivered")
    again = hooks.get_by_role("button", name="Send comment.approved")
    while again.count() == 0:
        # The worker delivers once a second.
        with hooks.expect_response("**/deliveries?*"):
            hooks.locator("[name=state]").dispatch_event("change")

    again.press("Enter")

    hooks.get_by_text("One message is being sent again.").first.wait_for()
    service.call(f"{path}/{id}", method="DELETE", token=token)


def test_a_key_is_shown_once_with_its_command_and_revoked_by_keyboard(service, part):
    keys = part("keys")
    keys.get_by_role("button", name="Add a key for OpenAI").press("Enter")
    key = keys.get_by_role("textbox", name="Key for OpenAI").input_value()
    assert f"Bearer {key}" in keys.get_by_role("dialog").inner_text()
    keys.keyboard.press("Escape")
    revoke = keys.get_by_role("button", name=f"Revoke the OpenAI key that ends in {key[-4:]}")
    revoke.wait_for()
    assert key not in keys.content()

    revoke.press("Enter")
    keys.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).press("Enter")

    keys.get_by_text("The key is revoked").first.wait_for()
    revoke.wait_for(state="detached")


def test_the_signing_secret_of_coral_is_added_and_removed(service, part):
    keys = part("keys")
    keys.get_by_role("button", name="Add Coral’s signing secret").press("Enter")
    keys.keyboard.type("empsec_made_up")
    keys.keyboard.press("Enter")
    keys.get_by_text("The signing secret is saved").first.wait_for()
    keys.get_by_role("button", name="Remove Coral’s signing secrets").press("Enter")
    keys.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).press("Enter")

    keys.get_by_text("No signing secret.").wait_for()
    assert "empsec_made_up" not in keys.content()


def test_a_secret_for_ghost_is_made_used_and_removed(service, part):
    incoming = part("incoming")
    incoming.get_by_text("Nothing has arrived yet.").wait_for()
    incoming.get_by_role("button", name="Add a secret for Ghost").press("Enter")
    incoming.get_by_role("button", name="Add", exact=True).press("Enter")
    secret = incoming.get_by_role("textbox", name="Secret for Ghost").input_value()
    incoming.get_by_role("button", name="I have saved it").press("Enter")
    assert send_from_ghost(service, secret, "/a-walk/") == "applied"

    incoming.reload()

    row = incoming.get_by_role("row").filter(has_text="/a-walk/")
    row.get_by_text("Applied").wait_for()
    end = secret[-4:]
    incoming.get_by_role("button", name=f"Remove the Ghost secret that ends in {end}").click()
    incoming.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    incoming.get_by_text("The secret is removed").first.wait_for()


def test_a_secret_that_is_too_short_is_reported_at_its_field(service, part):
    incoming = part("incoming")
    incoming.get_by_role("button", name="Add a secret for Stripe-style").click()
    field = incoming.get_by_role("dialog").get_by_role("textbox")
    field.fill("short")
    incoming.keyboard.press("Enter")

    incoming.get_by_role("alert").get_by_text("16 to 320").wait_for()
    assert field.input_value() == "short"
    assert all("422" in complaint for complaint in incoming.complaints)
    incoming.complaints.clear()


def test_the_outside_check_is_previewed_before_it_is_saved_and_then_removed(service, part):
    checker = part("checker")
    checker.get_by_text("Not configured.").wait_for()
    checker.locator("[name=url]").fill("https://checker.example/judge")
    checker.locator("[name=shape]").select_option("json")
    checker.locator("[name=template]").fill('{"who": "{author_name}", "what": "{text}"}')
    checker.locator("[name=text]").fill("A trial about the ferry.")
    checker.get_by_role("button", name="Show the request").press("Enter")
    checker.get_by_text("it has personal data: author_name").wait_for()
    assert "A trial about the ferry." in checker.locator(".request").inner_text()
    assert service.call(
        f"/review/sites/{service.facts['site']}/checker", token=service.facts["api_token"]
    ) == {"site": service.facts["site"], "checker": None, "state": None}

    checker.get_by_role("button", name="Save").press("Enter")
    checker.get_by_text("0 of at most 1,000").wait_for()
    assert checker.locator("[name=template]").input_value().count("{text}") == 1

    checker.get_by_role("button", name="Remove the outside check").press("Enter")
    checker.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).press("Enter")
    checker.get_by_text("Not configured.").wait_for()


def test_a_wrong_body_of_the_outside_check_is_reported_at_its_field(service, part):
    checker = part("checker")
    checker.locator("[name=url]").fill("https://checker.example/judge")
    checker.locator("[name=shape]").select_option("json")
    checker.locator("[name=template]").fill("{not json")
    checker.get_by_role("button", name="Save").press("Enter")

    checker.locator("#template-problem").wait_for()

    assert checker.locator("[name=template]").input_value() == "{not json"
    assert all("422" in complaint for complaint in checker.complaints)
    checker.complaints.clear()


def test_a_page_that_cannot_load_shows_the_error_and_can_be_tried_again(service, part, page):
    part("keys")
    page.route("**/keys?", lambda r: r.fulfill(status=503, json={"detail": "Busy now."}))
    page.reload()
    page.get_by_text("Busy now.").wait_for()
    page.unroute("**/keys?")

    page.get_by_role("button", name="Try again").press("Enter")

    page.locator(".connection .panel").first.wait_for()
    assert all("503" in complaint for complaint in page.complaints)
    page.complaints.clear()


@pytest.mark.parametrize("name", ["webhooks", "keys", "incoming", "checker"])
def test_axe_finds_nothing_and_nothing_overflows(service, desk, name):  # noqa: F811
    desk.goto(f"{service.url}/review/connections/{service.facts['site']}/{name}")
    desk.locator(".connection .panel").first.wait_for()
    assert desk.violations() == []
    for width in (390, 768, 1440):
        desk.set_viewport_size({"width": width, "height": 800})
        assert desk.evaluate("document.documentElement.scrollWidth") <= width
    desk.set_viewport_size({"width": 390, "height": 800})
    assert desk.violations() == []
