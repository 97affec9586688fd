"""An import can be killed, repeated and brought up to date, and changes nothing of others."""

import json
import random

import pytest
from sqlalchemy import select, update

from moderation.domain.status import Status
from moderation.services.transfer import storing
from moderation.services.transfer.url_map import BadMap, read_map
from moderation.storage.models.comments import Comment, Revision
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.transfer import ImportedComment
from tests.transfer import exports
from tests.transfer.conftest import dump


def remark(*comments, **changes):
    """Return a backup of these comments: id, parent and text."""
    lines = ['{"version":1,"users":[],"posts":[]}']
    for number, (id, parent, text) in enumerate(comments):
        entry = {
            "id": id,
            "pid": parent,
            "orig": text,
            "user": {"name": f"N{number % 7}", "id": f"u{number % 7}"},
            "locator": {"url": f"https://blog.example/{number % 5 if not parent else 0}/"},
            "time": f"2021-01-01T00:{number // 60 % 60:02}:{number % 60:02}Z",
        }
        lines.append(json.dumps({**entry, **changes.get(id, {})}))
    return "\n".join(lines)


def deep(count):
    """Return comments of which most answer another one, some of them deleted."""
    rng = random.Random(3)  # noqa: S311 - the same each time
    comments = []
    for number in range(count):
        parent = f"c{rng.randrange(0, number, 5)}" if number > 5 and rng.random() < 0.6 else ""
        comments.append((f"c{number}", parent, f"Text {number} https://a{number % 3}.example/"))
    gone = {f"c{number}": {"delete": True} for number in range(0, count, 10)}
    return remark(*comments, **gone)


class Killed(BaseException):
    """Ends an import in the middle, as a signal would."""


def test_killed_anywhere_and_run_again_it_is_the_same_as_in_one_go(bring, session, monkeypatch):
    monkeypatch.setattr(storing, "BATCH", 17)
    text = deep(200)
    bring(text, "remark42")
    whole = dump(session)
    for table in reversed(Comment.metadata.sorted_tables):
        if table.name in ("comments", "posts", "imported_comments", "decisions", "link_hosts"):
            session.execute(table.delete())
    session.commit()

    rng = random.Random(5)  # noqa: S311 - the same each time
    for _ in range(6):
        left = rng.randrange(1, 9)

        def kill(*_, box=[left]):  # noqa: B006 - one box a turn
            box[0] -= 1
            if not box[0]:
                raise Killed

        with pytest.raises(Killed):
            bring(text, "remark42", hook=kill)
        session.rollback()
    bring(text, "remark42")

    assert dump(session) == whole


def test_an_import_sends_no_event_and_leaves_one_audit_entry(bring, session):
    bring(exports.DISQUS)
    bring(exports.DISQUS)

    assert session.scalars(select(OutboxMessage)).all() == []
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "site.imported")).all()
    assert [entry.detail["added"] for entry in entries] == [5]


def test_a_newer_export_adds_and_changes_what_was_not_changed_here(
    bring, session, stored, client, reviewing
):
    bring(remark(("a", "", "One"), ("b", "", "Two"), ("c", "", "Three"), ("d", "", "Four")))
    ids = {c.text: c.id for c, _ in stored()}
    client.post(
        f"/api/v1/review/comments/{ids['Two']}/decisions",
        json={"outcome": "reject"},
        headers=reviewing,
    )

    newer = remark(
        ("a", "", "One, edited"),
        ("b", "", "Two, edited"),
        ("c", "", "Three"),
        ("d", "", ""),
        ("e", "a", "Five"),
        c={"score": 4},
        d={"delete": True},
    )
    done = bring(newer)

    rows = {c.id: c for c, _ in stored()}
    assert rows[ids["One"]].text == "One, edited"
    assert session.scalars(select(Revision.text)).all() == ["One"]
    assert (rows[ids["Two"]].text, rows[ids["Two"]].status) == ("Two", Status.REJECTED)
    assert rows[ids["Three"]].votes_up == 4
    assert (rows[ids["Four"]].status, rows[ids["Four"]].text) == (Status.DELETED, "")
    (added,) = rows.keys() - set(ids.values())
    assert rows[added].parent_id == ids["One"]
    stored_counts = done.result.stored
    assert (stored_counts.added, stored_counts.changed, stored_counts.kept) == (1, 3, 1)
    again = bring(newer).result.stored
    assert (again.added, again.changed) == (0, 0)


def test_a_part_of_a_newer_export_finds_the_parents_of_an_earlier_one(bring, stored):
    bring(remark(("a", "", "One")))

    done = bring(remark(("z", "a", "Later"), z={"time": "2022-01-01T00:00:00Z"}))

    first, later = (c for c, _ in stored())
    assert later.parent_id == first.id
    assert done.notes == []


def test_a_comment_that_was_removed_here_stays_removed(bring, session, stored):
    bring(remark(("a", "", "One"), ("b", "a", "Two")))
    ids = {c.text: c.id for c, _ in stored()}
    session.execute(update(Comment).where(Comment.id == ids["Two"]).values(parent_id=None))
    session.execute(update(Comment).where(Comment.id == ids["One"]).values(reply_count=0))
    for table in ("decisions", "comments"):
        column = "id" if table == "comments" else "comment_id"
        found = Comment.metadata.tables[table]
        session.execute(found.delete().where(found.c[column] == ids["Two"]))
    session.execute(update(Comment.metadata.tables["posts"]).values(comment_count=1, version=9))
    session.commit()

    done = bring(remark(("a", "", "One"), ("b", "a", "Two")))

    assert [c.text for c, _ in stored()] == ["One"]
    assert done.result.stored.kept == 1
    assert session.scalars(select(ImportedComment.comment_id)).all().count(None) == 1


def test_comments_that_answer_each_other_become_a_thread(bring, stored):
    done = bring(remark(("a", "c", "A"), ("b", "a", "B"), ("c", "b", "C"), ("s", "s", "Self")))

    rows = {c.text: c for c, _ in stored()}
    assert len(rows) == 4
    assert rows["B"].parent_id == rows["A"].id
    assert done.plan.orphans >= 1


def test_a_dry_run_counts_and_writes_nothing(bring, session):
    before = dump(session)

    done = bring(exports.DISQUS, dry=True)

    assert dump(session) == before
    assert done.plan.by_status == {"approved": 2, "deleted": 1, "rejected": 1, "spam": 1}
    assert done.plan.hosts == {"blog.example": 4, "localhost": 1}
    assert done.plan.largest[0] == ("/a/", 3)
    assert (done.plan.known, done.plan.comments) == (0, 5)


def test_hosts_and_maps_choose_the_pages(bring, stored):
    rules = read_map(
        [
            "# moved",
            "http://blog.example/a/?utm_source=x, /new/a",
            "https://blog.example/a/\t/new/a",
            "https://blog.example/gone/*  -",
        ]
    )
    rules.only_hosts = frozenset({"blog.example"})

    done = bring(exports.DISQUS, rules=rules)

    assert {post for _, post in stored()} == {"/new/a"}
    assert (done.plan.skipped, done.plan.comments) == (2, 3)


@pytest.mark.parametrize("line", ["one", "a b c", "/x* /y", "re:( /x"])
def test_a_line_that_is_no_rule_is_refused(line):
    with pytest.raises(BadMap, match="Line 2"):
        read_map(["/a /b", line])


def test_prefixes_and_patterns_are_applied_in_their_order():
    from moderation.services.transfer.records import ImportedThread

    rules = read_map(
        [r"re:/(\d+)/p/(.*)$ /posts/$2-$1", "https://old.example/* https://new.example/n/*"]
    )

    def page(url):
        return rules.page(ImportedThread("k", url)).post_id

    assert page("https://old.example/5/p/cat") == "/posts/cat-5"
    assert page("https://old.example/x/") == "/n/x/"
    assert page("https://other.example/%C3%BC?fbclid=1#top") == "/ü"


def test_the_filters_judge_for_the_record_and_the_decision_stands(bring, session, stored):
    bring(remark(("a", "", "You are a fucking idiot, go and die.")))

    ((comment, _),) = stored()
    decision = session.scalars(select(Decision)).one()
    assert (comment.status, decision.outcome) == (Status.APPROVED, "approve")
    assert comment.verdict_id == decision.id
    assert any(cause["outcome"] == "hold" for cause in decision.causes)


def test_with_hold_the_doubtful_wait_and_the_rest_is_published(bring, session, stored):
    text = remark(("a", "", "You are a fucking idiot, go and die."), ("b", "", "A kind word."))

    bring(text, hold=True)
    bring(text, hold=True)

    rows = {c.text: c for c, _ in stored()}
    assert rows["A kind word."].status == Status.APPROVED
    doubtful = rows["You are a fucking idiot, go and die."]
    assert doubtful.status == Status.HELD
    assert doubtful.reasons != ""
    assert doubtful.score > 0


def test_held_and_spam_of_an_import_are_never_public(bring, client):
    bring(exports.WALINE)

    page = client.get("/api/v1/sites/news/posts/%2Fw%2F/comments").get_data(as_text=True)

    assert "Nice" in page
    assert "Waits" not in page
    assert "pills" not in page


def test_two_sites_of_one_store_may_import_the_same_file(bring, session, app, clock, stored):
    from moderation.services.sites import changes

    changes.add(session, "other", title="", origins=[], now=clock.now)

    bring(exports.REMARK42)
    done = bring(exports.REMARK42, site_name="other")

    assert done.result.stored.added == 2
    assert len({c.id for c, _ in stored()}) == 4
