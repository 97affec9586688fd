# ruff: noqa: E501 -- lines of exports are as their systems write them.
"""Small exports of our own, with the traps that real ones have."""

import gzip
import io
import json
import sqlite3
import zipfile
from pathlib import Path

DISQUS = """
<?xml version="1.0"?>
<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">
<thread dsq:id="1"><id/><link>http://blog.example/a/?utm_source=x</link><title>Tom & Jerry</title></thread>
<thread dsq:id="2"><id/><link>https://blog.example/a/</link><title>Again</title></thread>
<thread dsq:id="3"><id/><link>http://localhost:4000/b/</link><title>Local</title></thread>
<thread dsq:id="4"><id/></thread>
<thread dsq:id="5"><link>https://blog.example/gone/</link><isDeleted>true</isDeleted></thread>
<thread dsq:id="6"><link>https://blog.example/nobody/</link></thread>
<post dsq:id="12"><message><![CDATA[<p>An <b>answer</b>.</p>]]></message><createdAt>2013-10-11T06:51:33Z</createdAt>
 <isDeleted>false</isDeleted><isSpam>false</isSpam><author><name>Ann</name><email>Ann@Mail.example</email></author>
 <ipAddress>203.0.113.9</ipAddress><thread dsq:id="1"/><parent dsq:id="11"/></post>
<post dsq:id="11"><message/><createdAt>2013-10-10T19:20:29Z</createdAt><isDeleted>true</isDeleted>
 <isSpam>false</isSpam><author><name>Peter</name></author><thread dsq:id="1"/></post>
<post dsq:id="13"><message>Buy pills</message><createdAt>2013-10-12T00:00:00</createdAt>
 <isDeleted>false</isDeleted><isSpam>true</isSpam><author><name>S</name></author><thread dsq:id="2"/></post>
<post dsq:id="14"><message>No thread</message><createdAt>2013-10-12T00:00:00Z</createdAt>
 <isDeleted>false</isDeleted><isSpam>false</isSpam><author><name>W</name></author><thread dsq:id="99"/></post>
<post dsq:id="15"><message><![CDATA[<p> </p>]]></message><createdAt>2013-10-12T00:00:00Z</createdAt>
 <isDeleted>false</isDeleted><isSpam>false</isSpam><author><name>E</name></author><thread dsq:id="1"/></post>
<post dsq:id="16"><message>On a local page</message><createdAt>2013-10-13T00:00:00Z</createdAt>
 <isDeleted>false</isDeleted><isSpam>false</isSpam><author><name>L</name></author><thread dsq:id="3"/></post>
<post dsq:id="17"><message>Of a thread that was removed</message><createdAt>2013-10-14T00:00:00Z</createdAt>
 <isDeleted>false</isDeleted><isSpam>false</isSpam><author><name>G</name></author><thread dsq:id=5/></post>
</disqus>
"""

WORDPRESS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rss xmlns:wp="https://wordpress.org/export/1.3/">'
    "<channel><title>Blog</title><item><title>Tea &amp; cake</title>"
    "<link>https://blog.example/?p=7</link><wp:status>publish</wp:status>"
    + "".join(
        f"<wp:comment><wp:comment_id> {id} </wp:comment_id><wp:comment_author><![CDATA[{name}]]>"
        f"</wp:comment_author><wp:comment_author_email>{name}@mail.example\n"
        f"</wp:comment_author_email><wp:comment_author_url>{url}</wp:comment_author_url>"
        f"<wp:comment_author_IP>203.0.113.9</wp:comment_author_IP>"
        f"<wp:comment_date>{local}</wp:comment_date><wp:comment_date_gmt>{gmt}"
        f"</wp:comment_date_gmt><wp:comment_content><![CDATA[{text}]]></wp:comment_content>"
        f"<wp:comment_approved>{approved}</wp:comment_approved>"
        f"<wp:comment_type>{kind}</wp:comment_type><wp:comment_parent>{parent}"
        f"</wp:comment_parent><wp:comment_user_id>0</wp:comment_user_id></wp:comment>"
        for id, name, url, local, gmt, text, approved, kind, parent in (
            # An answer before its parent; a bare & and a control character.
            (
                *(3, "Bea", "https://a.example/?x=1&y=2", "2014-01-14 18:00:00"),
                *("2014-01-14 17:00:00", "One\nTwo \x08]]]]><![CDATA[> end &amp;", "1", "", 2),
            ),
            (2, "Al", "", "2014-01-14 17:30:00", "2014-01-14 16:30:00", "First", 1, "comment", 0),
            # The id again, for another comment; its date is local only.
            (2, "Cy", "", "2014-02-01 12:00:00", "0000-00-00 00:00:00", "Same id", 0, "review", 0),
            (4, "Di", "", "", "2014-02-02 12:00:00", "In the bin", "trash", "", 0),
            (5, "Ed", "", "", "2014-02-03 12:00:00", "Orphan", "1", "", 999),
            (6, "Pi", "", "", "2014-02-04 12:00:00", "ping", "1", "pingback", 0),
            (7, "No", "", "", "0000-00-00 00:00:00", "No date", "1", "", 0),
        )
    )
    + "</item><item><title>A draft</title><link>https://blog.example/draft</link>"
    "<wp:status>private</wp:status><wp:comment><wp:comment_id>8</wp:comment_id>"
    "<wp:comment_date_gmt>2014-02-05 12:00:00</wp:comment_date_gmt><wp:comment_content>Hidden"
    "</wp:comment_content><wp:comment_approved>1</wp:comment_approved></wp:comment></item>"
    "</channel></rss>\n"
)

REMARK42 = "\n".join(
    json.dumps(line)
    for line in (
        {
            "version": 1,
            "users": [
                {
                    "id": "u_bad",
                    "blocked": {"status": True, "until": "2126-11-29T13:46:04.999406617Z"},
                },
                {"id": "u_old", "blocked": {"status": True, "until": "2018-12-23T02:55:22-06:00"}},
            ],
            "posts": [{"url": "https://blog.example/r/", "read_only": True}],
        },
        {
            "id": "b",
            "pid": "a",
            "text": "<p>An <em>answer</em></p>",
            "orig": "An *answer*",
            "user": {"name": "Bad", "id": "u_bad", "ip": "abc"},
            "locator": {"url": "https://blog.example/r/"},
            "votes": {"x": True, "y": False, "z": True},
            "time": "2021-01-02T00:00:00.123456789+02:00",
            "edit": {"time": "2021-01-03T00:00:00Z", "summary": ""},
            "pin": True,
        },
        {
            "id": "a",
            "pid": "",
            "text": "",
            "user": {"name": "Gone", "id": "u_gone"},
            "locator": {"url": "https://blog.example/r/"},
            "time": "2021-01-01T00:00:00Z",
            "delete": True,
            "title": "R",
        },
    )
)

WALINE = json.dumps(
    {
        "type": "waline",
        "version": 1,
        "data": {
            "Users": [{"email": "admin@mail.example", "password": "$2a$08$secrethash"}],
            "Comment": [
                {
                    "objectId": 1,
                    "comment": "Nice **post**",
                    "nick": "Wu",
                    "mail": "wu@mail.example",
                    "url": "/w/",
                    "status": "approved",
                    "insertedAt": "2026-01-02 08:00:00",
                    "like": 3,
                    "sticky": True,
                },
                {
                    "objectId": 2,
                    "pid": 1,
                    "comment": "Waits",
                    "nick": "Li",
                    "url": "/w/",
                    "status": "waiting",
                    "insertedAt": "2026-01-02 09:00:00",
                },
                {
                    "objectId": 3,
                    "comment": "Cheap pills",
                    "nick": "Sp",
                    "url": "/w/",
                    "status": "spam",
                    "insertedAt": "2026-01-02 10:00:00",
                },
            ],
        },
    }
)

TWIKOO = json.dumps(
    [
        {
            "_id": "t1",
            "nick": "Tw",
            "url": "/t/",
            "href": "https://blog.example/t/",
            "comment": "<p>Hello <b>you</b></p>",
            "isSpam": False,
            "ups": ["a", "b"],
            "created": 1700000000000,
        },
        {
            "_id": "t2",
            "pid": "t1",
            "nick": "Un",
            "url": "/t/",
            "href": "https://blog.example/t/",
            "comment": "<p>Never checked</p>",
            "created": 1700000001000,
        },
    ],
    indent=1,
)

ARTALK = json.dumps(
    [
        {
            "id": "9",
            "rid": "0",
            "content": "From *Artalk*",
            "created_at": "2022-03-04 05:06:07 +0800",
            "is_pending": "false",
            "is_pinned": True,
            "vote_up": "4",
            "vote_down": "1",
            "nick": "Ar",
            "email": "ar@mail.example",
            "page_key": "/k.html",
            "page_title": "K",
            "site_name": "S",
        },
        {
            "id": "10",
            "rid": "9",
            "content": "Pending",
            "created_at": "2022-03-04 05:07:07 +0800",
            "is_pending": "true",
            "nick": "Pe",
            "page_key": "/k.html",
            "site_name": "S",
        },
    ]
)

VALINE = json.dumps(
    [
        {
            "objectId": "v1",
            "nick": "Va",
            "comment": "<p>Old &amp; gold</p>",
            "url": "/v/",
            "insertedAt": {"__type": "Date", "iso": "2019-05-06T07:08:09.000Z"},
        }
    ]
)

COMMENTO = json.dumps(
    {
        "version": 1,
        "comments": [
            {
                "commentHex": "c1",
                "commenterHex": "p1",
                "domain": "blog.example",
                "path": "/c/",
                "markdown": "By Commento",
                "parentHex": "root",
                "score": 5,
                "state": "approved",
                "creationDate": "2021-11-02T19:03:37.088Z",
            },
            {
                "commentHex": "c2",
                "commenterHex": "anonymous",
                "domain": "blog.example",
                "path": "/c/",
                "markdown": "Reported",
                "parentHex": "c1",
                "score": -2,
                "state": "flagged",
                "creationDate": "2021-11-03T19:03:37.088Z",
            },
        ],
        "commenters": [{"commenterHex": "p1", "name": "Bugs", "email": "bugs@mail.example"}],
    }
)

COMENTARIO = json.dumps(
    {
        "version": 3,
        "pages": [{"id": "g", "path": "/three/", "title": "Three"}],
        "comments": [
            {
                "id": "d1",
                "pageId": "g",
                "userCreated": "p1",
                "markdown": "By Comentario",
                "isApproved": True,
                "isSticky": True,
                "createdTime": "2023-11-14T20:15:12.000Z",
                "deletedTime": "0001-01-01T00:00:00.000Z",
            }
        ],
        "commenters": [{"id": "p1", "name": "Daffy", "email": "daffy@mail.example"}],
    }
)


def isso(target: Path) -> Path:
    """Write a database of Isso without the column `notification`."""
    with sqlite3.connect(target) as db:
        db.executescript(
            "CREATE TABLE threads (id INTEGER PRIMARY KEY, uri TEXT, title TEXT);"
            "CREATE TABLE comments (tid INT, id INTEGER PRIMARY KEY, parent INT, created FLOAT,"
            " modified FLOAT, mode INT, remote_addr TEXT, text TEXT, author TEXT, email TEXT,"
            " website TEXT, likes INT, dislikes INT, voters BLOB);"
            "INSERT INTO threads VALUES (1, '/i/?id=1', 'I'), (2, '/empty/', 'E');"
            "INSERT INTO comments VALUES"
            " (1, 1, NULL, 1600000000.5, NULL, 4, '203.0.113.0', '', NULL, 'x@m.example', NULL,"
            "  0, 0, x'00'),"
            " (1, 2, 1, 1600000001.5, 1600000099, 1, '203.0.113.0', 'A **child**',"
            "  'O&lt;i&gt;', NULL, 'https://s.example/?a=1&amp;b=2', 7, 2, x'00'),"
            " (1, 3, NULL, 1600000002.5, NULL, 2, '203.0.113.0', 'Held', NULL, NULL, NULL, 0, 0,"
            "  x'00'),"
            " (1, 4, NULL, 1600000003.5, NULL, 1, '', '<p>Was <b>imported</b></p>', 'H', NULL,"
            "  NULL, 0, 0, x'00');"
        )
    db.close()
    return target


def cusdis(target: Path) -> Path:
    """Write a database of Cusdis with dates as numbers and as text."""
    with sqlite3.connect(target) as db:
        db.executescript(
            "CREATE TABLE pages (id TEXT, slug TEXT, url TEXT, title TEXT, projectId TEXT);"
            "CREATE TABLE comments (id TEXT, pageId TEXT, created_at DATETIME, deletedAt DATETIME,"
            " moderatorId TEXT, by_email TEXT, by_nickname TEXT, content TEXT, approved BOOLEAN,"
            " parentId TEXT);"
            "INSERT INTO pages VALUES ('p', 's', 'https://blog.example/u/', 'U', 'x'),"
            " ('q', 'slug-only', NULL, NULL, 'y');"
            "INSERT INTO comments VALUES"
            " ('1', 'p', 1690000000000, 1690099999999, NULL, 'a@m.example', 'A', 'Gone', 1, NULL),"
            " ('2', 'p', '2023-07-22 05:26:40', NULL, NULL, 'b@m.example', 'B', 'Child', 1, '1'),"
            " ('3', 'q', 1690000002000, NULL, 'mod', NULL, 'M', 'Held', 0, NULL);"
        )
    db.close()
    return target


CUSDIS_SQL = """--
-- PostgreSQL database dump
--
SET client_encoding = 'UTF8';

INSERT INTO public.pages (id, slug, url, title, "projectId") VALUES ('p', 's', NULL, 'It''s; fine', 'x');

COPY public.comments (id, "pageId", created_at, "deletedAt", "moderatorId", by_email, by_nickname, content, approved, "parentId") FROM stdin;
1\tp\t2023-07-22 05:26:40.5\t\\N\t\\N\ta@m.example\tA\tTwo\\nlines; and a \\\\\tt\t\\N
\\.

INSERT INTO public.comments (id, "pageId", created_at, "deletedAt", "moderatorId", by_email, by_nickname, content, approved, "parentId") VALUES ('2', 'p', '2023-07-22 05:26:41', NULL, NULL, NULL, 'B', 'A line;
and ''another''', false, '1');
"""


def zipped(*members: tuple[str, str]) -> bytes:
    """Return a ZIP archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return out.getvalue()


def gzipped(text: str) -> bytes:
    """Return a text compressed."""
    return gzip.compress(text.encode())
