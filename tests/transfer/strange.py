# ruff: noqa: E501 -- lines of exports are as their systems write them.
"""Small files of our own in the shapes that other releases and tools of these systems write."""

import json
import sqlite3
from pathlib import Path


def disqus(*members: str) -> str:
    """Return an export of Disqus."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<disqus xmlns="http://disqus.com"'
        ' xmlns:dsq="http://disqus.com/disqus-internals">' + "".join(members) + "</disqus>"
    )


def thread(id: int, link: str, *, identifier: str = "", title: str = "") -> str:
    """Return a thread of Disqus."""
    return (
        f'<thread dsq:id="{id}"><id>{identifier}</id><link>{link}</link>'
        f"<title>{title}</title><isClosed>false</isClosed><isDeleted>false</isDeleted></thread>"
    )


def post(
    id: int,
    of: int,
    text: str,
    *,
    name: str = "Ann",
    deleted: bool = False,
    spam: bool = False,
    at: str = "2013-10-10T19:20:29Z",
) -> str:
    """Return a post of Disqus."""
    return (
        f'<post dsq:id="{id}"><id/><message><![CDATA[<p>{text}</p>]]></message>'
        f"<createdAt>{at}</createdAt><isDeleted>{str(deleted).lower()}</isDeleted>"
        f"<isSpam>{str(spam).lower()}</isSpam><author><name>{name}</name>"
        f'<isAnonymous>true</isAnonymous></author><thread dsq:id="{of}"/></post>'
    )


#: As Python's ElementTree writes an export that a script has split.
DISQUS_OF_ELEMENTTREE = (
    '<ns0:disqus xmlns:ns0="http://disqus.com" xmlns:ns1="http://disqus.com/disqus-internals">'
    '<ns0:thread ns1:id="1"><ns0:link>https://blog.example/et/</ns0:link></ns0:thread>'
    '<ns0:post ns1:id="2"><ns0:message>Split</ns0:message>'
    "<ns0:createdAt>2013-10-10T19:20:29Z</ns0:createdAt><ns0:isDeleted>false</ns0:isDeleted>"
    '<ns0:author><ns0:name>N</ns0:name></ns0:author><ns0:thread ns1:id="1"/></ns0:post>'
    "</ns0:disqus>"
)


def wxr(*items: str, prefix: str = "wp", version: str = "1.2", encoding: str = "UTF-8") -> str:
    """Return an export of WordPress."""
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0"'
        f' xmlns:{prefix}="http://wordpress.org/export/{version}/"><channel><title>B</title>'
        + "".join(items).replace("wp:", f"{prefix}:")
        + "</channel></rss>"
    )


def item(
    text: str,
    *,
    link: str = "https://blog.example/wp/",
    guid: str = "",
    password: str = "",
    title: str = "",
    author: str = "Bea",
    url: str = "",
) -> str:
    """Return a post of WordPress with one comment."""
    return (
        f"<item><title><![CDATA[{title}]]></title><link>{link}</link><guid>{guid}</guid>"
        f"<wp:post_password>{password}</wp:post_password><wp:status>publish</wp:status>"
        f"<wp:comment><wp:comment_id>1</wp:comment_id><wp:comment_author><![CDATA[{author}]]>"
        f"</wp:comment_author><wp:comment_author_url>{url}</wp:comment_author_url>"
        "<wp:comment_date_gmt>2014-01-14 17:00:00</wp:comment_date_gmt>"
        f"<wp:comment_content><![CDATA[{text}]]></wp:comment_content>"
        "<wp:comment_approved>1</wp:comment_approved></wp:comment></item>"
    )


_LEANCLOUD = {
    "nick": "V",
    "mail": "v@mail.example",
    "url": "/lc/",
    "createdAt": "2019-05-06T07:08:09.000Z",
    "ACL": {"*": {"read": True}},
}
#: A class that Valine began and Waline went on with, as LeanCloud exports it.
LEANCLOUD = "\n".join(
    [
        '#filetype:JSON-streaming {"type":"Class","class":"Comment"}',
        *(
            json.dumps({**_LEANCLOUD, **values})
            for values in (
                {"objectId": "a", "comment": "<p>From Valine</p>"},
                {"objectId": "b", "comment": "From *Waline*", "status": "approved", "rid": "a"},
                {"objectId": "c", "comment": "Held", "status": "waiting"},
                {"objectId": "d", "comment": "Pills", "status": "spam"},
            )
        ),
        "",
    ]
)

WALINE_OLD_ROWS = json.dumps(
    {
        "errno": 0,
        "data": {
            "type": "waline",
            "version": 1,
            "data": {
                "Comment": [
                    {
                        "objectId": 1,
                        "comment": "<p>Was <b>HTML</b></p>",
                        "nick": "W",
                        "url": "/w/",
                        "status": "",
                        "insertedAt": {"$date": {"$numberLong": "1612421386000"}},
                    }
                ],
                "Users": [],
            },
        },
    }
)

WALINE_MYSQL = """-- MySQL dump 10.13  Distrib 8.0
/*!40101 SET NAMES utf8mb4 */;
# It's a comment
DROP TABLE IF EXISTS `wl_Comment`;
CREATE TABLE `wl_Comment` (
  `id` int(11) unsigned NOT NULL AUTO_INCREMENT,
  `comment` text,
  `insertedAt` timestamp NULL DEFAULT CURRENT_TIMESTAMP,
  `nick` varchar(255) DEFAULT 'a, (b',
  `status` varchar(50) NOT NULL DEFAULT '',
  `pid` int(11) DEFAULT NULL,
  `url` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `idx_url` (`url`)
) ENGINE=InnoDB;
INSERT INTO `wl_Comment` VALUES (1,'It\\'s; fine\\nnext','2026-01-02 08:00:00','O\\'Neil','approved',NULL,'/w/'),(2,'Pills (cheap)','2026-01-02 08:00:01','B','spam',1,'/w/');
CREATE TABLE `wl_Users` (
  `id` int(11),
  `password` varchar(255)
);
INSERT INTO `wl_Users` VALUES (1,'secrethash');
"""

WALINE_POSTGRES = """--
-- PostgreSQL database dump
--
COPY public.wl_comment (id, comment, insertedat, nick, status, pid, url) FROM stdin;
1\tOf\\nPostgreSQL\t2026-01-02 08:00:00\tP\twaiting\t0\t/w/
\\.
"""

WALINE_CSV = (
    '"id","nick","status","insertedAt","comment","pid","url"\r\n'
    '1,Ann,approved,2021-10-26 13:00:38,"<p>a, ""b""</p>",,/csv/\r\n'
    '2,Bob,waiting,2021-10-26 13:00:39,"Two\n-- lines",1,/csv/\r\n'
)

ISSO_JSON = json.dumps(
    [
        {
            "id": "/generic/",
            "title": "G",
            "comments": [
                {
                    "id": 0,
                    "author": "A",
                    "email": "",
                    "website": "",
                    "remote_addr": "203.0.113.0",
                    "created": "2005-02-24 04:03:37",
                    "text": "From *anywhere*",
                }
            ],
        }
    ]
)

ISSO_DUMP = """PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE threads ( id INTEGER PRIMARY KEY, uri VARCHAR(256) UNIQUE, title VARCHAR(256));
INSERT INTO threads VALUES(1,'/dump/','It''s');
CREATE TABLE IF NOT EXISTS "comments" ( tid REFERENCES threads(id), id INTEGER PRIMARY KEY, parent INTEGER, created FLOAT NOT NULL, mode INTEGER, remote_addr VARCHAR, text VARCHAR NOT NULL, author VARCHAR, likes INTEGER DEFAULT 0, dislikes INTEGER DEFAULT 0, voters BLOB NOT NULL);
INSERT INTO comments VALUES(1,1,NULL,1600000000.5,1,'203.0.113.0',replace('Two\\nlines','\\n',char(10)),'A',2,1,X'00ff');
INSERT INTO comments VALUES(1,2,1,1600000001.5,2,'203.0.113.0','<a href="https://x.example/">x</a> and <em>more</em>','B',0,0,X'00');
COMMIT;
"""

#: `pg_dump --inserts` names no columns; the comments come before their pages.
CUSDIS_INSERTS = """--
-- PostgreSQL database dump
--
CREATE TABLE public.comments (
    id text NOT NULL,
    "pageId" text NOT NULL,
    created_at timestamp(3) without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    content text,
    approved boolean DEFAULT false NOT NULL
);
CREATE TABLE public.pages (
    id text NOT NULL,
    slug text NOT NULL
);
INSERT INTO public.comments VALUES ('1', 'p', '2023-07-22 05:26:40', 'Hi (you), all', true);
INSERT INTO public.pages VALUES ('p', '/inserts/');
"""

#: Sorted by name, as `jq -S` leaves it; Commento leaves out that a comment was deleted.
COMMENTO_SORTED = json.dumps(
    {
        "commenters": [],
        "comments": [
            {
                "commentHex": "c1",
                "commenterHex": "anonymous",
                "domain": "blog.example",
                "url": "/c/",
                "markdown": "[deleted]",
                "parentHex": "root",
                "state": "approved",
                "creationDate": "2021-11-02T19:03:37Z",
            },
            *(
                {
                    "commentHex": f"c{number}",
                    "commenterHex": "0" * 64,
                    "domain": "blog.example",
                    "url": "/c/",
                    "markdown": f"Answer {number}",
                    "parentHex": "c1",
                    "state": "approved",
                    "creationDate": f"2021-11-0{number}T19:03:37Z",
                }
                for number in (3, 4)
            ),
        ],
        "version": 1,
    }
)

ARTALK_V1 = json.dumps(
    {
        "id": "1",
        "rid": "0",
        "content": "<p>Old <b>Artalk</b></p>",
        "nick": "N",
        "date": "Thu Oct 28 2021 20:50:15 GMT+0800 (China Standard Time)",
        "page_key": "/artalk/",
        "is_pending": False,
    }
)

#: As mongoexport and stores without lists of their own write it.
TWIKOO_MONGO = json.dumps(
    {
        "results": [
            {
                "_id": {"$oid": "5f00"},
                "nick": "T",
                "url": "/t/",
                "comment": "<p>Hi</p>",
                "isSpam": False,
                "created": {"$numberLong": "1612421386000"},
                "ups": '["a", "b"]',
                "downs": [],
            }
        ]
    }
)

REMARK42_V0 = (
    '{"version":0,"users":null,"posts":null}\n'
    '{"id":"a","pid":"","text":"<p>First release</p>","user":{"name":"N","id":"x"},'
    '"locator":{"site":"s","url":"https://blog.example/r/"},"time":"2017-12-20T15:18:22-06:00"}\n'
)


def waline_database(target: Path) -> Path:
    """Write Waline's database for SQLite, with a prefix of its own."""
    with sqlite3.connect(target) as db:
        db.executescript(
            'CREATE TABLE "my_Comment" (id INTEGER PRIMARY KEY, comment TEXT, insertedAt TEXT,'
            " nick TEXT, status TEXT, pid INT, url TEXT, sticky BOOLEAN, like INT);"
            "CREATE TABLE my_Users (id INTEGER PRIMARY KEY, password TEXT);"
            "INSERT INTO my_Users VALUES (1, 'secrethash');"
            "INSERT INTO my_Comment VALUES"
            " (1, 'Of *SQLite*', '2026-01-02 08:00:00', 'W', 'approved', NULL, '/w/', 1, 3),"
            " (2, 'Held', '2026-01-02 08:00:01', 'W', 'waiting', 1, '/w/', 0, NULL);"
        )
    db.close()
    return target
