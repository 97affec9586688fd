"""Several endpoints of a site: each gets what it asked for, signed with its own secrets."""

import json
from pathlib import Path

import jsonschema
import pytest
from sqlalchemy import func, select, text
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from moderation.domain.actors import By
from moderation.domain.errors import BadAddress, Conflict, EndpointNotFound, Invalid
from moderation.domain.inner_networks import Networks, parse_networks
from moderation.domain.status import Actor
from moderation.domain.webhook_events import EVENTS, TEST
from moderation.services import endpoints, outbox
from moderation.services.sites import changes, registry
from moderation.services.webhooks import delivery_log, stale_queue
from moderation.services.webhooks.delivery import deliver_due
from moderation.storage.compiled_statements import CompiledStatement
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint
from tests.conftest import one_store
from tests.services.webhooks.receivers import Receivers

ADMIN = By(Actor.SITE, "cli")
SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "webhooks.schema.json").read_text())


@pytest.fixture
def add(session, site, clock):
    """Add an endpoint; returns its id and secret."""

    def make(name="a", **options):
        endpoint, secret = endpoints.add(
            session,
            registry.find(session, "news"),
            ADMIN,
            f"https://news.example/{name}",
            allowed=Networks(),
            now=clock.now,
            **options,
        )
        id = endpoint.id
        session.rollback()
        return id, secret

    return make


def test_every_endpoint_gets_the_events_that_it_asked_for(add, make_comment, session, clock):
    add("all")
    add("held", events=["comment.held"])
    add("both", events=["comment.held", "comment.approved"])
    receivers = Receivers()
    make_comment()
    make_comment("What bullshit, says a reader.")

    deliver_due(session, receivers, clock=clock)

    assert sorted(receivers.types("all")) == ["comment.approved", "comment.held"]
    assert receivers.types("held") == ["comment.held"]
    assert sorted(receivers.types("both")) == ["comment.approved", "comment.held"]


def test_an_event_is_one_message_with_a_delivery_for_each_endpoint(add, make_comment, session):
    for name in "abc":
        add(name)
    make_comment()

    assert session.scalar(select(func.count(OutboxMessage.id))) == 1
    assert session.scalar(select(func.count(WebhookDelivery.id))) == 3


def test_an_endpoint_gets_nothing_from_before_it_was_added(add, make_comment, session, clock):
    add("old")
    make_comment()
    add("new")
    receivers = Receivers()

    deliver_due(session, receivers, clock=clock)

    assert (len(receivers.got["old"]), len(receivers.got["new"])) == (1, 0)


def test_messages_are_signed_with_the_endpoints_own_secret(add, make_comment, session, clock):
    _, first = add("a")
    _, second = add("b")
    receivers = Receivers()
    make_comment()

    deliver_due(session, receivers, clock=clock)

    ((a,), (b,)) = receivers.got["a"], receivers.got["b"]
    assert a.headers["webhook-id"] == b.headers["webhook-id"]
    Webhook(first).verify(a.body, a.headers)
    Webhook(second).verify(b.body, b.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(first).verify(b.body, b.headers)


def test_two_secrets_sign_while_one_replaces_the_other(add, make_comment, session, clock):
    id, old = add("a")
    news = registry.find(session, "news")
    new = endpoints.rotate(session, news, id, ADMIN, now=clock.now)
    receivers = Receivers()
    make_comment()
    deliver_due(session, receivers, clock=clock)
    for each in (old, new):
        Webhook(each).verify(receivers.got["a"][0].body, receivers.got["a"][0].headers)

    assert endpoints.end_rotation(session, news, id, ADMIN, now=clock.now) == 1
    make_comment("Another friendly remark.")
    deliver_due(session, receivers, clock=clock)

    last = receivers.got["a"][-1]
    Webhook(new).verify(last.body, last.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(last.body, last.headers)


def test_the_main_endpoint_keeps_the_sites_secret_beside_its_first_own(
    make_comment, change_site, session, secret, clock
):
    change_site(webhook_url="https://news.example/main")
    news = registry.find(session, "news")
    (main,) = endpoints.listed(session, news.id)
    new = endpoints.rotate(session, news, main.id, ADMIN, now=clock.now)
    receivers = Receivers()
    make_comment()

    deliver_due(session, receivers, clock=clock)

    (request,) = receivers.got["main"]
    for each in (secret, new):
        Webhook(each).verify(request.body, request.headers)


def test_a_held_text_goes_only_to_endpoints_that_are_marked_for_it(
    add, make_comment, client, reviewing, session, clock
):
    add("marked", held_text=True)
    add("plain")
    receivers = Receivers()
    held = make_comment("What bullshit, a canary says.")["comment"]["id"]
    make_comment("A remark that everybody may read.")
    deliver_due(session, receivers, clock=clock)
    path = f"/api/v1/review/comments/{held}/decisions"
    client.post(path, json={"outcome": "reject"}, headers=reviewing)
    deliver_due(session, receivers, clock=clock)

    marked = {e["type"]: e["data"]["comment"]["text"] for e in receivers.events("marked")}
    plain = {e["type"]: e["data"]["comment"]["text"] for e in receivers.events("plain")}
    assert marked["comment.held"] == marked["comment.rejected"] == "What bullshit, a canary says."
    assert plain == {
        "comment.held": None,
        "comment.approved": "A remark that everybody may read.",
        "comment.rejected": None,
    }
    assert not any(b"canary" in request.body for request in receivers.got["plain"])


def test_a_text_that_is_no_longer_published_when_it_is_sent_is_left_out(
    add, make_comment, client, reviewing, session, clock
):
    add("plain")
    made = make_comment("A canary that is taken down.")["comment"]["id"]
    path = f"/api/v1/review/comments/{made}/decisions"
    client.post(path, json={"outcome": "reject"}, headers=reviewing)
    receivers = Receivers()

    while deliver_due(session, receivers, clock=clock):
        pass

    assert receivers.types("plain") == ["comment.approved", "comment.rejected"]
    assert not any(b"canary" in request.body for request in receivers.got["plain"])


def test_an_endpoint_that_is_off_gets_its_messages_when_it_is_on_again(
    add, make_comment, session, clock
):
    id, _ = add("a")
    news = registry.find(session, "news")
    options = {"allowed": Networks(), "now": clock.now}
    endpoints.change(session, news, id, ADMIN, enabled=False, **options)
    receivers = Receivers()
    make_comment()
    assert deliver_due(session, receivers, clock=clock) == 0

    endpoints.change(session, news, id, ADMIN, enabled=True, **options)

    assert deliver_due(session, receivers, clock=clock) == 1


def test_a_removed_endpoint_gets_nothing_and_leaves_nothing(add, make_comment, session, clock):
    id, _ = add("a")
    make_comment()
    news = registry.find(session, "news")

    endpoints.remove(session, news, id, ADMIN, now=clock.now)
    make_comment("One more remark, after that.")

    assert deliver_due(session, Receivers(), clock=clock) == 0
    for table in (WebhookDelivery, WebhookEndpoint):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    with pytest.raises(EndpointNotFound):
        endpoints.find(session, news, id)


def test_an_endpoint_of_another_site_is_not_found(add, app, session, clock):
    id, _ = add("a")
    other, _ = changes.add(session, "other", title="", origins=[], now=clock.now)

    with pytest.raises(EndpointNotFound):
        endpoints.remove(session, other, id, ADMIN, now=clock.now)


def test_a_site_has_at_most_twenty_endpoints(add):
    for number in range(endpoints.MOST):
        add(f"n{number}")

    with pytest.raises(Conflict, match="at most 20"):
        add("more")


@one_store
def test_an_inner_address_and_an_unknown_event_are_refused(add, session, clock):
    news = registry.find(session, "news")
    for url in ("http://127.0.0.1/x", "http://169.254.169.254/", "http://localhost/", "nonsense"):
        with pytest.raises(BadAddress):
            endpoints.add(session, news, ADMIN, url, allowed=Networks(), now=clock.now)
    allowed = Networks.of(parse_networks("127.0.0.0/8"))
    endpoints.add(session, news, ADMIN, "http://127.0.0.1/x", allowed=allowed, now=clock.now)
    with pytest.raises(Invalid, match="no such event"):
        add("a", events=["comment.eaten"])
    with pytest.raises(Invalid, match="needs an address"):
        endpoints.add(session, news, ADMIN, " ", allowed=Networks(), now=clock.now)


def test_the_webhook_address_of_a_site_is_a_view_of_its_first_endpoint(
    add, change_site, session, site
):
    id, _ = add("first")
    change_site(webhook_url="https://news.example/changed")

    news = registry.find(session, "news")
    (endpoint,) = endpoints.listed(session, news.id)
    assert (endpoint.id, endpoint.url) == (id, "https://news.example/changed")
    session.rollback()
    change_site(webhook_url="")
    assert endpoints.listed(session, site.id) == []


def test_a_login_in_an_address_becomes_a_header(change_site, make_comment, session, clock):
    change_site(webhook_url="https://me:p%40ss@news.example/a")
    make_comment()
    receivers = Receivers()

    deliver_due(session, receivers, clock=clock)

    (request,) = receivers.got["a"]
    assert request.url == "https://news.example/a"
    assert request.headers["Authorization"] == "Basic bWU6cEBzcw=="


def test_a_test_message_goes_to_one_endpoint_whatever_it_asked_for(add, session, clock):
    id, _ = add("a", events=["comment.held"])
    add("b")
    news = registry.find(session, "news")

    sent = endpoints.send_test(session, news, id, ADMIN, now=clock.now)
    receivers = Receivers()
    deliver_due(session, receivers, clock=clock)

    assert receivers.types("a") == [TEST]
    assert receivers.got["a"][0].headers["webhook-id"] == sent
    assert receivers.got["b"] == []


# Statements


def test_storing_a_message_takes_one_statement_for_its_deliveries(
    add, session, site, clock, monkeypatch
):
    add("a")
    add("b")
    run, ran = CompiledStatement._execute, []

    def counting(statement, connection, compiled, values, **options):
        ran.append(compiled.text.split()[2])
        return run(statement, connection, compiled, values, **options)

    monkeypatch.setattr(CompiledStatement, "_execute", counting)
    session.connection()

    outbox.put(session, site.id, "queue.flood", {"post": "x"}, clock.now)

    assert ran == ["outbox", "webhook_deliveries"]
    assert session.scalar(select(func.count(WebhookDelivery.id))) == 2


# Contents


def test_every_kind_of_message_fits_the_schema(
    add,
    make_comment,
    change_site,
    client,
    reviewing,
    signed_event,
    session,
    clock,
    app,
    floods_pass,
):
    change_site(settings={"stale_after_hours": 1})
    id, _ = add("a", held_text=True)
    add("b")
    receivers = Receivers()
    endpoints.send_test(session, registry.find(session, "news"), id, ADMIN, now=clock.now)
    bo = make_comment("What bullshit, says a reader.", name="Bo")
    held = bo["comment"]["id"]
    made = make_comment()
    token = {"X-Edit-Token": made["edit_token"]}
    own = f"/api/v1/comments/{made['comment']['id']}"
    client.patch(own, json={"text": "A remark that was changed."}, headers=token)
    client.delete(own, headers=token)
    redact = {"version": 1, "spans": [[0, 4]]}
    client.post(f"/api/v1/review/comments/{held}/redact", json=redact, headers=reviewing)
    erased = {"id": "user-7"}
    signed_event(
        "comment.submitted",
        {"post": "story", "author": {"name": "Cy", **erased}, "text": "Mine, all of it."},
    )
    clock.advance(hours=2)
    stale_queue.look(session, now=clock.now)
    decisions = f"/api/v1/review/comments/{held}/decisions"
    client.post(decisions, json={"outcome": "reject"}, headers=reviewing)
    client.post(
        f"/api/v1/sites/news/comments/{held}/appeals",
        json={"text": "It was no bullshit."},
        headers={"X-Edit-Token": bo["edit_token"]},
    )
    client.post(decisions, json={"outcome": "approve"}, headers=reviewing)
    signed_event("author.banned", {"author": erased, "reason": "Advertising"})
    signed_event("author.erased", {"author": erased})
    for number in range(70):
        make_comment(f"A short remark, number {number}.", post="busy", name=f"N{number}")

    while deliver_due(session, receivers, clock=clock):
        pass

    assert set(receivers.types("a")) == {*EVENTS, TEST}
    assert set(receivers.types("b")) == set(EVENTS)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for event in receivers.events("a") + receivers.events("b"):
        validator.validate(event)
    assert SCHEMA["properties"]["type"]["enum"] == [*EVENTS, TEST]
    # An endpoint that may not have held texts gets no author's words about one.
    for name, words in (("a", "It was no bullshit."), ("b", None)):
        appeals = [e["data"]["appeal"] for e in receivers.events(name) if "appeal" in e["data"]]
        assert [(a["state"], a["text"]) for a in appeals] == [
            ("pending", words),
            ("overturned", words),
        ]


def test_the_examples_in_the_documentation_fit_the_schema():
    page = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()
    examples = [part.partition("```")[0] for part in page.split("```json\n")[1:]]

    for example in examples:
        jsonschema.validate(json.loads(example), SCHEMA)
    assert len(examples) >= 6


def test_an_edit_is_told_before_the_status_that_follows(add, make_comment, client, session, clock):
    add("a")
    made = make_comment()
    client.patch(
        f"/api/v1/comments/{made['comment']['id']}",
        json={"text": "What bullshit it was."},
        headers={"X-Edit-Token": made["edit_token"]},
    )
    receivers = Receivers()

    while deliver_due(session, receivers, clock=clock):
        pass

    assert receivers.types("a") == ["comment.approved", "comment.edited", "comment.held"]


def test_an_erasure_reaches_messages_about_bans(
    add, make_comment, signed_event, client, reviewing, session
):
    add("a")
    author = {"id": "user-canary"}
    signed_event(
        "comment.submitted", {"post": "x", "author": {"name": "C", **author}, "text": "Hi."}
    )
    signed_event("author.banned", {"author": author, "reason": "canary"})
    assert "canary" in str(session.scalars(select(OutboxMessage.payload)).all())
    session.rollback()

    signed_event("author.erased", {"author": author})

    assert "canary" not in str(session.scalars(select(OutboxMessage.payload)).all())


def test_a_stale_queue_is_told_once_until_it_is_fresh_again(
    add, make_comment, change_site, client, reviewing, session, clock
):
    add("a", events=["queue.stale"])
    change_site(settings={"stale_after_hours": 3})
    first = make_comment("What bullshit, says a reader.")["comment"]["id"]

    def events():
        session.rollback()
        stale_queue.look(session, now=clock.now)
        return session.scalar(select(func.count()).where(OutboxMessage.type == "queue.stale"))

    assert events() == 0
    clock.advance(hours=3, seconds=1)
    assert (events(), events()) == (1, 1)
    path = f"/api/v1/review/comments/{first}/decisions"
    client.post(path, json={"outcome": "reject"}, headers=reviewing)
    assert events() == 1
    make_comment("Such bullshit again, my friends.", name="Ben")
    assert events() == 1
    clock.advance(hours=4)
    assert events() == 2
    change_site(settings={"stale_after_hours": None})
    assert events() == 2
    assert session.execute(text("SELECT queue_stale_at FROM sites")).scalar() is None


# The log


def test_the_log_has_every_attempt_with_its_status_and_time(add, make_comment, session, clock):
    id, _ = add("a")
    make_comment()

    def slow():
        clock.advance(seconds=0.25)
        return 503

    receivers = Receivers(a=[slow, 204])
    deliver_due(session, receivers, clock=clock)
    clock.advance(seconds=6)
    deliver_due(session, receivers, clock=clock)

    (entry,) = delivery_log.page(session, id, limit=10).entries
    assert (entry["state"], entry["attempts"], entry["error"]) == ("delivered", 2, "")
    first, second = entry["log"]
    assert (first["status"], first["ms"], first["error"]) == (503, 250, "HTTP 503")
    assert (second["status"], second["ms"], second["error"]) == (204, 0, "")


def test_the_log_is_read_in_pages_and_by_state(add, make_comment, session, clock, floods_pass):
    id, _ = add("a")
    for number in range(5):
        make_comment(f"A friendly remark, number {number}.")
    deliver_due(session, Receivers(a=[200, 500]), clock=clock)

    first = delivery_log.page(session, id, limit=3)
    rest = delivery_log.page(session, id, limit=3, before_id=first.next_id)

    numbers = [entry["delivery"] for entry in first.entries + rest.entries]
    assert (len(first.entries), len(rest.entries), rest.next_id) == (3, 2, None)
    assert numbers == sorted(numbers, reverse=True)
    assert len(delivery_log.page(session, id, limit=9, state="delivered").entries) == 1


def test_messages_are_sent_again_by_id_or_since_a_time(
    add, make_comment, session, clock, floods_pass
):
    id, _ = add("a")
    news = registry.find(session, "news")
    receivers = Receivers(a=[410, 200])
    make_comment("The first remark of the day.")
    deliver_due(session, receivers, clock=clock)
    options = {"allowed": Networks(), "now": clock.now}
    endpoints.change(session, news, id, ADMIN, enabled=True, **options)
    moment = clock.advance(hours=1)
    make_comment("The second remark of the day.")
    deliver_due(session, receivers, clock=clock)
    ids = [r.headers["webhook-id"] for r in receivers.got["a"]]
    event = session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.id)).all()[1]

    def again(**chosen):
        return delivery_log.redeliver(session, news, id, ADMIN, now=clock.now, **chosen)

    assert again(ids=[event]) == 1
    deliver_due(session, receivers, clock=clock)
    assert receivers.got["a"][-1].headers["webhook-id"] == ids[1]
    assert again(since=moment) == 0
    assert again(since=moment, delivered=True) == 1
    assert again(since=moment.replace(year=2020)) == 1
    deliver_due(session, receivers, clock=clock)
    assert {r.headers["webhook-id"] for r in receivers.got["a"]} == set(ids)
    with pytest.raises(Invalid):
        again()
