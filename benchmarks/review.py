"""The review desk in a large store: queue pages, `next`, counts and search, on both databases.

Run as `python -m benchmarks.review` (or `make bench-review`). Requests go through Flask's
test client in one process, so that what is timed is ours and the database's and no network.
PostgreSQL is left out when MODERATION_TEST_POSTGRES names none that answers. The exit status
tells whether every p99 kept the budget.
"""

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask.testing import FlaskClient

from benchmarks.store import AUTHORS, SITES, author_key, fill, word
from moderation import create_app
from moderation.config import Settings
from moderation.server import keep_what_is_loaded
from moderation.services import accounts
from moderation.storage import db
from moderation.storage.upgrade import upgrade

BUDGET = 50.0
SERVER = os.environ.get("MODERATION_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
DATABASE = f"moderation_bench_{os.getpid()}"

Request = Callable[[FlaskClient, random.Random], Any]


def _ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def queue(**query: Any) -> Request:
    return lambda client, _: client.get("/api/v1/review/queue", query_string=query)


def search(first: int, last: int, **query: Any) -> Request:
    """Search for a word of a rank between the two, another each time."""

    def ask(client: FlaskClient, chance: random.Random) -> Any:
        q = word(chance.randrange(first, last))
        return client.get("/api/v1/review/queue", query_string={**query, "q": q})

    return ask


def of_author(client: FlaskClient, chance: random.Random) -> Any:
    author = author_key(chance.randrange(AUTHORS))
    return client.get("/api/v1/review/queue", query_string={"author": author, "queue": "approved"})


def deep(sort: str) -> Request:
    """The page behind the one before, on and on."""
    cursors = [""]

    def ask(client: FlaskClient, _: random.Random) -> Any:
        query = {"sort": sort, "cursor": cursors[-1]}
        answer = client.get("/api/v1/review/queue", query_string=query)
        cursors.append(answer.get_json()["next_cursor"] or "")
        return answer

    return ask


def audit(**query: Any) -> Request:
    return lambda client, _: client.get("/api/v1/review/audit", query_string=query)


def next_item(client: FlaskClient, _: random.Random) -> Any:
    return client.post("/api/v1/review/next", json={})


#: What is asked → how.
ASKED: dict[str, Request] = {
    "queue, oldest first": queue(),
    "queue, by priority": queue(sort="priority"),
    "queue, newest first, one site": queue(sort="newest", site=SITES[2]),
    "queue, page behind page": deep("oldest"),
    "queue by priority, page behind page": deep("priority"),
    "queue of a frequent reason": queue(reason="LINKS"),
    "queue of a reason that is not there": queue(reason="HONEYPOT"),
    "queue of a busy post": queue(post="/story/2000"),
    "queue of a quiet post": queue(post="/story/1234"),
    "queue of a range of scores": queue(score_from=0.8, score_to=0.82),
    "approved of an author": of_author,
    "approved, newest first": queue(queue="approved", sort="newest"),
    "spam, oldest first": queue(queue="spam"),
    "escalated": queue(queue="escalated"),
    "my decisions": queue(queue="mine"),
    "counts": lambda client, _: client.get("/api/v1/review/counts"),
    "counts of one site": lambda client, _: client.get(f"/api/v1/review/counts?site={SITES[2]}"),
    "next": next_item,
    "search held: frequent word": search(0, 20),
    "search held: word of middling frequency": search(200, 2000),
    "search held: rare word": search(15_000, 20_000),
    "search held by priority: any word": search(0, 20_000, sort="priority"),
    "search held: word that is not there": search(10**9, 2 * 10**9),
    "search approved, newest: frequent word": search(0, 20, queue="approved", sort="newest"),
    "search approved, newest: middling word": search(200, 2000, queue="approved", sort="newest"),
    "search approved: rare word": search(15_000, 20_000, queue="approved"),
    "search spam: any word": search(0, 20_000, queue="spam"),
    "audit, newest first": audit(),
    "audit of a moderator": audit(actor="leo"),
    "audit of nobody": audit(actor="nobody"),
    "audit of an action of a moderator": audit(actor="leo", action="comment.approve"),
    "audit of a month long ago": audit(**{"from": _ago(300), "to": _ago(270)}),
    "audit of a kind of action on one site": audit(action="comment.", site=SITES[2]),
}


def measure(client: FlaskClient, ask: Request, rounds: int) -> tuple[list[float], list[float], int]:
    """Milliseconds of each request by the clock and of our own CPU, and the comments found last.

    The processor's time says what a request costs where others share the machine; of
    PostgreSQL it has only our part.
    """
    chance = random.Random(7)  # noqa: S311 (the same requests in every run)
    for _ in range(3):
        ask(client, chance)
    taken, worked = [], []
    for _ in range(rounds):
        begun, busy = time.perf_counter(), time.process_time()
        answer = ask(client, chance)
        taken.append((time.perf_counter() - begun) * 1000)
        worked.append((time.process_time() - busy) * 1000)
        assert answer.status_code in (200, 204), answer.get_data(as_text=True)
    body = answer.get_json() or {}
    return sorted(taken), sorted(worked), len(body.get("items", ()))


def quantile(taken: list[float], share: float) -> float:
    return taken[min(len(taken) - 1, int(share * len(taken)))]


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A database of our own, dropped at the end."""
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3) as admin:
        admin.execute(f'CREATE DATABASE "{DATABASE}"')
        try:
            yield f"{SERVER}/{DATABASE}".replace("postgresql://", "postgresql+psycopg://")
        finally:
            admin.execute(f'DROP DATABASE "{DATABASE}" WITH (FORCE)')


def application(folder: Path, url: str) -> Flask:
    return create_app(
        Settings(
            secret_key="a key for benchmarks, of no use elsewhere",  # noqa: S106
            env="development",
            data_dir=folder,
            database_url=url,
            ratelimit_enabled=False,
            log_level="ERROR",
            write_timeout=60,
        )
    )


def run(name: str, app: Flask, options: argparse.Namespace) -> bool:
    """Fill the application's store, ask it everything, print the table."""
    upgrade(app)
    begun = time.perf_counter()
    fill(app.extensions["moderation"].settings.url, options.comments, options.held)
    filled = time.perf_counter() - begun
    print(
        f"\n{name}: {options.comments:,} comments, {options.held:,} held ({filled:.0f} s to fill)"
    )
    print(f"{'':44}{'p50 ms':>9}{'p99 ms':>9}{'cpu p50':>9}{'cpu p99':>9}{'found':>7}")
    with app.app_context():
        token = accounts.add_token(
            db.session(), "mia", scopes=("review", "admin"), now=datetime.now(UTC)
        )
        db.session.remove()
    # As the servers do.
    keep_what_is_loaded()
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    kept = True
    for what, ask in ASKED.items():
        if options.only not in what:
            continue
        taken, worked, found = measure(client, ask, options.rounds)
        half, most = quantile(taken, 0.5), quantile(taken, 0.99)
        kept &= most <= BUDGET
        late = "  over the budget" if most > BUDGET else ""
        own = f"{quantile(worked, 0.5):>9.1f}{quantile(worked, 0.99):>9.1f}"
        print(f"{what:44}{half:>9.1f}{most:>9.1f}{own}{found:>7}{late}", flush=True)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["hot"].close()
    return kept


def main() -> int:
    """Measure each database; 1 when a p99 is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=1_000_000)
    parser.add_argument("--held", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--only", default="", help="measure what has this in its name")
    options = parser.parse_args()
    kept = True
    if options.database != "postgresql":
        with tempfile.TemporaryDirectory(prefix="bench-review-") as folder:
            kept &= run("SQLite", application(Path(folder), ""), options)
    if options.database != "sqlite":
        try:
            with postgres() as url, tempfile.TemporaryDirectory() as folder:
                kept &= run("PostgreSQL", application(Path(folder), url), options)
        except psycopg.OperationalError:
            print("\nPostgreSQL is not there: left out.")
    print(f"\nBudget: p99 at most {BUDGET:.0f} ms.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
