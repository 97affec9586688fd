"""Webhook endpoints over the API and by command: added, changed, tested, read and sent again."""

import os

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from moderation.cli import main
from moderation.services.webhooks.delivery import deliver_due
from moderation.storage.models.webhooks import WebhookEndpoint
from moderation.web.database import db
from tests.conftest import SECRET_KEY, one_store
from tests.services.webhooks.receivers import Receivers

ALL = "/api/v1/review/sites/news/webhooks"
URL = "https://news.example/a?key=canary"


@pytest.fixture
def call(client, reviewing):
    def ask(method, path="", body=None, status=200):
        answer = client.open(f"{ALL}{path}", method=method, json=body, headers=reviewing)
        assert answer.status_code == status, answer.data
        return answer.get_json(silent=True)

    return ask


@pytest.fixture
def added(call):
    return call("POST", body={"url": URL}, status=201)


def test_an_endpoint_is_added_changed_and_removed(call, added, client, reviewing):
    id = added["endpoint"]["id"]
    assert added["secret"].startswith("whsec_")
    assert added["endpoint"]["events"] == []
    assert added["endpoint"]["held_text"] is False

    changed = call(
        "PATCH", f"/{id}", {"events": ["comment.held"], "held_text": True, "enabled": False}
    )
    assert (changed["events"], changed["held_text"], changed["enabled"]) == (
        ["comment.held"],
        True,
        False,
    )
    assert (changed["url"], changed["disabled_why"]) == (URL, "admin")
    assert call("GET")["endpoints"] == [changed] == [call("GET", f"/{id}")]
    call("DELETE", f"/{id}", status=204)
    assert call("GET")["endpoints"] == []
    call("GET", f"/{id}", status=404)
    trail = client.get("/api/v1/review/audit?site=news&action=site.webhook", headers=reviewing)
    actions = [entry["action"] for entry in trail.get_json()["entries"]]
    assert actions == ["site.webhook_removed", "site.webhook_changed", "site.webhook_added"]
    assert "canary" not in trail.text


def test_no_answer_shows_a_secret_again(call, added):
    id = added["endpoint"]["id"]
    newer = call("POST", f"/{id}/secrets", status=201)["secret"]

    shown = str([call("GET"), call("GET", f"/{id}"), call("PATCH", f"/{id}", {"enabled": True})])

    assert added["secret"] not in shown
    assert newer not in shown
    assert call("GET", f"/{id}")["secrets"] == 2
    call("DELETE", f"/{id}/secrets", status=204)
    assert call("GET", f"/{id}")["secrets"] == 1


@one_store
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://169.254.169.254/latest"}, "address_refused"),
        ({"url": "http://[::ffff:10.0.0.1]/"}, "address_refused"),
        ({"url": "http://localhost:8000/"}, "address_refused"),
        ({"url": "ftp://news.example/"}, "address_refused"),
        ({"url": URL, "events": ["comment.eaten"]}, "validation_failed"),
        ({"url": ""}, "validation_failed"),
        ({}, "validation_failed"),
        ({"url": URL, "secret": "mine"}, "validation_failed"),
    ],
)
def test_a_wrong_endpoint_is_refused(client, reviewing, call, body, code):
    answer = client.post(ALL, json=body, headers=reviewing)

    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert call("GET")["endpoints"] == []


@one_store
def test_a_number_that_no_database_can_hold_is_not_found(call, added):
    for id in (0, 2**31, 2**63 - 1, 2**63, 10**40):
        call("GET", f"/{id}", status=404)


def test_a_test_message_and_its_result_are_in_the_log(call, added, session, clock):
    id = added["endpoint"]["id"]
    sent = call("POST", f"/{id}/tests", status=201)["webhook_id"]
    receivers = Receivers(clock)
    receivers.plans["a?key=canary"] = [500]

    deliver_due(session, receivers, clock=clock)

    (entry,) = call("GET", f"/{id}/deliveries")["deliveries"]
    assert (f"msg_{entry['id'].replace('-', '')}", entry["type"]) == (sent, "test")
    assert (entry["state"], entry["attempts"], entry["error"]) == ("waiting", 1, "HTTP 500")
    assert [attempt["status"] for attempt in entry["log"]] == [500]
    assert call("GET", f"/{id}/deliveries?state=failed")["deliveries"] == []
    call("GET", f"/{id}/deliveries?state=eaten", status=422)


def test_a_delivered_message_is_sent_again(call, added, make_comment, session, clock):
    id = added["endpoint"]["id"]
    make_comment()
    receivers = Receivers()
    deliver_due(session, receivers, clock=clock)
    (entry,) = call("GET", f"/{id}/deliveries")["deliveries"]

    assert call("POST", f"/{id}/redeliveries", {"ids": [entry["id"]]}) == {"queued": 1}
    deliver_due(session, receivers, clock=clock)

    first, second = receivers.got["a?key=canary"]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    call("POST", f"/{id}/redeliveries", {}, status=422)


@pytest.fixture
def run(store, monkeypatch):
    for name in [name for name in os.environ if name.startswith("MODERATION_")]:
        if not name.startswith("MODERATION_TEST"):
            monkeypatch.delenv(name)
    for name, value in store.items():
        monkeypatch.setenv(f"MODERATION_{name.upper()}", str(value))
    monkeypatch.setenv("MODERATION_SECRET_KEY", SECRET_KEY)

    def invoke(*arguments, code=0):
        result = CliRunner().invoke(main, [str(each) for each in arguments])
        assert result.exit_code == code, result.output
        return result.output

    return invoke


def test_the_commands_manage_an_endpoint(run, site, make_comment, session, clock):
    output = run("webhook", "add", "news", URL, "--event", "comment.held", "--held-text")
    assert output.splitlines()[-1].startswith("whsec_")
    id = session.scalars(select(WebhookEndpoint.id)).one()
    session.rollback()
    assert run("webhook", "endpoints") == (f"news\t{id}\t{URL}\tcomment.held, held texts\ton\n")
    assert "all events" in run("webhook", "change", "news", id, "--all-events")
    assert "(admin)" in run("webhook", "change", "news", id, "--off")
    assert run("webhook", "change", "news", id, "--on", "--no-held-text").endswith("\ton\n")
    assert run("webhook", "rotate", "news", id).startswith("whsec_")
    assert run("webhook", "end-rotation", "news", id) == "1 older secret removed.\n"
    assert run("webhook", "test", "news", id).startswith("msg_")
    make_comment()
    # Commands have the real clock.
    clock.advance(hours=1)
    deliver_due(session, Receivers(), clock=clock)
    lines = run("webhook", "deliveries", "news", id).splitlines()
    assert [line.split("\t")[3:7] for line in lines] == [
        ["delivered", "200", "0 ms", "comment.approved"],
        ["delivered", "200", "0 ms", "test"],
    ]
    assert run("deliveries").splitlines() == run("deliveries", "news").splitlines() == lines
    message = lines[0].split("\t")[-1]
    again = run("webhook", "redeliver", "news", id, message)
    assert again == "1 message is sent again.\n"
    since = ("--since", "2026-01-01", "--delivered")
    assert run("webhook", "redeliver", "news", id, *since) == "1 message is sent again.\n"
    assert "removed" in run("webhook", "remove", "news", id)
    assert run("webhook", "endpoints", "news") == ""
    db.session.remove()


def test_a_command_for_an_inner_address_or_an_unknown_endpoint_is_refused(run, site):
    assert "MODERATION_OUTBOUND_ALLOWED" in run(
        "webhook", "add", "news", "http://10.0.0.1/", code=1
    )
    assert "no webhook endpoint 7" in run("webhook", "remove", "news", 7, code=1)
    assert "inner network" in run(
        "site", "settings", "news", "--webhook-url", "http://[::1]/", code=1
    )


def test_an_inner_network_that_the_operator_opened_is_taken(run, site, monkeypatch):
    monkeypatch.setenv("MODERATION_OUTBOUND_ALLOWED", "10.0.0.0/8")

    assert "was added" in run("webhook", "add", "news", "http://10.0.0.1/")
