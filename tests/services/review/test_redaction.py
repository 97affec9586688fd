"""Redaction: redacted words are found nowhere, and everything else stays as it was."""

from uuid import UUID

import pytest
from sqlalchemy import select, text

from moderation.domain.judgement import TEXT as TEXT_FIELD
from moderation.domain.status import Outcome, Status
from moderation.services.review.redaction import MARK
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.jobs import OutboxMessage
from tests.conftest import one_store
from tests.services.comments.test_erasure import every_row

PHONE = "+44 7700 900123"
TEXT = f"Bullshit 🙂, call Canarina on {PHONE} about the hall."


@pytest.fixture
def redact(client, reviewing):
    def ask(made, *words, version=1, text=TEXT, spans=None):
        wanted = spans or [[text.index(w), text.index(w) + len(w)] for w in words]
        return client.post(
            f"/api/v1/review/comments/{made['comment']['id']}/redact",
            json={"version": version, "spans": wanted},
            headers=reviewing,
        )

    return ask


@pytest.fixture
def item(client, reviewing):
    def read(made):
        path = f"/api/v1/review/comments/{made['comment']['id']}"
        return client.get(path, headers=reviewing).get_json()

    return read


def test_redacted_words_are_in_no_row_of_any_table(
    client, make_comment, redact, item, session, change_site, reviewing
):
    change_site(webhook_url="https://a.example/hook")
    made = make_comment(f"An earlier text of Canarina, {PHONE}: bullshit.")
    client.patch(
        f"/api/v1/comments/{made['comment']['id']}",
        json={"text": TEXT},
        headers={"X-Edit-Token": made["edit_token"]},
    )
    assert "Canarina" in every_row(session)
    assert "900123" in every_row(session)

    answer = redact(made, PHONE, "Canarina", "Bullshit", version=2)

    assert answer.status_code == 201, answer.get_json()
    rows = every_row(session).lower()
    assert "canarina" not in rows
    assert "900123" not in rows
    assert "bullshit" not in rows
    shown = item(made)
    assert shown["comment"]["text"] == f"{MARK} 🙂, call {MARK} on {MARK} about the hall."
    assert MARK in shown["comment"]["html"]
    assert shown["revisions"] == []
    assert shown["decisions"][-1]["outcome"] == "redact"


def test_redacted_words_are_in_no_report_or_appeal_about_the_comment(
    client, make_comment, redact, session, change_site, reviewing
):
    """A report of personal data often quotes it."""
    change_site(webhook_url="https://a.example/hook")
    written = f"Call Canarina on {PHONE}."
    made = make_comment(written)
    id, quote = made["comment"]["id"], f"It has CANARINA's number {PHONE}, which is private."
    of_comment = f"/api/v1/sites/news/comments/{id}"
    approve, reject = {"outcome": "approve"}, {"outcome": "reject"}
    decisions = f"/api/v1/review/comments/{id}/decisions"
    client.post(decisions, json=approve, headers=reviewing)
    sent = {"reason": "personal_data", "text": quote, "explanation": quote}
    assert client.post(f"{of_comment}/reports", json=sent).status_code == 202
    client.post(decisions, json=reject, headers=reviewing)
    own = {"X-Edit-Token": made["edit_token"]}
    sent = {"text": f"Why? {quote}"}
    assert client.post(f"{of_comment}/appeals", json=sent, headers=own).status_code == 202

    assert redact(made, PHONE, "Canarina", version=3, text=written).status_code == 201

    rows = every_row(session)
    assert "canarina" not in rows.lower()
    assert "900123" not in rows
    assert f"Why? It has {MARK}'s number {MARK}, which is private." in rows


def test_marks_stay_on_the_words_that_are_left(make_comment, redact, item):
    text = f"Call {PHONE}. Such bullshit!"
    made = make_comment(text)

    redact(made, PHONE, text=text)

    shown = item(made)
    marked = {
        shown["comment"]["text"][begin:end].lower()
        for cause in shown["reasons"]
        if cause["filter"] == "profanity"
        for begin, end in cause["spans"]
    }
    assert marked == {"bullshit"}
    assert [c["spans"] for c in shown["reasons"] if c["filter"] == "personal_data"] == [[]]


def test_a_redacted_comment_stays_where_it_is_and_readers_see_the_mark(
    client, make_comment, redact, reviewing
):
    made = make_comment("Ask Canarina, she knows the hall.")
    before = client.get("/api/v1/sites/news/posts/story/comments").get_json()
    assert len(before["comments"]) == 1

    redact(made, spans=[[4, 12]])

    (listed,) = client.get("/api/v1/sites/news/posts/story/comments").get_json()["comments"]
    assert listed["text"] == f"Ask {MARK}, she knows the hall."
    own = client.get(
        f"/api/v1/comments/{made['comment']['id']}",
        headers={"X-Edit-Token": made["edit_token"]},
    ).get_json()
    assert (own["status"], own["redacted"]) == ("approved", True)


def test_a_redaction_is_a_decision_with_audit_and_message(make_comment, redact, session):
    made = make_comment(TEXT)

    redact(made, PHONE)

    id = UUID(made["comment"]["id"])
    decision = session.scalars(
        select(Decision).where(Decision.comment_id == id, Decision.outcome == Outcome.REDACT)
    ).one()
    assert (decision.status, decision.previous_status) == (Status.HELD, Status.HELD)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "comment.redact")).one()
    assert entry.detail["decision"] == str(decision.id)
    sent = session.scalars(
        select(OutboxMessage).where(OutboxMessage.type == "comment.redacted")
    ).one()
    assert sent.payload["comment"]["text"] == TEXT.replace(PHONE, MARK)
    assert sent.payload["comment"]["status"] == "held"


def test_there_is_no_undo_and_earlier_decisions_stay(client, make_comment, redact, reviewing):
    made = make_comment(TEXT)
    decision = redact(made, PHONE).get_json()

    undone = client.delete(f"/api/v1/review/decisions/{decision['id']}", headers=reviewing)

    assert (undone.status_code, undone.get_json()["code"]) == (409, "conflict")


def test_a_save_of_an_outdated_version_is_refused(make_comment, redact):
    made = make_comment(TEXT)
    assert redact(made, PHONE).status_code == 201

    again = redact(made, "Canarina")

    assert (again.status_code, again.get_json()["code"]) == (409, "already_decided")
    assert again.get_json()["decision"]["outcome"] == "redact"


@one_store
@pytest.mark.parametrize(
    "spans",
    [[], [[0, 0]], [[5, 3]], [[-1, 2]], [[0, 9999]], [[1]], ["ab"], [[0.5, 2]], [[0, 1]] * 101],
)
def test_spans_outside_the_text_are_refused(client, make_comment, reviewing, item, spans):
    made = make_comment(TEXT)

    answer = client.post(
        f"/api/v1/review/comments/{made['comment']['id']}/redact",
        json={"version": 1, "spans": spans},
        headers=reviewing,
    )

    assert (answer.status_code, answer.get_json()["code"]) == (422, "validation_failed")
    assert item(made)["comment"]["text"] == TEXT


def test_touching_spans_become_one_mark(make_comment, redact, item):
    made = make_comment(TEXT)

    redact(made, spans=[[5, 8], [0, 4], [4, 6], [0, 4]])

    assert item(made)["comment"]["text"] == MARK + TEXT[8:]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_words_redacted_from_a_held_comment_are_in_no_part_of_the_index(
    make_comment, redact, session
):
    body = f"{TEXT} Only here: zanzibarisch."
    made = make_comment(body)
    for number in range(20):
        make_comment(f"Bullshit again, the number {number}.", name=f"Author {number}")

    assert redact(made, "Canarina", "zanzibarisch", text=body).status_code == 201

    session.rollback()
    blocks = session.scalars(text("SELECT block FROM comment_words_data")).all()
    assert not [block for block in blocks if b"zibarisch" in block or b"narina" in block]


def test_no_finding_about_the_name_goes_on_quoting_redacted_words(make_comment, redact, session):
    body = "Bullshit, all of it, and again I say so."
    made = make_comment(body, name="Bullshit Bob")
    causes = select(Decision.causes).where(Decision.outcome != Outcome.REDACT.value)

    def explanations():
        session.rollback()
        [found] = session.scalars(causes).all()
        return {c["explanation"].lower() for c in found if c["field"] != TEXT_FIELD}

    assert any("bullshit" in explanation for explanation in explanations())

    redact(made, "Bullshit", text=body)

    assert not any("bullshit" in explanation for explanation in explanations())
