"""Counts and statements of reasons for the Digital Services Act, without personal data."""

import json
import re
from datetime import UTC, timedelta

import pytest

from moderation.cli import main
from moderation.domain.reasons import Reason
from moderation.services.community import statements, transparency
from moderation.services.community.transparency import Period
from moderation.services.sites import registry

#: In everything that a person wrote or is known by.
CANARY = "cnry77q"
REVIEW = "/api/v1/review"


@pytest.fixture
def run(client, reviewing):
    def ask(method, path, body=None):
        answer = client.open(f"{REVIEW}{path}", method=method, json=body, headers=reviewing)
        assert answer.status_code < 300, answer.text
        return answer.get_json()

    return ask


@pytest.fixture
def period(clock):
    return Period(clock.now - timedelta(days=1), clock.now + timedelta(days=1))


@pytest.fixture
def story(client, make_comment, run, change_site, clock, floods_pass):
    """Refused by a rule, rejected by people, removed, spam, an undone slip, a ban, appeals."""
    change_site(
        settings={
            "block_words": ["zeppelin"],
            "reasons": [
                {"code": "ROOF", "label": "Not the roof", "kind": "OFF_TOPIC"},
                {"code": "HATE", "label": "Hate", "kind": "HATE"},
            ],
        }
    )
    author = {"email": f"{CANARY}@mail.example", "website": f"https://{CANARY}.example/"}

    def sent(text, post):
        return make_comment(f"{text} {CANARY}", post=post, name=f"Ada {CANARY}", author=author)

    def decide(made, **choice):
        body = {"note": f"Note {CANARY}", **choice}
        return run("POST", f"/comments/{made['comment']['id']}/decisions", body)

    def appeal(made):
        answer = client.post(
            f"/api/v1/sites/news/comments/{made['comment']['id']}/appeals",
            json={"text": f"Please {CANARY}"},
            headers={"X-Edit-Token": made["edit_token"]},
        )
        assert answer.status_code == 202

    by_rule = sent("A zeppelin.", "a")
    held = sent("What bullshit it is.", "b")
    removed = sent("A remark about barns.", "c")
    spam, slip = sent("A remark about sheds.", "d"), sent("A remark about halls.", "e")
    clock.advance(minutes=10)
    decide(held, outcome="reject", reason="HATE")
    decide(removed, outcome="reject", reason="ROOF")
    decide(spam, outcome="spam")
    run("DELETE", f"/decisions/{decide(slip, outcome='reject')['id']}")
    for made in (by_rule, held):
        appeal(made)
    clock.advance(minutes=30)
    waiting = run("GET", "/appeals")["appeals"]
    choices = {by_rule["comment"]["id"]: "overturn", held["comment"]["id"]: "uphold"}
    for item in waiting:
        choice = {"outcome": choices[item["item"]["comment"]["id"]], "note": f"Why {CANARY}"}
        run("POST", f"/appeals/{item['id']}/decisions", {**choice, "answer": CANARY})
    key = run("GET", f"/comments/{removed['comment']['id']}")["comment"]["author"]["key"]
    until = (clock.now + timedelta(days=3)).isoformat()
    run("PUT", f"/sites/news/authors/{key}/ban", {"reason": f"Enough {CANARY}", "until": until})
    return key


def test_the_report_counts_decisions_appeals_and_bans(story, session, period):
    counts = transparency.report(session, registry.find(session, "news"), period)

    decisions = counts["decisions"]
    assert counts["comments"] == 5
    assert decisions == {
        "restricted": 4,
        "automated": 1,
        "by_people": 3,
        "removed_after_publication": 2,
        "spam": 1,
        "by_reason": {"BLOCKED_WORD": 1, "HATE": 1, "ROOF": 1, "SPAM": 1},
        "by_kind": {"BANNED_WORD": 1, "HATE": 1, "OFF_TOPIC": 1, "SPAM": 1},
        "automated_overturned": 1,
        "median_seconds_to_first_decision": 600.0,
    }
    assert counts["bans"] == {"for_a_time": 1, "for_good": 0}
    assert counts["appeals"] == {
        "received": 2,
        "against_automated_decisions": 1,
        "pending": 0,
        "upheld": 1,
        "overturned": 1,
        "void": 0,
        # One token decided everything, and the site has no moderator.
        "decided_by_the_same_moderator": 1,
        "median_seconds": 1800.0,
    }


def test_every_decision_has_a_statement_in_the_commission_s_format(story, session, period):
    made = list(statements.statements(session, registry.find(session, "news"), period))

    by_rule, held, removed, ban = made
    assert [each["automated_decision"].removeprefix("AUTOMATED_DECISION_") for each in made] == [
        "FULLY",
        "PARTIALLY",
        "NOT_AUTOMATED",
        "NOT_AUTOMATED",
    ]
    assert [each["automated_detection"] for each in made] == ["Yes", "Yes", "No", "No"]
    assert held["category"] == "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"
    assert held["category_specification"] == ["KEYWORD_HATE_SPEECH"]
    assert removed["category"] == "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    assert removed["incompatible_content_ground"] == "Rules for comments: Not the roof"
    assert removed["decision_facts"] == "A moderator read and removed a published comment."
    assert "blocked word" in by_rule["decision_facts"]
    assert ban["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert ban["end_date_account_restriction"] > ban["application_date"]
    assert len({each["puid"] for each in made}) == len(made)
    for each in made:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,500}", each["puid"])
        assert each["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
        assert each["incompatible_content_illegal"] == "No"
        assert each["content_type"] == ["CONTENT_TYPE_TEXT"]
        assert each["source_type"] == "SOURCE_VOLUNTARY"
        assert each.keys() & {"decision_visibility", "decision_account"}
        for day in ("content_date", "application_date"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", each[day])
        assert len(each["incompatible_content_explanation"]) <= 2000
        assert {"FR", "NO"} <= set(each["territorial_scope"])


def test_no_personal_data_is_in_the_report_or_a_statement(story, session, period):
    site = registry.find(session, "news")

    made = json.dumps(
        [transparency.report(session, site, period), *statements.statements(session, site, period)]
    )

    assert CANARY not in made
    assert story not in made
    assert "tests" not in made  # the token's name: who decided


def test_only_the_period_and_the_site_are_counted(story, session, period, clock):
    site = registry.find(session, "news")
    before = Period(period.begins - timedelta(days=9), period.begins)

    counts = transparency.report(session, site, before)

    assert counts["decisions"]["restricted"] == counts["comments"] == 0
    assert counts["appeals"]["received"] == counts["bans"]["for_a_time"] == 0
    assert list(statements.statements(session, site, before)) == []


def test_every_built_in_reason_has_a_category():
    assert {statements.CATEGORIES.get(reason, statements._OTHER)[0] for reason in Reason} <= {
        "CYBER_VIOLENCE",
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        "ILLEGAL_OR_HARMFUL_SPEECH",
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "OTHER_VIOLATION_TC",
        "VIOLENCE",
    }


@pytest.fixture
def command(store, monkeypatch, tmp_path):
    from click.testing import CliRunner

    monkeypatch.setenv("MODERATION_SECRET_KEY", "a key for tests that is long enough")
    monkeypatch.setenv("MODERATION_ENV", "development")
    if "database_url" in store:
        monkeypatch.setenv("MODERATION_DATABASE_URL", store["database_url"])
    else:
        monkeypatch.setenv("MODERATION_DATA_DIR", str(store["data_dir"]))

    def call(*words):
        return CliRunner().invoke(main, ["transparency", *words])

    return call


def test_the_command_prints_counts_and_writes_statements(story, command, clock, tmp_path):
    day = clock.now.astimezone(UTC).date().isoformat()
    file = tmp_path / "statements.jsonl"
    options = ("--site", "news", "--from", day, "--to", day)

    printed = command(*options, "--statements", str(file))
    table = command(*options, "--format", "csv")

    assert printed.exit_code == table.exit_code == 0, printed.output + table.output
    assert json.loads(printed.output)["decisions"]["restricted"] == 4
    assert "decisions.by_reason.ROOF,1" in table.output.splitlines()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(lines) == 4
    assert CANARY not in printed.output + table.output + file.read_text()
    wrong = command("--site", "news", "--from", day, "--to", "2020-01-01")
    assert wrong.exit_code == 2
    assert command("--site", "nosuch", "--from", day, "--to", day).exit_code == 1
