"""Exports for other systems: well-formed, read by their readers, without what is not public."""

import csv
import io
from xml.etree import ElementTree

import pytest
from sqlalchemy import event

from moderation.services.transfer.exporting import Format
from tests.services.transfer.rich import ODD, of_type

WP = "{http://wordpress.org/export/1.2/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
D = "{http://disqus.com}"
DSQ = "{http://disqus.com/disqus-internals}"


def parsed(source, format):
    """Parse an export as strictly as expat does."""
    return ElementTree.fromstring(source.export(format))  # noqa: S314 (made here)


@pytest.fixture
def comments(source):
    return {line["id"]: line for line in of_type(source.export(), "comment")}


def test_wordpress_reads_items_comments_threads_and_statuses(source, comments):
    root = parsed(source, Format.WXR)

    assert (root.tag, root.find(f"channel/{WP}wxr_version").text) == ("rss", "1.2")
    items = root.findall("channel/item")
    assert [item.findtext("guid") for item in items] == ["2026/ä-b?page=2", "story"]
    story = items[1]
    assert story.findtext("title") == "The <story> & more"
    assert story.findtext("link").startswith("https://news.example/")
    assert story.findtext(f"{WP}post_type") == "post"
    assert story.findtext(f"{WP}status") == "publish"
    found = story.findall(f"{WP}comment")
    numbers = [int(c.findtext(f"{WP}comment_id")) for c in found]
    # WordPress' importer sorts by number, and finds only parents that came before.
    assert numbers == sorted(set(numbers))
    for each in found:
        parent = int(each.findtext(f"{WP}comment_parent"))
        assert parent < int(each.findtext(f"{WP}comment_id"))
        assert parent == 0 or parent in numbers
    statuses = [c.findtext(f"{WP}comment_approved") for c in found]
    assert set(statuses) == {"0", "1", "spam", "trash"}
    expected = [c for c in comments.values() if c["post"] == "story"]
    public = [c for c in expected if c["status"] == "approved"]
    assert statuses.count("1") == len(public)
    by_name = {c.findtext(f"{WP}comment_author"): c for c in found}
    odd = by_name["=cmd|' /C calc'!A0"].findtext(f"{WP}comment_content")
    assert "]]&gt;" in odd
    assert "שלום" in odd
    assert "<b>" not in odd
    deep = next(c for c in found if "Level 11" in c.findtext(f"{WP}comment_content"))
    assert len(deep.findtext(f"{WP}comment_date_gmt")) == 19


def test_wordpress_own_rules_for_a_file_hold(source):
    content = source.export(Format.WXR).decode()

    assert content.startswith("<?xml")
    # Its fallback reads line by line and looks for these at the start of one.
    for sign in ("<item>", "</item>", "<wp:comment>", "</wp:comment>"):
        assert content.count(sign) == content.count(f"\n{sign}\n")
    # A document type makes its first parser refuse a file.
    assert "<!DOCTYPE" not in content


def test_disqus_readers_get_threads_posts_and_nothing_that_waits(source, comments):
    root = parsed(source, Format.DISQUS)

    assert root.tag == f"{D}disqus"
    threads = {t.get(f"{DSQ}id"): t for t in root.findall(f"{D}thread")}
    assert sorted(t.findtext(f"{D}id") for t in threads.values()) == ["2026/ä-b?page=2", "story"]
    posts = {p.get(f"{DSQ}id"): p for p in root.findall(f"{D}post")}
    for each in posts.values():
        assert each.find(f"{D}thread").get(f"{DSQ}id") in threads
        parent = each.find(f"{D}parent")
        assert parent is None or int(parent.get(f"{DSQ}id")) < int(each.get(f"{DSQ}id"))
    assert b"canary-of-held" not in source.export(Format.DISQUS)
    written = {p.findtext(f"{D}id"): p for p in posts.values()}
    for id, line in comments.items():
        if line["status"] == "approved":
            assert written[id].findtext(f"{D}isDeleted") == "false"
            assert written[id].findtext(f"{D}isSpam") == "false"
            parent = written[id].find(f"{D}parent")
            has_parent = parent is not None
            assert has_parent is (line["parent"] is not None)
        elif line["status"] == "spam":
            assert written[id].findtext(f"{D}isSpam") == "true"
        elif id in written:
            assert written[id].findtext(f"{D}isDeleted") == "true"


def test_csv_has_every_comment_and_no_formula(source, comments):
    content = source.export(Format.CSV).decode()

    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert content.count("\r\n") >= len(rows) + 1
    assert [row["id"] for row in rows] == list(comments)
    assert [row["status"] for row in rows] == [c["status"] for c in comments.values()]
    odd = next(row for row in rows if "Käse" in row["text"])
    assert odd["author_name"].startswith("'=cmd")
    assert odd["text"].split("\n")[2:] == ODD.split("\n")[2:]
    for row in rows:
        for cell in row.values():
            assert not cell.lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("format", Format)
def test_comments_of_other_platforms_are_in_no_export(source, hold, format):
    before = source.export(format)

    hold()

    assert source.export(format) == before


@pytest.mark.parametrize("format", list(Format))
def test_no_page_of_an_export_sorts_the_comments_of_the_site(source, format):
    """Else each of the many pages of a large site would take as long as reading all of it."""
    if source.store.engine.dialect.name != "sqlite":
        pytest.skip(reason="PostgreSQL chooses by the statistics of a full table.")
    pages = []

    def note(connection, cursor, statement, parameters, context, many):
        if "FROM comments" in statement and "LIMIT" in statement:
            pages.append((statement, parameters))

    event.listen(source.store.engine, "before_cursor_execute", note)
    source.export(format)
    event.remove(source.store.engine, "before_cursor_execute", note)

    assert pages
    with source.store.engine.connect() as connection:
        for statement, parameters in pages:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            assert "TEMP B-TREE" not in str(plan.all())
