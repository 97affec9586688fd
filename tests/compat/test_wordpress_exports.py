"""Our WXR in WordPress' own importer, and a real WordPress' export in ours."""

import html
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from moderation.domain.status import Listing, Status
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from tests.compat import wordpress
from tests.conftest import make_settings
from tests.services.transfer.conftest import rich

__all__ = ["rich"]

pytestmark = pytest.mark.xdist_group("compat")

#: What a status here is called in WordPress.
THERE = {
    Status.APPROVED: "1",
    Status.HELD: "0",
    Status.SPAM: "spam",
    Status.REJECTED: "trash",
    Status.DELETED: "trash",
}


@pytest.fixture
def command(store):
    """Run a command against the test's store; return what it prints."""
    settings = make_settings(**store)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MODERATION_")}
    environment["MODERATION_SECRET_KEY"] = settings.secret_key
    if "database_url" in store:
        environment["MODERATION_DATABASE_URL"] = store["database_url"]
    else:
        environment["MODERATION_DATA_DIR"] = str(store["data_dir"])

    def run(*arguments, code=0):
        ran = subprocess.run(
            [sys.executable, "-m", "moderation", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout

    return run


@pytest.fixture
def empty_blog(blog):
    """The blog without posts and comments."""
    blog.php(
        "global $wpdb; foreach (['posts', 'postmeta', 'comments', 'commentmeta'] as $table)"
        " { $wpdb->query('DELETE FROM wp_' . $table); } return 1;"
    )
    return blog


@pytest.fixture
def stored(session):
    """Return the comments and their posts, by author and the second in which they were written."""

    def read():
        session.rollback()
        rows = session.execute(select(Comment, Post).join(Post, Post.id == Comment.post_id)).all()
        found = {(c.author_name, f"{c.created_at:%Y-%m-%d %H:%M:%S}"): (c, p) for c, p in rows}
        assert len(found) == len(rows)
        return found

    return read


def markup(text):
    """Return a comment's HTML without what WordPress writes in its own way."""
    text = re.sub(r' rel="[^"]*"', "", html.unescape(text))
    return re.sub(r"\s+", " ", re.sub(r"<br ?/?>|</?p>", " ", text)).strip()


# To WordPress

READ = (
    "global $wpdb; return $wpdb->get_results('SELECT c.*, p.post_title, p.post_date_gmt,"
    " p.comment_count FROM wp_comments c JOIN wp_posts p ON p.ID = c.comment_post_ID', ARRAY_A);"
)
IMPORT = (
    "require_once WP_PLUGIN_DIR . '/wordpress-importer/wordpress-importer.php';"
    "ob_start(); $importer = new WP_Import(); $importer->import($file); return ob_get_clean();"
)


def test_wordpress_importer_reads_our_file(rich, stored, command, empty_blog, tmp_path):
    if lacking := wordpress.importer_lacking():
        pytest.skip(reason=f"{lacking} is not there: see docs/testing.md")
    file = tmp_path / "news.xml"
    command("export", "--site", "news", "--format", "wxr", "--output", str(file))

    said = empty_blog.php(IMPORT, file=str(file))

    assert "All done" in said
    assert "Failed" not in said
    rows = {
        (html.unescape(row["comment_author"]), row["comment_date_gmt"]): row
        for row in empty_blog.php(READ)
    }
    there = {row["comment_ID"]: key for key, row in rows.items()}
    expected = {
        key: (comment, post)
        for key, (comment, post) in stored().items()
        if (comment.status, comment.listing) != (Status.DELETED, Listing.HIDDEN)
    }
    assert rows.keys() == expected.keys()
    here = {comment.id: key for key, (comment, _) in expected.items()}
    for key, (comment, post) in expected.items():
        row = rows[key]
        assert row["comment_approved"] == THERE[Status(comment.status)]
        assert there.get(row["comment_parent"]) == here.get(comment.parent_id)
        assert row["post_title"] == (post.title or post.external_id)
        assert row["comment_author_email"] == (comment.author_email or "")
        is_deleted = comment.status == Status.DELETED
        assert markup(row["comment_content"]) == ("" if is_deleted else markup(comment.html))
        public = [c for c, p in expected.values() if p.id == post.id and c.status == "approved"]
        assert int(row["comment_count"]) == len(public)
    assert {"0", "1", "spam", "trash"} == {row["comment_approved"] for row in rows.values()}
    assert any("\U0001f642" in row["comment_content"] for row in rows.values())

    # The same file again adds nothing.
    empty_blog.php(IMPORT, file=str(file))
    assert len(empty_blog.php(READ)) == len(rows)


# From WordPress

WRITE = r"""
update_option('timezone_string', 'Europe/Berlin');
update_option('permalink_structure', '/%year%/%postname%/');
$GLOBALS['wp_rewrite']->init();
function at($second) { return gmdate('Y-m-d H:i:s', 1700000000 + $second); }
$posts = [];
foreach ($pages as $name => $status) {
    $posts[$name] = wp_insert_post(wp_slash(['post_title' => "The <b>$name</b> & more",
        'post_name' => $name, 'post_status' => $status, 'post_date_gmt' => at(0),
        'post_date' => get_date_from_gmt(at(0)), 'post_author' => 1, 'post_content' => 'Hm.']));
}
$made = [];
foreach ($comments as $number => $comment) {
    $made[$number] = wp_insert_comment(wp_slash([
        'comment_post_ID' => $posts[$comment['page']], 'comment_content' => $comment['text'],
        'comment_parent' => isset($comment['parent']) ? $made[$comment['parent']] : 0,
        'comment_approved' => $comment['status'], 'comment_type' => $comment['type'] ?? 'comment',
        'comment_author' => $comment['name'] ?? 'Ada', 'comment_author_email' => 'ada@mail.example',
        'comment_author_url' => 'https://ada.example/?a=1&b=2', 'user_id' => $comment['user'] ?? 0,
        'comment_author_IP' => '203.0.113.9',
        'comment_date_gmt' => at($number), 'comment_date' => get_date_from_gmt(at($number)),
    ]));
}
wp_trash_post($posts['binned']);
return count($made);
"""
PAGES = {"story": "publish", "secret": "private", "binned": "publish"}


def remark(text, *, page="story", status="1", **more):
    return {"text": text, "page": page, "status": status, **more}


COMMENTS = [
    remark("A thread begins. \U0001f642"),
    *(remark(f"Level {level} of five.", parent=level - 1) for level in range(1, 5)),
    remark(
        'One\nTwo ]]> <b>bold</b> & <a href="https://x.example/?a=1&b=2">a link</a>', name="O'Neil"
    ),
    remark("It waits.", status="0", parent=0),
    remark("Buy pills", status="spam"),
    remark("In the bin", status="trash"),
    remark("Below the bin", parent=8),
    remark("By the editor", user=1, name="admin"),
    remark("Somebody linked here", type="pingback"),
    remark("So did another", type="trackback"),
    remark("A note beside a block", type="note"),
    remark("In a private post", page="secret"),
    remark("In a post that was thrown away", page="binned"),
]
#: Our status of each that comes along.
KEPT = {
    **dict.fromkeys((*range(6), 9, 10), Status.APPROVED),
    6: Status.HELD,
    **dict.fromkeys((8, 14, 15), Status.REJECTED),
}


def key_of(number):
    """Return the name and the second of a comment."""
    at = datetime.fromtimestamp(1_700_000_000 + number, UTC)
    return COMMENTS[number].get("name", "Ada"), f"{at:%Y-%m-%d %H:%M:%S}"


@pytest.fixture
def written(empty_blog, tmp_path):
    """The file that a real WordPress writes of its comments."""
    before = "return [get_option('timezone_string'), get_option('permalink_structure')];"
    zone, links = empty_blog.php(before)
    try:
        assert empty_blog.php(WRITE, pages=PAGES, comments=COMMENTS) == len(COMMENTS)
        file = tmp_path / "blog.WordPress.xml"
        file.write_text(empty_blog.admin("export.php?download=true&content=all"), encoding="utf-8")
    finally:
        restore = (
            "update_option('timezone_string', $zone); update_option('permalink_structure', $links);"
        )
        empty_blog.php(f"{restore} return 1;", zone=zone, links=links)
    return file


def test_what_wordpress_exports_is_imported(written, site, stored, command, tmp_path):
    arguments = ("import", "wordpress", str(written), "--site", "news")
    report = tmp_path / "report.json"

    command(*arguments, "--dry-run")
    assert stored() == {}
    command(*arguments, "--report", str(report))

    found = stored()
    assert {key: comment.status for key, (comment, _) in found.items()} == {
        key_of(number): status for number, status in KEPT.items()
    }
    keys = {comment.id: key for key, (comment, _) in found.items()}
    for number in KEPT:
        comment, post = found[key_of(number)]
        parent = COMMENTS[number].get("parent")
        assert keys.get(comment.parent_id) == (None if parent is None else key_of(parent))
        assert comment.author_website == "https://ada.example/?a=1&b=2"
        if COMMENTS[number]["page"] == "story":
            assert post.external_id == "/2023/story/"
            assert post.title == "The <b>story</b> & more"
    assert found[key_of(0)][0].text == COMMENTS[0]["text"]
    assert found[key_of(5)][0].text == (
        "One\nTwo ]]> **bold** & [a link](https://x.example/?a=1&b=2)"
    )
    reasons = [note["reason"] for note in json.loads(report.read_text())["notes"]]
    assert sorted(reasons) == sorted(
        f"its type is {each}" for each in ("note", "pingback", "trackback")
    )

    # The same file again adds nothing.
    command(*arguments)
    assert stored().keys() == found.keys()
