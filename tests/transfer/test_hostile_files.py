"""Broken and hostile files end in a sentence and store nothing."""

import gzip
import json
import sqlite3
import time

import pytest

from moderation.services.transfer import files
from moderation.services.transfer.html_markdown import convert
from moderation.services.transfer.records import Unreadable
from moderation.services.transfer.xml_repair import repaired
from tests.conftest import one_store
from tests.transfer import exports
from tests.transfer.conftest import dump

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE disqus [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    "<disqus>&b;</disqus>"
)
FILES = {
    "nothing": (b"", "is empty"),
    "an entity bomb": (BOMB, "document type"),
    "cut off XML": (exports.DISQUS[:900], "not well-formed"),
    "cut off JSON": (exports.WALINE[:300], "cut off"),
    "cut off lines": (exports.REMARK42[:-40], "Line 3"),
    "a cut off archive": (exports.gzipped(exports.WALINE)[:-20], "cut off"),
    "a damaged archive": (b"\x1f\x8b\x08\x00" + b"x" * 90, "cannot be unpacked"),
    "two files": (exports.zipped(("a.xml", "<rss/>"), ("b.xml", "<rss/>")), "2 files"),
    "no file": (exports.zipped(), "no file"),
    "an archive in an archive": (gzip.compress(exports.gzipped("{}")), "compressed twice"),
    "another encoding": (exports.WALINE.encode("utf-16")[2:], "not recognised"),
    "bytes that are no text": (exports.REMARK42.encode() + b"\n\xff\xfe", "Line 4"),
    "an encoding that is none": (b'<?xml version="1.0" encoding="utf-7"?><rss/>', "utf-7"),
    "Latin letters as UTF-8": (
        '<?xml version="1.0" encoding="UTF-8"?><rss>é</rss>'.encode("latin-1"),
        "not UTF-8",
    ),
    "another program": (b"\x7fELF" + bytes(400), "not recognised"),
    "another JSON": ('{"hello": 1}', "not recognised"),
    "an unknown version": ('{"version": 481}', "481"),
    "half a database": (b"SQLite format 3\x00" + b"\x01" * 5000, "damaged"),
    "names without end": (
        "<rss><channel><item>" + "".join(f'<n{n} a="{n}"/>' for n in range(11_000)),
        "different names",
    ),
    "deep JSON": ('{"version":1,"comments":[' + "[" * 200_000, "cut off|not JSON"),
}


@one_store
@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_ends_in_a_sentence_and_nothing_is_stored(name, bring, session):
    content, sentence = FILES[name]
    before = dump(session)

    with pytest.raises(Unreadable, match=sentence) as caught:
        bring(content)

    assert dump(session) == before
    assert str(caught.value).endswith(".")


@one_store
def test_a_line_without_end_is_not_held_in_memory(bring, tmp_path):
    target = tmp_path / "long.gz"
    with gzip.open(target, "wb", compresslevel=1) as out:
        out.write(b'{"version":1,"users":[],"posts":[]}\n{"id":"')
        for _ in range(400):
            out.write(b"abcdefghij" * 2000)

    with pytest.raises(Unreadable, match="longer than"):
        bring(target, "remark42")


@one_store
def test_a_file_that_expands_without_measure_is_refused(bring, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "FREE_EXPANSION", 1 << 20)
    target = tmp_path / "bomb.gz"
    with gzip.open(target, "wb") as out:
        out.write(b"[")
        for _ in range(400):
            out.write(b" " * (1 << 16))

    with pytest.raises(Unreadable, match="expands to more"):
        bring(target, "twikoo")


@one_store
def test_a_view_in_place_of_a_table_is_not_run(bring, tmp_path):
    target = tmp_path / "evil.db"
    with sqlite3.connect(target) as db:
        db.execute("CREATE TABLE threads (id INTEGER PRIMARY KEY, uri TEXT, title TEXT)")
        db.execute(
            "CREATE VIEW comments AS WITH RECURSIVE f(n) AS (SELECT 1 UNION ALL SELECT n + 1"
            " FROM f) SELECT n AS tid FROM f"
        )
    db.close()

    with pytest.raises(Unreadable, match="no tables of Isso"):
        bring(target, "isso")


@one_store
def test_values_of_other_types_are_refused_one_by_one(bring):
    rows = [
        None,
        7,
        {"_id": {"a": 1}, "created": 5},
        {"_id": "x", "created": "never"},
        {"_id": "y", "created": 1e300, "comment": "t", "url": "/a/"},
        {"_id": "z", "created": 1700000000000, "comment": ["t"], "url": "/a/", "isSpam": False},
        {"_id": "f", "created": 4102444800000, "comment": "t", "url": "/a/", "isSpam": False},
        {"_id": "\ud800", "nick": 5, "created": 1700000000000, "comment": "a\0b", "url": "/a/"},
    ]

    done = bring(json.dumps(rows), "twikoo")

    assert (done.plan.refused, done.result.stored.added) == (7, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_repairs_do_not_depend_on_where_the_text_is_cut(size):
    broken = (
        "x<?xml?><r><a x=1/>A & B &nbsp;&#8;<c><![CDATA[1 ]]> 2 ]]]]><![CDATA[> 3]]></c>\x08</r>"
    )

    fixed = "".join(repaired(broken[i : i + size] for i in range(0, len(broken), size)))

    assert fixed == (
        '<?xml?><r><a x="1"/>A &amp; B &#160;<c><![CDATA[1 ]]]]><![CDATA[> 2 ]]]]><![CDATA[> 3]]>'
        "</c></r>"
    )


HTML = [
    ("<p>Hello, <b>World</b>.</p><p>Two &amp; three</p>", "Hello, **World**.\n\nTwo & three"),
    ("<ul><li>a<br/></li>\n<li>b <em>x</em></li></ul><p>z</p>", "- a\n- b *x*\n\nz"),
    ("<blockquote><p>q</p></blockquote><p>mine</p>", "> q\n>\nmine"),
    ("<p>*stars* and 1. no</p>", "\\*stars\\* and 1. no"),
    ("<pre><code>x &lt; y\n  *z*\n</code></pre>", "```\nx < y\n  *z*\n```"),
    ('<a href="https://a.example/x_y">https://a.exam...</a>', "<https://a.example/x_y>"),
    ('<a href="https://a.example/(x)">there</a>', "[there](https://a.example/%28x%29)"),
    ('<b>a</b> <script>alert(1)</script><a href="javascript:alert(1)">x</a>', "**a** x"),
    ("<b>across <p>two</b> x", "across\n\ntwo\n\n x"),
    ("<code>a`b</code>", "`` a`b ``"),
    ('<img class="wp-smiley" alt="🙂" src="https://s.w.org/x.png">', "🙂"),
]


@pytest.mark.parametrize(("html", "markdown"), HTML)
def test_html_becomes_markdown_that_shows_the_same(html, markdown):
    assert convert(html, lines=False)[0] == markdown


@pytest.mark.parametrize(
    "html", ["<a " * 9000, "<!--" * 9000, "&" * 40_000, "<b>" * 9000, "<" * 30_000]
)
def test_no_html_takes_more_than_linear_time(html):
    def seconds(text):
        begun = time.process_time()
        convert(text, lines=False)
        return time.process_time() - begun

    assert seconds(html) < 40 * max(seconds(html[: len(html) // 10]), 0.01)
