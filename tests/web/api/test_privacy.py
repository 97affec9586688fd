"""Exports and erasures over HTTP: for readers, admins and the main site."""

import json

import pytest

from moderation.services.sites import sign_on_secrets
from moderation.web.state import app_state
from tests.conftest import ORIGIN, one_store
from tests.signing_on import claims, token

ME = "/api/v1/sites/news/me"
THREAD = "/api/v1/sites/news/posts/story/comments"


@pytest.fixture
def reader(client, session, site, clock, change_site):
    """Return headers of a signed-in reader, who has written a comment unless it is `silent`."""
    change_site(settings={"sign_on_algorithm": "HS256", "hold_first": 0})
    secret = sign_on_secrets.rotate(session, site, now=clock.now)
    session.rollback()

    def sign(sub="42", text="A quiet remark.", **more):
        given = claims(clock.now, sub=sub, **more)
        headers = {"Authorization": f"Bearer {token(secret, given)}"}
        if text:
            assert client.post(THREAD, json={"text": text}, headers=headers).status_code < 300
        return headers

    return sign


@pytest.fixture
def card(app, reviewing):
    """Return the address of an author of the review API."""
    key = app_state(app).signing.author_key("id", "42")
    return f"/api/v1/review/sites/news/authors/{key}"


def test_a_reader_exports_their_own_data_and_no_other_readers(client, reader, signed_event):
    me = reader(email="ada@example.org")
    held = "You are a fucking idiot."
    client.post(THREAD, json={"text": held}, headers=me)
    reader(sub="43", text="From another reader.")

    answer = client.get(f"{ME}/data", headers=me)

    data = answer.get_json()["data"]
    assert [row["text"] for row in data["comments"]] == ["A quiet remark.", held]
    assert {row["author_email"] for row in data["comments"]} == {"ada@example.org"}
    assert data["comments"][0]["post"]["id"] == "story"
    assert "another reader" not in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    # What would show how to get around the filters is for the site alone.
    assert all("causes" not in row and "note" not in row for row in data["decisions"])


@one_store
def test_a_page_of_the_export_shows_every_text_without_markup_of_it(client, reader):
    me = reader(text="A <script>alert(1)</script> remark & more.")

    answer = client.get(f"{ME}/data?format=html", headers=me)

    page = answer.get_data(as_text=True)
    assert "A &lt;script&gt;alert(1)&lt;/script&gt; remark &amp; more." in page
    assert "<script" not in page
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_reader_erases_themselves_after_a_day_unless_they_think_again(client, reader, clock):
    me = reader()
    refused = client.post(f"{ME}/erase", json={"confirm": "yes"}, headers=me)
    made = client.post(f"{ME}/erase", json={"confirm": "erase"}, headers=me)
    again = client.post(f"{ME}/erase", json={"confirm": "erase"}, headers=me)

    assert refused.status_code == 422
    assert made.status_code == 202
    assert again.get_json() == made.get_json()
    assert client.get(f"{ME}/erase", headers=me).get_json() == made.get_json()
    assert client.delete(f"{ME}/erase", headers=me).status_code == 204
    assert client.get(f"{ME}/erase", headers=me).get_json() == {"pending": None}
    gone = client.delete(f"{ME}/erase", headers=me)
    assert (gone.status_code, gone.get_json()["code"]) == (404, "not_found")


@one_store
def test_a_page_of_the_site_may_call_these_endpoints_and_no_other_page(client, reader):
    me = reader()

    own = client.get(f"{ME}/erase", headers={**me, "Origin": ORIGIN})
    other = client.get(f"{ME}/erase", headers={**me, "Origin": "https://evil.example"})

    assert own.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert other.status_code == 403


def test_an_admin_exports_and_erases_an_author_and_withdraws(client, reader, card, reviewing):
    reader(text="A remark of an author.")
    note = {"text": "Seen before."}
    client.post(f"{card}/notes", json=note, headers=reviewing)

    data = client.get(f"{card}/data", headers=reviewing).get_json()["data"]
    made = client.post(f"{card}/erasure", json={}, headers=reviewing).get_json()["pending"]
    listed = client.get("/api/v1/review/sites/news/erasures", headers=reviewing).get_json()

    assert [row["text"] for row in data["author_notes"]] == ["Seen before."]
    assert listed["pending"] == [made]
    path = f"/api/v1/review/sites/news/erasures/{made['id']}"
    assert client.delete(path, headers=reviewing).status_code == 204
    assert client.get(f"{card}/erasure", headers=reviewing).get_json() == {"pending": None}
    done = client.post(f"{card}/erasure", json={"now": True}, headers=reviewing)
    assert done.get_json() == {"pending": None}
    assert client.get(THREAD).get_json()["comments"] == []


def test_a_signed_event_is_answered_with_everything_about_an_author(client, reader, signed_event):
    reader(text="A remark of an author.")
    event = {"author": {"id": "42"}}

    first = json.loads(signed_event("author.exported", event, id="msg_9").data)
    again = json.loads(signed_event("author.exported", event, id="msg_9").data)
    unknown = json.loads(signed_event("author.exported", {"author": {"id": "44"}}).data)

    texts = [row["text"] for row in first["data"]["comments"]]
    assert texts == ["A remark of an author."]
    assert again["data"] == first["data"]
    assert unknown["data"] == {}
