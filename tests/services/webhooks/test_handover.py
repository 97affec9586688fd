"""The previous release goes on beside this one: its addresses and messages are taken over."""

import pytest
from sqlalchemy import insert, select, update

from moderation.services import endpoints, outbox
from moderation.services.webhooks.delivery import deliver_due
from moderation.services.webhooks.handover import hand_over
from moderation.storage.models.base import new_id
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.sites import Site
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint
from tests.services.webhooks.receivers import Receivers

URL = "https://news.example/old"


@pytest.fixture
def previous(session, site):
    """Write as the previous release does."""

    class Previous:
        def set_address(self, **values):
            session.execute(update(Site).where(Site.id == site.id).values(**values))
            session.commit()

        def put(self, now, state="waiting", **values):
            id = new_id()
            session.execute(
                insert(OutboxMessage).values(
                    id=id,
                    site_id=site.id,
                    type="queue.flood",
                    payload={"post": "x", "flooded": False},
                    state=state,
                    due_at=now,
                    created_at=now,
                    **values,
                )
            )
            session.commit()
            return id

    return Previous()


def main(session, site):
    session.rollback()
    return next(iter(endpoints.listed(session, site.id)), None)


def test_an_address_that_the_previous_release_set_becomes_an_endpoint(
    previous, session, site, clock, make_comment
):
    previous.set_address(webhook_url=URL)
    # Stored before the worker has looked.
    make_comment("What bullshit, says a reader.")
    receivers = Receivers()

    hand_over(session, now=clock.now)
    deliver_due(session, receivers, clock=clock)

    endpoint = main(session, site)
    assert (endpoint.url, endpoint.main, endpoint.held_text) == (URL, True, True)
    assert [e["data"]["comment"]["text"] for e in receivers.events("old")] == [
        "What bullshit, says a reader."
    ]


def test_changes_of_the_address_and_its_switch_are_taken_over(previous, session, site, clock):
    previous.set_address(webhook_url=URL)
    hand_over(session, now=clock.now)
    previous.set_address(webhook_url=f"{URL}er", webhook_disabled_at=clock.now)
    hand_over(session, now=clock.now)
    endpoint = main(session, site)
    assert (endpoint.url, endpoint.disabled_at) == (f"{URL}er", clock.now)
    session.rollback()

    previous.set_address(webhook_disabled_at=None)
    hand_over(session, now=clock.now)
    assert main(session, site).disabled_at is None
    session.rollback()
    previous.set_address(webhook_url=None)
    hand_over(session, now=clock.now)

    assert main(session, site) is None
    assert hand_over(session, now=clock.now) == 0


def test_waiting_and_failed_messages_are_taken_over(previous, change_site, session, site, clock):
    change_site(webhook_url=URL)
    waiting = previous.put(clock.now, attempts=2)
    failed = previous.put(
        clock.now, "failed", attempts=5, last_error="HTTP 500", finished_at=clock.now
    )

    assert hand_over(session, now=clock.now) == 2
    assert hand_over(session, now=clock.now) == 0

    session.rollback()
    found = {d.event_id: (d.state, d.attempts) for d in session.scalars(select(WebhookDelivery))}
    assert found == {waiting: ("waiting", 2), failed: ("failed", 5)}
    assert set(session.scalars(select(OutboxMessage.state))) == {"queued"}
    receivers = Receivers()
    session.rollback()
    deliver_due(session, receivers, clock=clock)
    assert [r.headers["webhook-id"] for r in receivers.got["old"]] == [f"msg_{waiting.hex}"]


def test_a_message_that_the_previous_release_is_sending_is_left_to_it(
    previous, change_site, session, clock
):
    change_site(webhook_url=URL)
    previous.put(clock.now, leased_until=clock.now)

    assert hand_over(session, now=clock.now) == 0
    clock.advance(seconds=1)
    assert hand_over(session, now=clock.now) == 1


def test_messages_of_other_kinds_are_not_taken_over(previous, change_site, session, clock, site):
    change_site(webhook_url=URL)
    id = previous.put(clock.now)
    session.execute(update(OutboxMessage).values(type="akismet.verdict"))
    session.commit()

    assert hand_over(session, now=clock.now) == 0
    assert session.get(OutboxMessage, id).state == "waiting"


def test_the_previous_release_reads_the_address_and_the_switch(
    change_site, make_comment, session, site, clock
):
    change_site(webhook_url=URL)
    make_comment()
    deliver_due(session, Receivers(old=[410]), clock=clock)

    row = session.execute(select(Site.webhook_url, Site.webhook_disabled_at)).one()
    assert tuple(row) == (URL, clock.now)
    session.rollback()
    change_site(webhook_url="")
    assert session.scalar(select(Site.webhook_url)) is None


def test_a_message_of_this_release_is_not_delivered_by_the_previous_one(
    change_site, session, site, clock
):
    change_site(webhook_url=URL)
    outbox.put(session, site.id, "queue.flood", {"post": "x", "flooded": False}, clock.now)
    session.commit()

    # The previous release delivers what is `waiting`.
    assert session.scalars(select(OutboxMessage.state)).all() == ["queued"]
    assert session.scalars(select(WebhookEndpoint.main)).all() == [True]
