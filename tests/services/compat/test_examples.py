"""Labelled examples are bounded, and go with their site, their text and their author."""

import pytest
from sqlalchemy import select

from moderation.services.comments import own_comments
from moderation.services.compat import examples
from moderation.services.sites import registry, removal
from moderation.storage.models.compat import LabelledExample
from moderation.web.state import app_state


@pytest.fixture
def keep(session, site, clock):
    def keep(text, *, labels=None, context=None, author_key=None):
        examples.keep(
            session,
            site,
            source="perspective",
            text=text,
            labels={"TOXICITY": 1.0} if labels is None else labels,
            context=context or {},
            author_key=author_key,
            now=clock.now,
        )
        session.commit()

    return keep


def texts(session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(LabelledExample.text).order_by(LabelledExample.id)))


def test_an_example_is_stored_with_its_labels_and_context(session, site, keep, clock):
    keep("A made-up remark.", labels={"TOXICITY": 0.25}, context={"author": {"name": "Ada"}})

    row = session.scalars(select(LabelledExample)).one()

    assert (row.site_id, row.source, row.text) == (site.id, "perspective", "A made-up remark.")
    assert row.labels == {"TOXICITY": 0.25}
    assert row.context == {"author": {"name": "Ada"}}
    assert row.created_at == clock.now


def test_what_is_hostile_in_an_example_is_cut_or_replaced(session, keep):
    keep(
        "a\0b\ud800" + "x" * 30_000,
        labels={f"L{n}": 1 for n in range(500)},
        context={"deep": {"a\0": {"b": ["c"]}}, "long": "y" * 9999, "big": 10**30, "yes": True},
    )

    row = session.scalars(select(LabelledExample)).one()

    assert len(row.text) == 20_480
    assert row.text.startswith("a\N{REPLACEMENT CHARACTER}b?x")
    assert len(row.labels) == 64
    assert row.context["deep"] == {"a\N{REPLACEMENT CHARACTER}": "{'b': ['c']}"}
    assert len(row.context["long"]) == 1000
    assert row.context["big"] == str(10**30)
    assert row.context["yes"] is True


def test_the_oldest_examples_of_a_site_go(session, keep, monkeypatch):
    monkeypatch.setattr(examples, "TRIMMED_EVERY", 1)
    monkeypatch.setattr(examples, "MOST", 3)

    for number in range(5):
        keep(f"remark {number}")

    assert texts(session) == ["remark 2", "remark 3", "remark 4"]


def test_examples_with_the_text_of_an_erased_comment_go(app, session, keep, make_comment, clock):
    made = make_comment("A canary remark.")
    keep("A canary remark. ")
    keep("Another remark.")

    own_comments.delete(
        session,
        app_state(app).signing,
        made["comment"]["id"],
        made["edit_token"],
        now=clock.now,
    )

    assert texts(session) == ["Another remark."]


def test_examples_of_an_erased_author_go(app, session, keep, signed_event, client):
    key = app_state(app).signing.author_key("email", "bo@example.org")
    keep("A remark of Bo.", author_key=key)
    keep("A remark of Ada.", author_key=None)

    answer = signed_event("author.erased", {"author": {"email": "bo@example.org"}})

    assert answer.status_code == 200
    assert texts(session) == ["A remark of Ada."]


def test_examples_of_a_redacted_comment_go(session, keep, make_comment, client, reviewing):
    made = make_comment("Call 555 0100 for a canary.")
    keep("Call 555 0100 for a canary.")
    address = f"/api/v1/review/comments/{made['comment']['id']}"
    shown = client.get(address, headers=reviewing).get_json()

    answer = client.post(
        f"{address}/redact",
        json={"spans": [[5, 13]], "version": shown["version"]},
        headers=reviewing,
    )

    assert answer.status_code < 300, answer.get_json()
    assert texts(session) == []


def test_examples_go_with_their_site(session, keep, clock):
    keep("A remark.")

    removal.remove(session, registry.find(session, "news"), now=clock.now)

    assert texts(session) == []


def test_an_export_continues_over_batches(session, site, keep):
    for number in range(5):
        keep(f"remark {number}")

    found = [row["text"] for row in examples.export(session, site, batch=2)]

    assert found == [f"remark {number}" for number in range(5)]
