"""The desk's promises to moderators, over HTTP."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import moderation

FOUL = "That is bullshit, and everybody on this street knows it."
LINKS = "See https://a.example https://b.example https://c.example https://d.example"


@pytest.fixture
def call(client, reviewing):
    def send(method, path, body=None):
        answer = client.open(f"/api/v1/review{path}", method=method, json=body, headers=reviewing)
        return answer.get_json() if answer.data else None

    return send


def test_a_decision_is_undone_years_later_by_a_new_one_that_names_it(call, make_comment, clock):
    id = make_comment(FOUL)["comment"]["id"]
    made = call("POST", f"/comments/{id}/decisions", {"outcome": "reject"})
    clock.advance(days=1000)

    undone = call("DELETE", f"/decisions/{made['id']}")

    assert (undone["outcome"], undone["undoes"], undone["status"]) == ("undo", made["id"], "held")
    decisions = call("GET", f"/comments/{id}")["decisions"]
    assert [d["outcome"] for d in decisions] == ["hold", "reject", "undo"]


def test_a_batch_of_one_reason_within_scores_is_decided_and_undone_as_one(
    call, make_comment, clock
):
    for number in range(3):
        make_comment(f"{LINKS} {number}", name=f"L{number}")
        make_comment(f"{number}: {FOUL}", name=f"F{number}")
    links = call("GET", "/queue?reason=LINKS")["items"]
    scores = [item["score"] for item in links]
    assert len(links) == 3
    query = {
        "queue": "held",
        "reason": "LINKS",
        "score_from": min(scores) - 0.001,
        "score_to": max(scores) + 0.001,
    }
    beyond = {**query, "score_from": min(1.0, max(scores) + 0.001), "score_to": 1.0}

    assert call("POST", "/bulk/preview", {"query": query})["count"] == 3
    assert call("POST", "/bulk/preview", {"query": beyond})["count"] == 0
    done = call("POST", "/bulk", {"query": query, "outcome": "spam"})
    assert {r["comment_id"] for r in done["results"]} == {i["comment"]["id"] for i in links}
    clock.advance(days=400)
    undone = call("DELETE", f"/batches/{done['batch_id']}")

    assert [r["status"] for r in undone["results"]] == ["held"] * 3
    assert call("GET", "/counts")["queues"]["held"]["count"] == 6


def test_an_edit_between_looking_and_deciding_is_not_decided_about(call, client, make_comment):
    made = make_comment(FOUL)
    id = made["comment"]["id"]
    seen = call("GET", f"/comments/{id}")["version"]
    client.patch(
        f"/api/v1/comments/{id}",
        json={"text": f"{FOUL} And worse."},
        headers={"X-Edit-Token": made["edit_token"]},
    )

    refused = call("POST", f"/comments/{id}/decisions", {"outcome": "approve", "version": seen})

    assert refused["code"] == "already_decided"
    assert call("GET", f"/comments/{id}")["comment"]["status"] == "held"


def test_every_kind_of_act_is_in_the_audit_trail(app, call, make_comment, moderator, client):
    first = make_comment(FOUL)["comment"]["id"]
    call("POST", f"/comments/{first}/claim", {})
    call("DELETE", f"/comments/{first}/claim")
    made = call("POST", f"/comments/{first}/decisions", {"outcome": "escalate"})
    call("DELETE", f"/decisions/{made['id']}")
    call("PATCH", "/sites/news/rules", {"slow_seconds": 5})
    browser = app.test_client()
    browser.post("/review/login", data={**moderator, "password": "not the right one"})
    browser.post("/review/login", data=moderator)

    actions = {entry["action"] for entry in call("GET", "/audit?limit=200")["entries"]}

    assert actions >= {
        "comment.hold",
        "claim.taken",
        "claim.released",
        "comment.escalate",
        "comment.undo",
        "site.changed",
        "login.failed",
        "login",
        "token.added",
    }


def test_no_code_changes_or_removes_an_entry_of_the_audit_trail():
    """Except what removes the entries that a site keeps no longer."""
    writes = r"(update|delete)\(\s*AuditEntry|UPDATE audit_entries|DELETE FROM audit"
    sources = [
        path
        for path in Path(moderation.__file__).parent.rglob("*.py")
        if "migrations" not in path.parts
    ]

    found = {path.name: len(re.findall(writes, path.read_text())) for path in sources}

    assert {name: number for name, number in found.items() if number} == {"retention.py": 1}


def test_a_banned_author_gets_the_reason_and_the_end_of_the_ban(call, make_comment, clock):
    mail = {"email": "bo@a.example"}
    held = make_comment(FOUL, author=mail)["comment"]["id"]
    key = call("GET", f"/comments/{held}")["comment"]["author"]["key"]
    until = (clock.now + timedelta(days=30)).replace(microsecond=0)
    why = {"reason": "Insults, three times.", "until": until.isoformat()}
    call("PUT", f"/sites/news/authors/{key}/ban", why)

    refused = make_comment("Let me in again, please.", author=mail)
    call("PUT", f"/sites/news/authors/{key}/ban", {})
    for_good = make_comment("And again, if you please.", author=mail)

    assert (refused["http"], refused["reason"]) == (422, "author_banned")
    assert refused["ban"]["reason"] == "Insults, three times."
    assert datetime.fromisoformat(refused["ban"]["until"]) == until
    assert "Insults, three times." in refused["detail"]
    assert f"{until:%Y-%m-%d %H:%M}" in refused["detail"]
    assert for_good["ban"] == {"reason": "", "until": None}
