# ruff: noqa: E501 -- a row of a table stays one line.
"""Files that other releases and tools of the same systems write are imported as well."""

import io
import tarfile

import pytest

from moderation.domain.status import Status
from moderation.services.transfer.records import Unreadable
from tests.transfer import exports, strange

A, H, S, R, D = Status.APPROVED, Status.HELD, Status.SPAM, Status.REJECTED, Status.DELETED

#: What is recognised, the file, and the status, post and text of each comment by its time.
FILES = [
    ("disqus", strange.DISQUS_OF_ELEMENTTREE, [(A, "/et/", "Split")]),
    ("wordpress", strange.wxr(strange.item("Other prefix"), prefix="ns2"), [(A, "/wp/", "Other prefix")]),
    ("wordpress", strange.wxr(strange.item("ü"), encoding="UTF-16").encode("utf-16"), [(A, "/wp/", "ü")]),
    ("wordpress", strange.wxr(strange.item("ü"), encoding="ISO-8859-1").encode("latin-1"), [(A, "/wp/", "ü")]),
    (
        "valine",
        strange.LEANCLOUD,
        [
            *((A, "/lc/", "From Valine"), (A, "/lc/", "From *Waline*")),
            *((H, "/lc/", "Held"), (S, "/lc/", "Pills")),
        ],
    ),
    ("waline", strange.WALINE_OLD_ROWS, [(A, "/w/", "Was **HTML**")]),
    ("waline", strange.WALINE_MYSQL, [(A, "/w/", "It's; fine\nnext"), (S, "/w/", "Pills (cheap)")]),
    ("waline", strange.WALINE_POSTGRES, [(H, "/w/", "Of\nPostgreSQL")]),
    ("waline", strange.WALINE_CSV, [(A, "/csv/", 'a, "b"'), (H, "/csv/", "Two\n-- lines")]),
    ("isso", strange.ISSO_JSON, [(A, "/generic/", "From *anywhere*")]),
    (
        "isso",
        strange.ISSO_DUMP,
        [(A, "/dump/", "Two\nlines"), (H, "/dump/", "[x](https://x.example/) and *more*")],
    ),
    ("cusdis", strange.CUSDIS_INSERTS, [(A, "/inserts/", "Hi (you), all")]),
    ("commento", strange.COMMENTO_SORTED, [(D, "/c/", ""), (A, "/c/", "Answer 3"), (A, "/c/", "Answer 4")]),
    ("artalk", strange.ARTALK_V1, [(A, "/artalk/", "Old **Artalk**")]),
    ("twikoo", strange.TWIKOO_MONGO, [(A, "/t/", "Hi")]),
    ("twikoo", strange.TWIKOO_MONGO.encode("utf-16"), [(A, "/t/", "Hi")]),
    ("remark42", strange.REMARK42_V0, [(A, "/r/", "First release")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("format", "content", "comments"),
    FILES,
    ids=[f"{number}-{row[0]}" for number, row in enumerate(FILES)],
)
def test_a_file_of_another_release_or_tool_is_recognised_and_imported(
    format, content, comments, bring, stored
):
    done = bring(content)

    rows = sorted(stored(), key=lambda row: (row[0].created_at, comments_at(row, comments)))
    assert [(comment.status, post, comment.text) for comment, post in rows] == comments
    assert done.notes == []
    # Named, it is the same file.
    assert bring(content, format).result.stored.added == 0


def comments_at(row, comments):
    """Return the place of a comment among those of one time."""
    return [text for _, _, text in comments].index(row[0].text)


def test_walines_own_database_is_read_whatever_its_prefix(bring, stored, tmp_path, session):
    bring(strange.waline_database(tmp_path / "waline.sqlite"))

    (first, _), (second, _) = stored()
    assert (first.text, first.votes_up, first.featured_at is not None) == ("Of *SQLite*", 3, True)
    assert (second.status, second.parent_id) == (H, first.id)


def test_disqus_names_pages_and_times_are_what_readers_saw(bring, stored):
    done = bring(
        strange.disqus(
            strange.thread(1, "javascript:void(0)"),
            strange.thread(
                2, "", identifier="123 https://blog.example/?p=123", title="Tom &amp;amp;amp; Jerry"
            ),
            strange.thread(3, "file:///C:/draft.html"),
            strange.post(1, 1, "On no page"),
            strange.post(2, 3, "On a disk"),
            strange.post(3, 2, "Kept", name="&amp;amp;#26446;", at="2013-10-10T19:20:30"),
            strange.post(4, 2, "Pills", spam=True, deleted=True, at="2013-10-10T19:20:31"),
            strange.post(5, 2, "Gone", deleted=True, at="2013-10-10T19:20:32"),
        )
    )

    found = [(c.author_name, c.status, c.text, post) for c, post in stored()]
    assert found == [
        ("李", A, "Kept", "/?p=123"),
        ("Ann", S, "Pills", "/?p=123"),
        ("", D, "", "/?p=123"),
    ]
    assert f"{stored()[0][0].created_at:%H:%M}" == "19:20"
    assert done.plan.dates_without_zone == 0
    assert [(n.why.value, n.reason) for n in done.notes] == [
        ("skipped", "its page has no address")
    ] * 2


def test_wordpress_names_are_unescaped_and_a_password_keeps_comments_from_the_public(bring, stored):
    bring(
        strange.wxr(
            strange.item(
                "Seen",
                link="",
                guid="https://blog.example/?p=5",
                author="O&#039;Neil &amp; Co",
                url="https://x.example/?a=1&amp;amp;b=2",
            ),
            strange.item("Behind a password", link="https://blog.example/secret/", password="pw"),
        )
    )

    rows = {comment.text: (comment, post) for comment, post in stored()}
    seen, post = rows["Seen"]
    assert (post, seen.author_name) == ("/?p=5", "O'Neil & Co")
    assert seen.author_website == "https://x.example/?a=1&b=2"
    assert rows["Behind a password"][0].status == R


def test_commenters_without_an_account_are_not_one_person(bring, stored):
    bring(strange.COMMENTO_SORTED)

    assert [comment.author_key for comment, _ in stored()] == [None] * 3


def test_a_zip_archive_may_have_what_desktops_add(bring, stored):
    bring(
        exports.zipped(
            ("blog/.DS_Store", "x"),
            ("blog/export.json", strange.TWIKOO_MONGO),
            ("__MACOSX/blog/._export.json", "x"),
            ("blog/Thumbs.db", "x"),
        )
    )

    assert [comment.text for comment, _ in stored()] == ["Hi"]


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("app/Comment.0.jsonl")
        archive.addfile(member, io.BytesIO())
    return out.getvalue()


REFUSED = [
    (_tar(), "", "a tar archive. Unpack it"),
    (b"PGDMP\x01\x0e", "", "pg_restore -f"),
    (b"BZh91AY", "", "compressed with bzip2"),
    ('{"posts": [{"a": 1}],\n"b": 2}', "artalk", "no list of comments"),
    ("id,nick,comment,url\n1,Ann,a,b,/x/\n", "waline", "Line 2 has 5 columns"),
    ('id,nick,comment,url\n1,Ann,"a,/x/\n', "waline", "Line 2 is not CSV"),
    (
        "-- MySQL dump\nINSERT INTO `wl_Comment` VALUES (1,'nick','a');\n",
        "waline",
        "Dump the structure",
    ),
    (
        "-- MySQL dump\nCREATE TABLE `x` (\n`a` int\n);\n",
        "waline",
        "no table of comments of Waline",
    ),
]


@pytest.mark.parametrize(("content", "format", "reason"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_cannot_be_read_says_why_and_what_to_do(content, format, reason, bring, stored):
    with pytest.raises(Unreadable, match=reason):
        bring(content, format)

    assert stored() == []
