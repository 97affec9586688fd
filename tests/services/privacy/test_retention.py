"""Retention per site: what goes after its time, what stays, and the dry run."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from moderation.services.operations.cleanup import clean_up
from moderation.services.privacy import retention
from moderation.services.sites import changes, registry
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.posts import Post
from moderation.storage.models.reports import CommentReport
from moderation.web.state import app_state

CANARY = "kanarivogel"


@pytest.fixture
def settings(app):
    return app_state(app).settings


@pytest.fixture
def run(session, settings, clock):
    """Count what would go, remove it, and return both, by kind."""

    def both():
        session.rollback()
        site = registry.find(session, "news")
        would = retention.count(session, site, settings, now=clock.now)
        went = retention.apply(session, registry.find(session, "news"), settings, now=clock.now)
        session.rollback()
        return {each.name: each.number for each in would}, {each.name: each.number for each in went}

    return both


def decide(client, reviewing, made, outcome):
    path = f"/api/v1/review/comments/{made['comment']['id']}/decisions"
    assert client.post(path, json={"outcome": outcome}, headers=reviewing).status_code == 201


def test_nothing_but_hashes_of_addresses_goes_by_default(make_comment, session, run, clock):
    made = make_comment(author={"email": "ada@example.org"})
    held = make_comment(f"You fucking {CANARY}.")
    assert (made["http"], held["http"]) == (201, 202)
    clock.advance(days=31)

    would, went = run()

    assert would == went
    assert went == {
        "addresses": 2,
        "report_addresses": 0,
        "report_texts": 0,
        "held": 0,
        "rejected": 0,
        "closed_emails": 0,
        "closed_follows": 0,
        "audit": 0,
    }
    assert session.scalars(select(Comment.address_key)).all() == [None, None]
    assert sorted(session.scalars(select(Comment.status))) == ["approved", "held"]


def test_a_site_keeps_hashes_of_addresses_for_its_own_time(
    make_comment, session, change_site, run, clock
):
    change_site(settings={"address_days": 5})
    make_comment()
    clock.advance(days=4)
    assert run()[1]["addresses"] == 0

    clock.advance(days=2)

    assert run()[1]["addresses"] == 1


def test_reports_end_by_the_settings_of_their_site(
    client, make_comment, session, change_site, run, clock
):
    change_site(settings={"address_days": 5, "report_days": 9, "reports_hold": 0})
    made = make_comment()["comment"]["id"]
    report = {"reason": "spam", "text": CANARY}
    path = f"/api/v1/sites/news/comments/{made}/reports"
    assert client.post(path, json=report).status_code == 202
    hashed = session.scalars(select(CommentReport.reporter)).one()
    clock.advance(days=6)

    would, went = run()

    assert would == went
    assert (went["report_addresses"], went["report_texts"]) == (1, 0)
    row = session.scalars(select(CommentReport)).one()
    assert (row.block_key, row.text) == (None, CANARY)
    assert row.reporter != hashed
    clock.advance(days=4)
    assert run()[1]["report_texts"] == 1
    assert session.scalars(select(CommentReport.text)).all() == [""]


def test_held_and_rejected_comments_are_erased_after_their_days_and_replies_stay(
    client, make_comment, reviewing, session, change_site, run, clock
):
    change_site(settings={"held_days": 10, "rejected_days": 20, "hold_first": 0})
    make_comment(f"You fucking {CANARY}.", author={"email": f"{CANARY}@example.org"})
    shown = make_comment(f"A {CANARY} remark that people answer.")
    make_comment("An answer that stays.", name="Bea", parent_id=shown["comment"]["id"])
    decide(client, reviewing, shown, "reject")
    clock.advance(days=11)
    went = run()[1]
    assert (went["held"], went["rejected"]) == (1, 0)
    clock.advance(days=10)

    would, went = run()

    assert would["rejected"] == went["rejected"] == 1
    for column in (Comment.text, Comment.author_email, Decision.causes):
        assert CANARY not in repr(session.scalars(select(column)).all())
    statuses = dict(session.execute(select(Comment.text, Comment.status)).all())
    assert statuses == {"": "deleted", "An answer that stays.": "approved"}
    [top] = client.get("/api/v1/sites/news/posts/story/comments").get_json()["comments"]
    assert top["deleted"] is True
    assert [reply["author"]["name"] for reply in top["replies"]] == ["Bea"]


def test_a_closed_thread_loses_addresses_and_an_open_one_keeps_them(
    make_comment, session, change_site, run, clock
):
    change_site(settings={"closed_email_days": 7})
    for post in ("open", "closed"):
        text = "A quiet remark." if post == "open" else "Birds of the harbour in winter."
        made = make_comment(text, post=post, author={"email": f"{post}@example.org"})
        assert made["http"] == 201
    session.execute(update(Post).where(Post.external_id == "closed").values(state="closed"))
    session.commit()
    clock.advance(days=8)

    would, went = run()

    assert would["closed_emails"] == went["closed_emails"] == 1
    addresses = set(session.scalars(select(Comment.author_email)))
    assert addresses == {"open@example.org", None}
    assert None not in session.scalars(select(Comment.email_key)).all()


def test_old_entries_of_this_sites_audit_trail_go_and_no_others(
    make_comment, session, change_site, run, clock
):
    changes.add(session, "other", title="", origins=[], now=clock.now)
    session.rollback()
    change_site(settings={"audit_days": 30})
    make_comment()
    clock.advance(days=31)
    make_comment("A second remark.")
    of_other = select(func.count()).select_from(AuditEntry).where(AuditEntry.site_id != 1)
    before = session.scalar(of_other)

    _, went = run()

    assert went["audit"] > 0
    oldest = session.scalar(select(func.min(AuditEntry.at)).where(AuditEntry.site_id == 1))
    assert oldest > clock.now - timedelta(days=30)
    assert session.scalar(of_other) == before


def test_the_clean_up_applies_the_settings_of_every_site(
    make_comment, session, change_site, settings, clock
):
    change_site(settings={"held_days": 1})
    make_comment(f"You fucking {CANARY}.")
    clock.advance(days=2)

    removed = clean_up(session, settings, now=clock.now)

    assert removed["held"] == 1
    session.rollback()
    assert session.scalars(select(Comment.text)).all() == [""]


def test_a_turn_removes_a_bounded_number_and_the_next_one_continues(
    make_comment, session, change_site, settings, clock, monkeypatch, floods_pass
):
    monkeypatch.setattr(retention, "BATCH", 2)
    change_site(settings={"held_days": 1})
    for number in range(5):
        make_comment(f"You fucking {CANARY} number {number}.", post=f"story-{number}")
    clock.advance(days=2)
    site = registry.find(session, "news")

    first = retention.apply(session, site, settings, now=clock.now, most=4)
    second = retention.apply(session, registry.find(session, "news"), settings, now=clock.now)

    assert [each.number for each in first if each.name == "held"] == [4]
    assert [each.number for each in second if each.name == "held"] == [1]


def test_a_small_store_is_rewritten_after_a_text_was_erased_and_works_as_before(
    client, make_comment, session, settings, signed_event, clock
):
    make_comment("A remark that stays.", name="Bea")
    make_comment(f"A {CANARY}.", author={"email": "ada@example.org"})
    before = clean_up(session, settings, now=clock.now)["compacted"]
    signed_event("author.erased", {"author": {"email": "ada@example.org"}})

    after = clean_up(session, settings, now=clock.now)["compacted"]
    later = clean_up(session, settings, now=clock.now + timedelta(hours=3))["compacted"]

    small = int(session.get_bind().dialect.name == "sqlite")
    assert (before, after, later) == (0, small, 0)
    make_comment("Another remark.", name="Cleo")
    listed = client.get("/api/v1/sites/news/posts/story/comments").get_json()["comments"]
    assert [each["author"]["name"] for each in listed] == ["Cleo", "Bea"]


def test_a_comment_whose_author_waits_for_an_appeal_is_kept_until_it_is_decided(
    client, make_comment, reviewing, session, change_site, run, clock
):
    change_site(settings={"rejected_days": 20, "hold_first": 0})
    made = make_comment()
    decide(client, reviewing, made, "reject")
    path = f"/api/v1/sites/news/comments/{made['comment']['id']}/appeals"
    own = {"X-Edit-Token": made["edit_token"]}
    assert client.post(path, json={"text": "It is fair."}, headers=own).status_code == 202
    clock.advance(days=21)
    assert run()[1]["rejected"] == 0

    (appeal,) = client.get("/api/v1/review/appeals", headers=reviewing).get_json()["appeals"]
    answer = client.post(
        f"/api/v1/review/appeals/{appeal['id']}/decisions",
        json={"outcome": "uphold", "note": "It is not."},
        headers=reviewing,
    )
    assert answer.status_code == 201, answer.get_json()

    assert run()[1]["rejected"] == 1
