"""Each format becomes comments with their place, status, dates and authors."""

from zoneinfo import ZoneInfo

import pytest

from moderation.domain.status import Status
from moderation.storage.models.authors import Ban
from tests.transfer import exports

A, H, S, R, D = Status.APPROVED, Status.HELD, Status.SPAM, Status.REJECTED, Status.DELETED
#: Format, export, and its comments by status.
COUNTS = [
    ("disqus", exports.DISQUS, {A: 2, S: 1, D: 1, R: 1}),
    ("wordpress", exports.WORDPRESS, {A: 3, H: 1, R: 2}),
    ("remark42", exports.REMARK42, {A: 1, D: 1}),
    ("waline", exports.WALINE, {A: 1, H: 1, S: 1}),
    ("twikoo", exports.TWIKOO, {A: 1, H: 1}),
    ("artalk", exports.ARTALK, {A: 1, H: 1}),
    ("valine", exports.VALINE, {A: 1}),
    ("commento", exports.COMMENTO, {A: 1, H: 1}),
    ("comentario", exports.COMENTARIO, {A: 1}),
    ("cusdis", exports.CUSDIS_SQL, {A: 1, H: 1}),
]


@pytest.mark.parametrize(("format", "text", "counts"), COUNTS, ids=[row[0] for row in COUNTS])
def test_a_recognised_export_is_stored_with_its_statuses_once(format, text, counts, bring, stored):
    first = bring(text)
    again = bring(exports.gzipped(text), format)

    found = [comment.status for comment, _ in stored()]
    assert {status: found.count(status) for status in found} == counts
    assert first.result.stored.added == sum(counts.values())
    assert (again.result.stored.added, again.result.stored.changed) == (0, 0)
    assert all(c.author_email is None and c.address_key is None for c, _ in stored())


def test_disqus_threads_merge_and_lost_posts_are_named(bring, stored):
    done = bring(exports.DISQUS)

    rows = {comment.text: (comment, post) for comment, post in stored()}
    answer, post = rows["An **answer**."]
    parent, _ = rows[""]
    assert (post, answer.parent_id) == ("/a/", parent.id)
    assert (parent.author_name, parent.listing, parent.reply_count) == ("", "tombstone", 1)
    assert rows["Buy pills"][1] == "/a/"
    assert answer.author_key == answer.email_key is not None
    assert [(n.place, n.reason) for n in done.notes] == [
        ("post 15, line 18", "no text"),
        ("post 14, line 16", "the thread is not in the file"),
    ]
    assert (done.plan.orphans, done.plan.refused, done.plan.pages) == (1, 2, 3)


def test_wordpress_xml_is_repaired_and_ids_used_twice_are_told_apart(bring, stored):
    done = bring(exports.zipped(("blog.xml", exports.WORDPRESS)), zone=ZoneInfo("Europe/Berlin"))

    rows = {comment.text: (comment, post) for comment, post in stored()}
    answer, post = rows["One\nTwo ]]> end &"]
    assert (post, answer.author_website) == ("/?p=7", "https://a.example/?x=1&y=2")
    assert answer.parent_id == rows["First"][0].id
    assert f"{rows['Same id'][0].created_at:%Y-%m-%d %H:%M}" == "2014-02-01 11:00"
    assert rows["Orphan"][0].parent_id is None
    assert rows["Hidden"][0].status == R
    assert sorted((n.why.value, n.reason) for n in done.notes) == [
        ("orphan", "the answered comment is not in the file, so a thread begins"),
        ("refused", "no date"),
        ("skipped", "the type is pingback"),
    ]


def test_remark42_keeps_votes_pins_edits_and_bans(bring, stored, session, clock):
    bring(exports.REMARK42)

    parent, answer = (comment for comment, _ in stored())
    assert (answer.text, answer.parent_id) == ("An *answer*", parent.id)
    assert (answer.votes_up, answer.votes_down, answer.featured_at) == (2, 1, answer.created_at)
    assert answer.created_at.isoformat() == "2021-01-01T22:00:00.123456+00:00"
    assert answer.edited_at.isoformat() == "2021-01-03T00:00:00+00:00"
    (ban,) = session.query(Ban).all()
    assert (ban.author_key, ban.until.year) == (answer.author_key, 2126)
    assert stored()[0][1] == "/r/"


def test_isso_is_read_from_its_database(bring, stored, tmp_path):
    bring(exports.isso(tmp_path / "comments.db"))

    rows = [comment for comment, post in stored() if post == "/i/?id=1"]
    gone, child, held, old = rows
    assert [comment.status for comment in rows] == [D, A, H, A]
    assert (child.parent_id, child.author_name) == (gone.id, "O<i>")
    assert child.author_website == "https://s.example/?a=1&b=2"
    assert (child.votes_up, child.votes_down, child.text) == (7, 2, "A **child**")
    assert (old.text, held.author_name) == ("Was **imported**", "Anonymous")


def test_cusdis_is_read_from_its_database_and_from_a_dump(bring, stored, tmp_path):
    bring(exports.cusdis(tmp_path / "data.db"))
    bring(exports.CUSDIS_SQL)

    rows = {comment.text: (comment, post) for comment, post in stored()}
    assert rows["Child"][0].parent_id == rows[""][0].id
    assert f"{rows['Child'][0].created_at:%H:%M:%S}" == "05:26:40"
    assert rows["Held"][1] == "slug-only"
    assert rows["A line;\nand 'another'"][0].parent_id == rows["Two\nlines; and a \\"][0].id
    assert rows["Two\nlines; and a \\"][1] == "s"


def test_dates_without_a_zone_are_those_of_the_chosen_one(bring, stored):
    done = bring(exports.WALINE, zone=ZoneInfo("Asia/Shanghai"))

    first = stored()[0][0]
    assert f"{first.created_at:%Y-%m-%d %H:%M}" == "2026-01-02 00:00"
    assert done.plan.dates_without_zone == 3
    assert (first.votes_up, first.featured_at is not None) == (3, True)


def test_no_password_mail_or_address_of_an_export_reaches_the_store(bring, session, store, app):
    bring(exports.WALINE)
    bring(exports.DISQUS)

    from tests.transfer.conftest import dump

    rows = "".join(row for table in dump(session).values() for row in table).lower()
    for secret in ("secrethash", "wu@mail", "ann@mail", "203.0.113"):
        assert secret not in rows
