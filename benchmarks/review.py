"""The review desk with a large database: queue pages, `next`, counts and search.

Run as `python -m benchmarks.review` (or `make bench-review`), on SQLite and PostgreSQL. Requests
go through Flask's test client in one process, so that no network is measured. PostgreSQL is
left out when the server of MODERATION_TEST_POSTGRES does not respond. The exit status is 0 when
every p99 is within the budget.
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
from moderation.services.accounts import api_tokens
from moderation.storage.migrate import upgrade
from moderation.web.database import db
from moderation.web.state import app_state

BUDGET = 50.0
SERVER = os.environ.get("MODERATION_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
DATABASE = f"moderation_bench_{os.getpid()}"

Request = Callable[[FlaskClient, random.Random], Any]


def _ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def queue(**query: Any) -> Request:
    return lambda client, _: client.get("/api/v1/review/queue", query_string=query)


def search(first: int, last: int, **query: Any) -> Request:
    """Return a search for a different word each time, with a rank from `first` to `last`."""

    def ask(client: FlaskClient, chance: random.Random) -> Any:
        q = word(chance.randrange(first, last))
        return client.get("/api/v1/review/queue", query_string={**query, "q": q})

    return ask


def of_author(client: FlaskClient, chance: random.Random) -> Any:
    author = author_key(chance.randrange(AUTHORS))
    return client.get("/api/v1/review/queue", query_string={"author": author, "queue": "approved"})


def deep(sort: str) -> Request:
    """Return a request for the page after the previous one, further each time."""
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


#: The measured requests by name.
REQUESTS: dict[str, Request] = {
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
    """Return the milliseconds of each request (wall clock and CPU), and the last number of results.

    CPU time is comparable on a shared machine; of PostgreSQL it covers only the client.
    """
    chance = random.Random(7)  # noqa: S311 (the same requests in every run)
    for _ in range(3):
        ask(client, chance)
    wall, cpu = [], []
    for _ in range(rounds):
        started, cpu_started = time.perf_counter(), time.process_time()
        answer = ask(client, chance)
        wall.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - cpu_started) * 1000)
        assert answer.status_code in (200, 204), answer.get_data(as_text=True)
    body = answer.get_json() or {}
    return sorted(wall), sorted(cpu), len(body.get("items", ()))


def quantile(taken: list[float], share: float) -> float:
    return taken[min(len(taken) - 1, int(share * len(taken)))]


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Yield the URL of a temporary database, dropped at the end."""
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
    """Fill the application's database, measure every request, print the table."""
    upgrade(app_state(app).settings)
    begun = time.perf_counter()
    fill(app_state(app).settings.url, options.comments, options.held)
    filled = time.perf_counter() - begun
    print(
        f"\n{name}: {options.comments:,} comments, {options.held:,} held ({filled:.0f} s to fill)"
    )
    print(f"{'':44}{'p50 ms':>9}{'p99 ms':>9}{'cpu p50':>9}{'cpu p99':>9}{'found':>7}")
    with app.app_context():
        token = api_tokens.add_token(
            db.session(), "mia", scopes=("review", "admin"), now=datetime.now(UTC)
        )
        db.session.remove()
    # The servers do the same at start.
    keep_what_is_loaded()
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    within = True
    for label, ask in REQUESTS.items():
        if options.only not in label:
            continue
        wall, cpu, found = measure(client, ask, options.rounds)
        median, p99 = quantile(wall, 0.5), quantile(wall, 0.99)
        within &= p99 <= BUDGET
        late = "  over the budget" if p99 > BUDGET else ""
        cpu_columns = f"{quantile(cpu, 0.5):>9.1f}{quantile(cpu, 0.99):>9.1f}"
        print(
            f"{label:44}{median:>9.1f}{p99:>9.1f}{cpu_columns}{found:>7}{late}",
            flush=True,
        )
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app_state(app).cache.close()
    return within


def main() -> int:
    """Measure each database; return 1 when a p99 is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=1_000_000)
    parser.add_argument("--held", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--only", default="", help="measure only requests with this in their name")
    options = parser.parse_args()
    within = True
    if options.database != "postgresql":
        with tempfile.TemporaryDirectory(prefix="bench-review-") as folder:
            within &= run("SQLite", application(Path(folder), ""), options)
    if options.database != "sqlite":
        try:
            with postgres() as url, tempfile.TemporaryDirectory() as folder:
                within &= run("PostgreSQL", application(Path(folder), url), options)
        except psycopg.OperationalError:
            print("\nPostgreSQL does not respond: left out.")
    print(f"\nBudget: p99 at most {BUDGET:.0f} ms.")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
