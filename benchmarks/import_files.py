"""Large files of the formats that imports read: the same ones each time, written as a stream."""

import gzip
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from xml.sax.saxutils import escape

TEXT = (
    "the a comment about this article is very good and I think that we should read it again "
    "because it is not known how long such a thread can be when people answer each other über "
    "straße naïve café 你好 世界 привет мир"
)
BEGIN = datetime(2015, 1, 1, tzinfo=UTC)
#: Comments of a page, on average.
PER_PAGE = 20
#: Newest pages that get comments at a time.
RECENT = 100


def entries(count: int) -> Iterator[dict[str, Any]]:
    """Yield comments that resemble a blog's: short, on recent pages, three in ten answers."""
    rng = random.Random(7)  # noqa: S311 - the same entries each time
    words_known = TEXT.split()
    #: The newest comment of each page that still gets some.
    newest: dict[int, int] = {}
    for number in range(count):
        page = max(0, number // PER_PAGE - rng.randrange(RECENT))
        newest.pop(number // PER_PAGE - RECENT, None)
        words = [rng.choice(words_known) for _ in range(rng.randint(5, 60))]
        yield {
            "id": number + 1,
            "page": page,
            "parent": newest.get(page) if rng.random() < 0.3 else None,
            "text": " ".join(words),
            "rich": rng.random() < 0.2,
            "name": f"Reader {rng.randrange(count // 5 + 1)}",
            "at": BEGIN + timedelta(seconds=number * 30),
            "status": rng.choices(("approved", "held", "spam"), (92, 3, 5))[0],
        }
        newest[page] = number + 1


def disqus(target: Path, count: int) -> None:
    with target.open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0"?><disqus xmlns="http://disqus.com" ')
        out.write('xmlns:dsq="http://disqus.com/disqus-internals">\n')
        for page in range(max(1, count // PER_PAGE)):
            out.write(f'<thread dsq:id="t{page}"><link>https://blog.example/post/{page}/</link>')
            out.write(f"<title>Post {page}</title></thread>\n")
        for each in entries(count):
            text = f"<p>{each['text']}</p>"
            if each["rich"]:
                text = f'<p><b>{each["text"]}</b> <a href="https://a.example/x">there</a></p>'
            parent = f'<parent dsq:id="{each["parent"]}"/>' if each["parent"] else ""
            out.write(
                f'<post dsq:id="{each["id"]}"><message><![CDATA[{text}]]></message>'
                f"<createdAt>{each['at']:%Y-%m-%dT%H:%M:%SZ}</createdAt><isDeleted>false"
                f"</isDeleted><isSpam>{str(each['status'] == 'spam').lower()}</isSpam><author>"
                f"<name>{each['name']}</name></author>"
                f'<thread dsq:id="t{each["page"]}"/>{parent}</post>\n'
            )
        out.write("</disqus>\n")


def remark42(target: Path, count: int) -> None:
    with gzip.open(target, "wt", encoding="utf-8", compresslevel=1) as out:
        out.write('{"version":1,"users":[],"posts":[]}\n')
        for each in entries(count):
            out.write(
                json.dumps(
                    {
                        "id": str(each["id"]),
                        "pid": str(each["parent"] or ""),
                        "text": f"<p>{each['text']}</p>",
                        "orig": f"**{each['text']}**" if each["rich"] else each["text"],
                        "user": {"name": each["name"], "id": f"u_{each['name']}"},
                        "locator": {"url": f"https://blog.example/post/{each['page']}/"},
                        "score": 1,
                        "time": each["at"].isoformat(),
                    }
                )
                + "\n"
            )


def waline(target: Path, count: int) -> None:
    with target.open("w", encoding="utf-8") as out:
        out.write('{"type":"waline","version":1,"data":{"Comment":[')
        for each in entries(count):
            row = {
                "objectId": each["id"],
                "pid": each["parent"],
                "comment": each["text"],
                "nick": each["name"],
                "mail": f"{each['name'].replace(' ', '')}@mail.example",
                "url": f"/post/{each['page']}/",
                "status": {"held": "waiting"}.get(each["status"], each["status"]),
                "insertedAt": f"{each['at']:%Y-%m-%d %H:%M:%S}",
            }
            out.write(("," if each["id"] > 1 else "") + json.dumps(row))
        out.write("]}}\n")


def isso(target: Path, count: int) -> None:
    with sqlite3.connect(target) as db:
        db.execute("CREATE TABLE threads (id INTEGER PRIMARY KEY, uri TEXT, title TEXT)")
        db.execute(
            "CREATE TABLE comments (tid INT, id INTEGER PRIMARY KEY, parent INT, created FLOAT,"
            " modified FLOAT, mode INT, text TEXT, author TEXT, email TEXT, website TEXT,"
            " likes INT, dislikes INT)"
        )
        pages = max(1, count // PER_PAGE)
        db.executemany(
            "INSERT INTO threads VALUES (?, ?, ?)",
            ((page + 1, f"/post/{page}/", f"Post {page}") for page in range(pages)),
        )
        db.executemany(
            "INSERT INTO comments VALUES (?, ?, ?, ?, NULL, ?, ?, ?, NULL, NULL, 0, 0)",
            (
                (
                    *(each["page"] + 1, each["id"], each["parent"], each["at"].timestamp()),
                    *(2 if each["status"] == "held" else 1, each["text"], each["name"]),
                )
                for each in entries(count)
            ),
        )


def wordpress(target: Path, count: int) -> None:
    with target.open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" ')
        out.write('xmlns:content="http://purl.org/rss/1.0/modules/content/" ')
        out.write('xmlns:wp="http://wordpress.org/export/1.2/">\n<channel>')
        out.write("<title>Blog</title><wp:wxr_version>1.2</wp:wxr_version>\n")
        pages: dict[int, list[dict[str, Any]]] = {}
        for each in entries(count):
            pages.setdefault(each["page"], []).append(each)
            if done := pages.pop(each["id"] // PER_PAGE - RECENT - 1, None):
                out.write(_wordpress_item(done))
        for rest in pages.values():
            out.write(_wordpress_item(rest))
        out.write("</channel></rss>\n")


def _wordpress_item(comments: list[dict[str, Any]]) -> str:
    page = comments[0]["page"]
    parts = [
        f"<item><title>Post {page}</title><link>https://blog.example/post/{page}/</link>"
        f"<wp:post_id>{page + 1}</wp:post_id><wp:comment_status>open</wp:comment_status>"
        "<wp:status>publish</wp:status>\n"
    ]
    for each in comments:
        text = f"<strong>{each['text']}</strong>" if each["rich"] else each["text"]
        approved = {"approved": "1", "held": "0", "spam": "spam"}[each["status"]]
        parts.append(
            f"<wp:comment><wp:comment_id>{each['id']}</wp:comment_id>"
            f"<wp:comment_author><![CDATA[{each['name']}]]></wp:comment_author>"
            f"<wp:comment_author_email>{_address(each)}</wp:comment_author_email>"
            f"<wp:comment_date_gmt>{each['at']:%Y-%m-%d %H:%M:%S}</wp:comment_date_gmt>"
            f"<wp:comment_content><![CDATA[{text}]]></wp:comment_content>"
            f"<wp:comment_approved>{approved}</wp:comment_approved><wp:comment_type/>"
            f"<wp:comment_parent>{each['parent'] or 0}</wp:comment_parent></wp:comment>\n"
        )
    return "".join(parts) + "</item>\n"


def _address(each: dict[str, Any]) -> str:
    return escape(f"{each['name'].replace(' ', '')}@mail.example")


_SPACE = UUID("9b2f5c1e-6f0f-4a9e-9c55-3d3b2f6f2a10")
#: What a filter wrote about a comment that it held.
_CAUSE = {
    "filter": "toxicity",
    "code": "TOXICITY",
    "score": 0.71,
    "threshold": 0.6,
    "outcome": "hold",
    "field": "text",
    "spans": [[0, 12]],
    "explanation": "",
}
_OUTCOMES = {"approved": "approve", "held": "hold", "spam": "spam"}


def jsonl(target: Path, count: int) -> None:
    """Write a site as `moderation export` does, one in ten comments with a vote."""
    pages = max(1, count // PER_PAGE)
    lines = 0
    with target.open("w", encoding="utf-8") as out:

        def write(type: str, **values: Any) -> None:
            nonlocal lines
            lines += 1
            out.write(json.dumps({"type": type, **values}, ensure_ascii=False) + "\n")

        write(
            "site",
            **{"format": 1, "title": "News", "origins": [], "settings": {}, "since": None},
            **{"created_at": _moment(BEGIN), "posts": []},
        )
        for name in sorted(f"/post/{page}/" for page in range(pages)):
            write(
                "post",
                **{"id": name, "title": f"Post {name}", "url": f"https://blog.example{name}"},
                **{"state": "open", "announced": True, "rules": None, "published_at": None},
                **{"event_at": None, "created_at": _moment(BEGIN)},
            )
        for each in entries(count):
            number, at = each["id"], _moment(each["at"])
            voted = number % 10 == 0
            held, id = each["status"] == "held", _id("comment", number)
            write("comment", **_jsonl_comment(each, id))
            write(
                "decision",
                **{"id": _id("decision", number), "comment": id, "revision": 1, "version": 1},
                **{"actor": "policy", "actor_name": "", "outcome": _OUTCOMES[each["status"]]},
                **{"previous_status": None, "status": each["status"], "reason": None, "note": ""},
                **{"causes": [_CAUSE] if held else [], "scores": {"toxicity": 0.1, "spam": 0.02}},
                **{"versions": {"toxicity": "2026-11"}, "policy": "0123456789abcdef"},
                **{"undoes": None, "batch": None, "created_at": at},
            )
            if voted:
                write("vote", comment=id, voter=f"{number:064x}", value=1, created_at=at)
        write("end", lines=lines + 1)


def _jsonl_comment(each: dict[str, Any], id: str) -> dict[str, Any]:
    number, at = each["id"], _moment(each["at"])
    held, voted = each["status"] == "held", int(number % 10 == 0)
    author = {
        **{"name": each["name"], "email": _address(each), "website": None, "id": None},
        **{"key": "email", "email_key": "email", "staff": False, "verified": False},
        "avatar": None,
    }
    return {
        **{"id": id, "post": f"/post/{each['page']}/", "status": each["status"]},
        **{"parent": _id("comment", each["parent"]) if each["parent"] else None},
        "author": author,
        "text": f"**{each['text']}**" if each["rich"] else each["text"],
        **{"revision": 1, "version": 1, "created_at": at, "edited_at": None},
        **{"decided_at": None if held else at, "escalated_at": None, "featured_at": None},
        **{"redacted_at": None, "verdict": _id("decision", number)},
        **{"reasons": ["TOXICITY"] if held else [], "score": 0.71 if held else 0.1},
        **{"priority_at": at, "votes": {"up": voted, "down": 0}},
        "uncounted_votes": {"up": 0, "down": 0},
    }


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def _id(kind: str, number: int) -> str:
    """Return an id that sorts by the comment's time, as ours do."""
    milliseconds = int((BEGIN + timedelta(seconds=number * 30)).timestamp() * 1000)
    rest = uuid5(_SPACE, f"{kind} {number}").int & ((1 << 80) - 1)
    rest = rest & ~(0xF << 76) | 7 << 76
    rest = rest & ~(3 << 62) | 2 << 62
    return str(UUID(int=milliseconds << 80 | rest))


MAKERS: dict[str, Callable[[Path, int], None]] = {
    "jsonl": jsonl,
    "disqus": disqus,
    "wordpress": wordpress,
    "isso": isso,
    "remark42": remark42,
    "waline": waline,
}
