"""A site goes at once and its rows go little by little, during any other writes."""

import pytest
from sqlalchemy import func, select

from moderation.domain.errors import SiteNotFound
from moderation.services.sites import changes, registry, removal
from moderation.storage.models.base import Base
from moderation.storage.models.decisions import AuditEntry
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site


@pytest.fixture
def commits(session, monkeypatch):
    """Count commits, and run a function after one of them."""
    seen = {"count": 0, "then": {}}
    commit = session.commit

    def counted():
        commit()
        seen["count"] += 1
        if then := seen["then"].get(seen["count"]):
            then()

    monkeypatch.setattr(session, "commit", counted)
    monkeypatch.setattr(removal, "MOST", 3)
    return seen


@pytest.fixture
def full(client, make_comment, session, clock):
    """Two sites with comments, answers to them and all that comes with it."""
    changes.add(session, "gazette", title="", origins=[], now=clock.now)
    first = make_comment("A first friendly remark.")["comment"]["id"]
    for number in range(8):
        make_comment(f"Answer {number} to a friendly remark.", parent_id=first)
        make_comment(f"Remark {number} elsewhere.", post=f"story-{number}", name=f"Guest {number}")
    answer = client.post(
        "/api/v1/sites/gazette/posts/story/comments",
        json={"text": "A calm word.", "author": {"name": "Bo"}},
    )
    assert answer.status_code in (201, 202)
    return registry.find(session, "news")


def rows_of(session, site_id):
    """Return the number of a site's rows in each table."""
    tables = [t for t in Base.metadata.sorted_tables if "site_id" in t.columns]
    count = select(func.count())
    found = {
        t.name: session.scalar(count.select_from(t).where(t.c.site_id == site_id)) for t in tables
    }
    return {name: rows for name, rows in found.items() if rows}


def test_nothing_of_the_site_is_left_and_nothing_of_another_is_touched(
    session, full, clock, commits
):
    other = session.scalar(select(Site.id).where(Site.name == "gazette"))
    before = rows_of(session, other)
    assert {"comments", "posts", "audit_entries", "site_secrets"} <= rows_of(
        session, full.id
    ).keys()

    removal.remove(session, full, now=clock.now)

    assert rows_of(session, full.id) == {}
    assert rows_of(session, other) == before
    assert session.scalar(select(func.count()).select_from(Site)) == 1
    # 17 comments, three at a time.
    assert commits["count"] > 17 / 3


def test_half_of_the_time_is_others(session, full, clock, commits):
    rests = []

    removal.remove(session, full, now=clock.now, rest=rests.append)

    assert len(rests) >= 17 // 3
    assert all(seconds > 0 for seconds in rests)


def test_the_site_is_gone_with_the_first_commit(client, session, full, clock, commits):
    seen = {}

    def look():
        seen["thread"] = client.get("/api/v1/sites/news/posts/story/comments").status_code
        seen["post"] = client.post(
            "/api/v1/sites/news/posts/story/comments",
            json={"text": "A late word.", "author": {"name": "Bo"}},
        ).status_code

    assert client.get("/api/v1/sites/news/posts/story/comments").status_code == 200
    commits["then"][1] = look

    removal.remove(session, full, now=clock.now)

    assert seen == {"thread": 404, "post": 404}


def test_its_name_is_free_before_its_rows_are_gone(session, full, clock, commits):
    made = []
    commits["then"][2] = lambda: made.append(
        changes.add(session, "news", title="The next", origins=[], now=clock.now)[0].id
    )

    removal.remove(session, full, now=clock.now)

    assert session.scalars(select(Site.id).where(Site.name == "news")).all() == made
    assert session.scalar(select(func.count()).select_from(Post)) == 1


def test_a_removal_that_was_cut_off_is_gone_on_with(session, full, clock, commits):
    def cut_off():
        raise KeyboardInterrupt

    commits["then"][3] = cut_off
    with pytest.raises(KeyboardInterrupt):
        removal.remove(session, full, now=clock.now)
    session.rollback()
    with pytest.raises(SiteNotFound):
        registry.find(session, "news")
    left = registry.find(session, f"news.removed-{full.id}")
    assert rows_of(session, full.id)["comments"] > 0

    removal.remove(session, left, now=clock.now)

    assert rows_of(session, full.id) == {}
    removals = select(AuditEntry.subject).where(AuditEntry.action == "site.removed")
    assert session.scalars(removals).all() == ["site:news"]


def test_a_long_name_keeps_its_place_for_the_mark(session, clock, client):
    site, _ = changes.add(session, "n" * 64, title="", origins=[], now=clock.now)
    seen = []

    def look():
        seen.append(session.scalar(select(Site.name).where(Site.id == site.id)))
        raise KeyboardInterrupt

    commit = session.commit
    session.commit = lambda: (commit(), look())
    try:
        with pytest.raises(KeyboardInterrupt):
            removal.remove(session, site, now=clock.now)
    finally:
        session.commit = commit
    assert len(seen[0]) == 64
    assert seen[0].endswith(f".removed-{site.id}")
    assert registry.find(session, seen[0]).id == site.id


def test_rows_that_came_last_go_with_the_site(session, full, clock, commits):
    """A request that had found the site before may still store something."""

    def late():
        session.add(Post(site_id=full.id, external_id="late", created_at=clock.now))
        session.flush()

    commits["then"][2] = late

    removal.remove(session, full, now=clock.now)

    assert rows_of(session, full.id) == {}
