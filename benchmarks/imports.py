"""How fast imports are, and how much memory they take, by format and size.

    python -m benchmarks.imports [--sizes 10000 100000] [--formats disqus remark42 …]

Each run is a process of its own with an empty SQLite store. Times are those of the processor.
"""

import argparse
import gzip
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TEXT = (
    "the a comment about this article is very good and I think that we should read it again "
    "because it is not known how long such a thread can be when people answer each other über "
    "straße naïve café 你好 世界 привет мир"
)
BEGIN = datetime(2015, 1, 1, tzinfo=UTC)
#: Comments of a page, on average.
PER_PAGE = 20


def entries(count: int) -> Iterator[dict[str, Any]]:
    """Yield comments that resemble a blog's: short, three in ten of them answers."""
    rng = random.Random(7)  # noqa: S311 - the same entries each time
    words_known = TEXT.split()
    for number in range(count):
        page = rng.randrange(max(1, count // PER_PAGE))
        words = [rng.choice(words_known) for _ in range(rng.randint(5, 60))]
        yield {
            "id": number + 1,
            "page": page,
            "parent": number - rng.randrange(1, 50) if number > 50 and rng.random() < 0.3 else None,
            "text": " ".join(words),
            "rich": rng.random() < 0.2,
            "name": f"Reader {rng.randrange(count // 5 + 1)}",
            "at": BEGIN + timedelta(seconds=number * 30),
            "status": rng.choices(("approved", "held", "spam"), (92, 3, 5))[0],
        }


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


MAKERS: dict[str, Callable[[Path, int], None]] = {
    "disqus": disqus,
    "remark42": remark42,
    "waline": waline,
    "isso": isso,
}


def measure(format: str, count: int, status: str) -> tuple[float, float, float]:
    """Return comments a second, the peak memory in MB, and seconds of the first pass."""
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        source = Path(folder) / "export"
        MAKERS[format](source, count)
        environment = {
            **os.environ,
            "MODERATION_SECRET_KEY": "a key for benchmarks that is long enough",
            "MODERATION_ENV": "development",
            "MODERATION_DATA_DIR": folder,
            "MODERATION_LOG_LEVEL": "ERROR",
        }
        for command in (["migrate"], ["site", "add", "news"]):
            subprocess.run(
                [sys.executable, "-m", "moderation", *command],
                env=environment,
                check=True,
                capture_output=True,
            )
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.imports", "--inside", str(source), status],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        read, stored, peak = map(float, done.stdout.split())
        return count / (read + stored), peak, read


def inside(source: Path, status: str) -> None:
    """Import in this process, and print seconds of both passes and the peak memory in MB."""
    from moderation.cli.base import now
    from moderation.domain.actors import By
    from moderation.domain.status import Actor
    from moderation.services.signing import Signing
    from moderation.services.sites import registry
    from moderation.services.transfer import imports, storing
    from moderation.startup import load_settings
    from moderation.storage.engine import open_store

    settings = load_settings()
    store = open_store(settings)
    options = imports.Options(hold=status == "hold")
    with store.sessions() as session:
        site = registry.find(session, "news")
        began = time.process_time()
        with imports.read(session, site, source, options, now=now()) as reading:
            read = time.process_time() - began
            began = time.process_time()
            if status == "store":
                storing.store(
                    session,
                    Signing(settings),
                    site,
                    reading.format.value,
                    reading.spill,
                    now=now(),
                )
            else:
                by = By(Actor.SITE, "benchmark")
                imports.store(session, Signing(settings), site, reading, options, by, clock=now)
            stored = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{read:.2f} {stored:.2f} {peak:.1f}")
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--formats", nargs="+", choices=MAKERS, default=list(MAKERS))
    parser.add_argument("--hold", action="store_true", help="Judge first, and measure that.")
    parser.add_argument("--inside", nargs=2, metavar=("FILE", "STATUS"))
    given = parser.parse_args()
    if given.inside:
        inside(Path(given.inside[0]), given.inside[1])
        return
    lines = [
        "| format | comments | comments/s | of it reading, s | peak memory, MB |",
        "|---|---|---|---|---|",
    ]
    for format in given.formats:
        for size in given.sizes:
            rate, peak, read = measure(format, size, "hold" if given.hold else "store")
            lines.append(f"| {format} | {size:,} | {rate:,.0f} | {read:.1f} | {peak:.0f} |")
            print(lines[-1], flush=True)


if __name__ == "__main__":
    main()
