"""Authors, batches, figures and the audit trail over HTTP."""

import pytest

from moderation.services.accounts import api_tokens
from moderation.services.sites import changes
from moderation.web.database import db

FOUL = "That is bullshit, and everybody on this street knows it."


@pytest.fixture
def author(call, make_comment):
    """A held comment's author: the path of their card."""
    held = make_comment(FOUL, author={"email": "bo@a.example"})["comment"]["id"]
    key = call("GET", f"/comments/{held}").get_json()["comment"]["author"]["key"]
    return f"/sites/news/authors/{key}"


def test_an_authors_card_is_read_noted_settled_and_banned(call, author):
    noted = call("POST", f"{author}/notes", {"text": "Wrote to us before."})
    settled = call("PUT", f"{author}/standing", {"standing": "premoderated"})
    banned = call("PUT", f"{author}/ban", {"reason": "Insults.", "reject_waiting": True})
    lifted = call("DELETE", f"{author}/ban")

    assert (noted.status_code, noted.get_json()["notes"][0]["by"]) == (201, "tests")
    assert settled.get_json()["standing"] == "premoderated"
    assert banned.get_json()["ban"]["reason"] == "Insults."
    assert [r["status"] for r in banned.get_json()["batch"]["results"]] == ["rejected"]
    assert lifted.get_json()["ban"] is None


def test_an_invalid_ban_names_its_wrong_field(call, author):
    past = call("PUT", f"{author}/ban", {"until": "2020-01-01T00:00:00Z"})

    assert past.status_code == 422
    assert past.get_json()["errors"][0]["pointer"] == "#/until"


def test_a_batch_is_previewed_decided_and_undone(call, make_comment):
    for number in range(3):
        make_comment(f"{number}: {FOUL}", name=f"N{number}")
    query = {"query": {"queue": "held", "reason": "PROFANITY"}}

    seen = call("POST", "/bulk/preview", query).get_json()
    done = call("POST", "/bulk", {**query, "outcome": "approve"}).get_json()
    undone = call("DELETE", f"/batches/{done['batch_id']}").get_json()

    assert (seen["count"], len(seen["samples"])) == (3, 3)
    assert [r["status"] for r in done["results"]] == ["approved"] * 3
    assert [r["status"] for r in undone["results"]] == ["held"] * 3
    assert call("DELETE", f"/batches/{'0' * 8}-0000-7000-8000-{'0' * 12}").status_code == 404


def test_a_batch_needs_either_ids_or_a_query(call):
    assert call("POST", "/bulk", {"outcome": "approve"}).status_code == 422
    assert call("POST", "/bulk", {"outcome": "escalate", "query": {}}).status_code == 422


def test_a_token_of_another_site_sees_and_changes_nothing_here(
    app, client, site, author, make_comment, clock
):

    with app.app_context():
        other, _ = changes.add(db.session(), "other", title="", origins=[], now=clock.now)
        token = api_tokens.add_token(
            db.session(), "elsewhere", scopes=("review", "admin"), site=other, now=clock.now
        )
    headers = {"Authorization": f"Bearer {token}"}
    held = make_comment(FOUL, name="Zed")["comment"]["id"]

    def answer(method, path, body=None):
        return client.open(f"/api/v1/review{path}", method=method, json=body, headers=headers)

    assert answer("GET", author).status_code == 403
    assert answer("POST", f"/comments/{held}/claim", {}).status_code == 403
    seen = answer("GET", "/audit").get_json()["entries"]
    assert {entry["action"] for entry in seen} == {"site.added", "token.added"}
    assert (
        answer("POST", "/bulk", {"ids": [held], "outcome": "approve"}).get_json()["results"] == []
    )
    assert answer("POST", "/bulk/preview", {"query": {}}).get_json()["count"] == 0
    assert answer("POST", "/next", {}).status_code == 204
    assert answer("GET", "/counts").get_json()["queues"]["held"]["count"] == 0


def test_figures_show_response_times_and_overturned_rules(call, make_comment, clock):
    wrong = make_comment(FOUL)["comment"]["id"]
    right = make_comment(f"Again: {FOUL}", name="Bo")["comment"]["id"]
    make_comment("A friendly word about the market hall.", name="Cleo")
    clock.advance(minutes=10)
    call("POST", f"/comments/{wrong}/decisions", {"outcome": "approve"})
    call("POST", f"/comments/{right}/decisions", {"outcome": "reject"})

    figures = call("GET", "/metrics?site=news").get_json()

    assert figures["first_decision_seconds"] == {"p50": 600.0, "p90": 600.0}
    assert figures["automated"] == {"submitted": 3, "without_a_person": 1, "share": 0.333}
    assert figures["overturned"][0] == {
        "code": "PROFANITY",
        "filter": "profanity",
        "held": 2,
        "approved": 1,
        "rate": 0.5,
    }
    assert figures["per_hour"][-1]["decisions"] == 2
