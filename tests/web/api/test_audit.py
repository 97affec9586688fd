"""The audit trail over HTTP: searched by everything, exported as it was searched, never a text."""

import csv
import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, text

from moderation.domain.status import Actor
from moderation.services import audit
from moderation.services.accounts import api_tokens
from moderation.services.sites import changes, registry
from moderation.storage.models.decisions import AuditEntry
from moderation.web.database import db
from tests.conftest import one_store

FOUL = "That is bullshit, and everybody on this street knows it."
FIRST = datetime.fromisoformat("2026-03-01T12:00:00+00:00")


@pytest.fixture
def found(call):
    """Return the results of a search, page by page, as the numbers of the entries."""

    def ask(query, limit=50):
        numbers, behind, pages = [], "", 0
        while behind is not None:
            answer = call("GET", f"/audit?{query}&limit={limit}&before_id={behind}")
            assert answer.status_code == 200, answer.get_json()
            page = answer.get_json()
            numbers += [entry["detail"]["number"] for entry in page["entries"]]
            behind, pages = page["next_before_id"], pages + 1
        ask.pages = pages
        return numbers

    return ask


@pytest.fixture
def entries(session, site, token, clock):
    """Ten entries, one a day from the first of March, by several about several."""
    other, _ = changes.add(session, "other", title="", origins=[], now=clock.now)
    session.execute(text("DELETE FROM audit_entries"))
    for number in range(10):
        policy = number % 2 == 0
        audit.write(
            session,
            FIRST + timedelta(days=number),
            Actor.POLICY if policy else Actor.MODERATOR,
            "policy" if policy else ("mia", "leo")[number > 5],
            ("comment.hold", "comment.reject", "claim.taken", "comment.approve")[number % 4],
            f"comment:{number % 3}",
            site_id=(site.id, other.id, None)[number % 3],
            detail={"number": number},
        )
    session.commit()


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize("limit", [1, 50])
def test_claims_are_left_out_on_request(found, limit):
    assert found("claims=false", limit) == [9, 8, 7, 5, 4, 3, 1, 0]
    assert found("claims=false&actor=mia", limit) == [5, 3, 1]
    assert found("claims=false&action=claim.", limit) == []


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ("actor=mia", [5, 3, 1]),
        ("actor=policy", [8, 6, 4, 2, 0]),
        ("actor=nobody", []),
        ("action=comment.", [9, 8, 7, 5, 4, 3, 1, 0]),
        ("action=claim", [6, 2]),
        ("action=claim_taken", []),
        ("subject=comment:2", [8, 5, 2]),
        ("site=other", [7, 4, 1]),
        ("site=other&actor=mia&action=comment.reject", [1]),
        ("subject=comment:1&actor=policy", [4]),
        ("from=2026-03-08", [9, 8, 7]),
        ("to=2026-03-02", [1, 0]),
        ("from=2026-03-02T12:00:00Z&to=2026-03-04T12:00:00Z", [2, 1]),
        ("from=2026-03-02T14:00:00%2B02:00&to=2026-03-03&actor=", [2, 1]),
        ("from=2026-03-02&to=2026-03-02", [1]),
        ("from=2026-03-05&action=comment.&actor=leo", [9, 7]),
    ],
)
def test_entries_are_found_by_everything_together_page_by_page(found, monkeypatch, query, numbers):
    assert found(query) == numbers
    assert found(query, limit=2) == numbers
    # However few one statement looks at.
    monkeypatch.setattr(audit, "LOOKED_AT", 2)
    assert found(query) == numbers
    assert found(query, limit=1) == numbers


@pytest.mark.usefixtures("entries")
def test_a_page_reads_a_bounded_number_of_entries_and_returns_a_cursor(call, monkeypatch):
    monkeypatch.setattr(audit, "LOOKED_AT", 3)

    page = call("GET", "/audit?actor=leo&action=claim").get_json()

    assert page["entries"] == []
    assert page["next_before_id"] is None
    page = call("GET", "/audit?actor=policy&to=2026-03-10&subject=").get_json()
    assert [entry["detail"]["number"] for entry in page["entries"]] == [8]
    assert page["next_before_id"] is not None


def test_entries_of_one_moment_are_each_listed_once(session, call, found):
    session.execute(text("DELETE FROM audit_entries"))
    for number in range(7):
        audit.write(
            session, FIRST, Actor.MODERATOR, "mia", "claim.taken", "x", detail={"number": number}
        )
    session.commit()

    assert found("actor=mia", limit=2) == [6, 5, 4, 3, 2, 1, 0]
    lines = call("GET", "/audit/export?actor=mia").get_data().splitlines()
    assert [json.loads(line)["detail"]["number"] for line in lines] == [0, 1, 2, 3, 4, 5, 6]


@one_store
@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("from=yesterday", "from"),
        ("to=2026-02-30", "to"),
        ("to=9999-12-31", "to"),
        ("from=2026-3-1", "from"),
        ("from=2026-03-02&to=2026-03-01", "to"),
        ("action=a%00b", "action"),
        ("format=xml", "format"),
    ],
)
def test_an_invalid_search_names_its_field(call, query, pointer):
    answer = call("GET", f"/audit/export?{query}")

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_an_invalid_day_is_reported_with_an_example(call):
    (error,) = call("GET", "/audit?from=1.3.2026").get_json()["errors"]

    assert "2026-03-01T09:30:00Z" in error["detail"]


def test_decisions_claims_and_redactions_are_in_the_trail_of_their_own_site(
    call, make_comment, session, clock
):
    changes.add(session, "other", title="", origins=[], now=clock.now)
    path = f"/comments/{make_comment(FOUL)['comment']['id']}"
    call("POST", f"{path}/claim", {})
    call("POST", f"{path}/redact", {"version": 1, "spans": [[0, 4]]})
    call("POST", f"{path}/decisions", {"outcome": "reject"})

    seen = call("GET", "/audit?site=news").get_json()["entries"]
    elsewhere = call("GET", "/audit?site=other").get_json()["entries"]

    done = {"comment.reject", "comment.redact", "claim.taken", "comment.hold"}
    assert done <= {entry["action"] for entry in seen}
    assert {entry["site"] for entry in seen} == {"news"}
    assert not done & {entry["action"] for entry in elsewhere}


def test_the_audit_trail_never_has_any_text(call, make_comment):
    held = make_comment(FOUL, name="Canary")["comment"]["id"]
    call("POST", f"/comments/{held}/decisions", {"outcome": "reject", "note": "canary note"})

    seen = call("GET", f"/audit?subject=comment:{held}").get_json()["entries"]

    assert [entry["action"] for entry in seen] == ["comment.reject", "comment.hold"]
    for kind in ("jsonl", "csv"):
        export = call("GET", f"/audit/export?format={kind}").get_data(as_text=True)
        assert "comment.hold" in export
        assert "bullshit" not in export
        assert "anary" not in export


@pytest.mark.usefixtures("entries")
def test_an_export_has_what_the_search_finds_the_oldest_first(call, monkeypatch):
    monkeypatch.setattr(audit, "EXPORTED", 2)
    query = "actor=policy&from=2026-03-03"

    lines = call("GET", f"/audit/export?{query}")
    exported = [json.loads(line) for line in lines.get_data().splitlines()]
    table = call("GET", f"/audit/export?{query}&format=csv")
    rows = list(csv.DictReader(table.get_data(as_text=True).splitlines()))

    assert lines.content_type == "application/x-ndjson"
    assert [entry["detail"]["number"] for entry in exported] == [2, 4, 6, 8]
    assert table.content_type == "text/csv; charset=utf-8"
    assert 'filename="audit.csv"' in table.headers["Content-Disposition"]
    assert [json.loads(row["detail"])["number"] for row in rows] == [2, 4, 6, 8]
    assert [row["site"] for row in rows] == ["", "other", "news", ""]
    assert rows[0]["at"] == "2026-03-03T12:00:00+00:00"


def test_no_cell_of_a_table_is_a_formula(call, session, site):
    for name in ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", 'a "quoted", name'):
        audit.write(session, FIRST, Actor.MODERATOR, name, "login", f"moderator:{name}")
    session.commit()

    table = call("GET", "/audit/export?format=csv&action=login").get_data(as_text=True)

    names = [row["actor_name"] for row in csv.DictReader(table.splitlines())]
    assert names == ["'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(A1)", 'a "quoted", name']


@pytest.mark.usefixtures("entries")
def test_an_admin_of_one_site_sees_and_exports_that_site_only(app, client, clock):
    with app.app_context():
        other = registry.find(db.session(), "other")
        token = api_tokens.add_token(
            db.session(), "elsewhere", scopes=("admin",), site=other, now=clock.now
        )
    headers = {"Authorization": f"Bearer {token}"}

    for query in ("", "actor=mia", "action=comment.", "subject=comment:1", "from=2026-03-01"):
        export = client.get(f"/api/v1/review/audit/export?{query}", headers=headers)
        assert {json.loads(line)["site"] for line in export.get_data().splitlines()} == {"other"}


def test_a_search_costs_no_more_where_the_trail_is_long(session, site):
    if db.engine.dialect.name != "sqlite":
        # The amount it reads has no fixed unit; benchmarks/review times it.
        return
    steps = 0

    def step():
        nonlocal steps
        steps += 1

    def cost(**query):
        nonlocal steps
        steps = 0
        raw = session.connection().connection.driver_connection
        raw.set_progress_handler(step, 100)
        page = audit.search(session, audit.AuditQuery(**query))
        raw.set_progress_handler(None, 0)
        assert len(page.entries) <= 50
        return steps

    def fill(begin, number):
        rows = [
            {
                "at": FIRST + timedelta(minutes=begin + n),
                "actor": "policy",
                "actor_name": "policy",
                "action": "comment.approve",
                "subject": f"comment:{begin + n}",
                "site_id": site.id,
                "detail": {},
            }
            for n in range(number)
        ]
        session.execute(insert(AuditEntry), rows)

    queries = [
        {},
        {"actor_name": "mia"},
        {"actor_name": "mia", "action": "comment.", "site_ids": (site.id,)},
        {"action": "comment.reject"},
        {"action": "claim."},
        {"subject": "comment:7"},
        {"site_ids": (site.id,), "until": FIRST + timedelta(hours=1)},
        {"until": FIRST + timedelta(hours=1)},
        {"since": FIRST, "until": FIRST + timedelta(hours=1)},
    ]
    audit.write(session, FIRST, Actor.MODERATOR, "mia", "comment.reject", "x", site_id=site.id)
    fill(0, 500)
    few = [cost(**query) for query in queries]
    fill(500, 20_000)
    many = [cost(**query) for query in queries]

    assert [b <= 1.5 * a + 20 for a, b in zip(few, many, strict=True)] == [True] * len(queries), (
        few,
        many,
    )
