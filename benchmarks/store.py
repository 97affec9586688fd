"""Fills a database with comments by the hundred thousand, bypassing the application.

Benchmarks of reads need rows, not judgements: all rows are inserted in bulk, with texts of a
made-up vocabulary whose word frequencies are as uneven as those of a language.
"""

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID

import psycopg

from moderation.policy.priority import priority_at

SITES = ("gazette", "herald", "letters")
MODERATORS = ("mia", "leo", "sam")
AUTHORS, WORDS, POSTS = 20_000, 20_000, 2_000
CODES = ("LINKS", "PROFANITY", "SPAM_TEXT", "TOXICITY", "INSULT", "PERSONAL_DATA", "SHOUTING")
_SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u", "ar", "en")]

_COMMENT = [
    "id",
    "site_id",
    "post_id",
    "parent_id",
    "status",
    "listing",
    "reply_count",
    "author_name",
    "author_key",
    "text",
    "html",
    "text_key",
    "revision",
    "version",
    "created_at",
    "verdict_id",
    "reasons",
    "score",
    "priority_at",
    "decided_at",
    "escalated_at",
]
_DECISION = [
    "id",
    "comment_id",
    "revision",
    "comment_version",
    "actor",
    "actor_name",
    "outcome",
    "previous_status",
    "status",
    "note",
    "causes",
    "scores",
    "versions",
    "policy",
    "created_at",
]
Row = tuple[Any, ...]


def word(rank: int) -> str:
    """Return the word with a rank: 0 is the most frequent."""
    parts = []
    rank += len(_SYLLABLES)
    while rank:
        rank, part = divmod(rank, len(_SYLLABLES))
        parts.append(_SYLLABLES[part])
    return "".join(parts)


def author_key(number: int) -> str:
    return f"{number:032x}"


def rows(comments: int, held: int, now: datetime) -> Iterator[tuple[Row, list[Row]]]:
    """Yield each comment with its decisions, the oldest first; held ones are evenly distributed."""
    chance = random.Random(6)  # noqa: S311 (the same rows in every run)
    words = [word(rank) for rank in range(WORDS)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(WORDS)))
    start, apart = now - timedelta(days=365), timedelta(days=365) / comments
    for number in range(comments):
        at = start + apart * number
        text = " ".join(chance.choices(words, cum_weights=weights, k=40))
        is_held = number * held // comments != (number + 1) * held // comments
        lot = chance.random()
        status = (
            "held"
            if is_held
            else "rejected"
            if lot < 0.03
            else "spam"
            if lot < 0.08
            else "approved"
        )
        code = CODES[min(int(chance.expovariate(1)), len(CODES) - 1)]
        score = round(0.5 + chance.random() / 2, 4) if status != "approved" else 0.0
        id, verdict = _id(at, chance), _id(at, chance)
        author = int(chance.paretovariate(0.6)) % AUTHORS
        post = min(int(chance.paretovariate(0.5)), POSTS)
        # Refused comments, and a few others, were decided by a moderator.
        by_person = status in ("rejected", "spam") or (status == "approved" and lot > 0.98)
        comment = (
            id,
            1 + (post % 10 > 7) + (post % 10 > 8),
            post,
            None,
            status,
            "shown" if status == "approved" else "hidden",
            0,
            f"{words[author].capitalize()} {author}",
            author_key(author),
            text,
            f"<p>{text}</p>",
            chance.getrandbits(62),
            1,
            2 if by_person else 1,
            at,
            verdict,
            "" if score == 0.0 else f"|{code}|",
            score,
            priority_at(at, score, post),
            at + timedelta(minutes=9) if by_person else None,
            at if is_held and lot > 0.996 else None,
        )
        cause = {
            "filter": "links",
            "code": code,
            "score": score,
            "threshold": 0.5,
            "outcome": "hold",
            "field": "text",
            "spans": [[0, 4]],
            "explanation": "An explanation of the usual length, which names a word.",
        }
        first = "hold" if score else "approve"
        before = "held" if score else "approved"
        decisions = [
            _decision(verdict, id, 1, "policy", "policy", first, None, before, at, [cause])
        ]
        if by_person:
            outcome = {"rejected": "reject", "spam": "spam", "approved": "approve"}[status]
            later = at + timedelta(minutes=9)
            who = MODERATORS[number % len(MODERATORS)]
            made = _id(later, chance)
            decisions.append(
                _decision(made, id, 2, "moderator", who, outcome, before, status, later, [])
            )
        yield comment, decisions


def _decision(
    id: UUID,
    comment: UUID,
    version: int,
    actor: str,
    name: str,
    outcome: str,
    before: str | None,
    status: str,
    at: datetime,
    causes: list[dict[str, Any]],
) -> Row:
    causes_json, none = json.dumps(causes), "{}"
    return (
        *(id, comment, 1, version, actor, name, outcome, before, status, ""),
        *(causes_json, none, none, "bench", at),
    )


def _id(at: datetime, chance: random.Random) -> UUID:
    """Return a UUIDv7 with that timestamp."""
    milliseconds = int(at.timestamp() * 1000)
    number = milliseconds << 80 | 0x7 << 76 | chance.getrandbits(12) << 64
    return UUID(int=number | 0b10 << 62 | chance.getrandbits(62))


def fill(url: str, comments: int, held: int) -> None:
    """Fill a migrated, empty database; its indexes are dropped and rebuilt after the rows."""
    now = datetime.now(UTC)
    posts = [
        (n, 1 + (n % 10 > 7) + (n % 10 > 8), f"/story/{n}", f"Story {n}", "open", 1, n, False, now)
        for n in range(1, POSTS + 1)
    ]
    sites = [(n, name, name.title(), "[]", "{}", 1, now) for n, name in enumerate(SITES, 1)]
    filled = rows(comments, held, now)
    if url.startswith("sqlite"):
        _fill_sqlite(url.removeprefix("sqlite:///"), sites, posts, filled)
    else:
        _fill_postgres(url.replace("+psycopg", ""), sites, posts, filled)


_SITE = ["id", "name", "title", "origins", "settings", "version", "created_at"]
_POST = [
    "id",
    "site_id",
    "external_id",
    "title",
    "state",
    "version",
    "comment_count",
    "announced",
    "created_at",
]
#: The audit entries that the ledger writes with each decision.
_AUDIT = (
    "INSERT INTO audit_entries (at, site_id, actor, actor_name, action, subject, detail)"
    " SELECT d.created_at, c.site_id, d.actor, d.actor_name, 'comment.' || d.outcome,"
    " 'comment:' || c.id, '{}' FROM decisions d JOIN comments c ON c.id = d.comment_id"
    " ORDER BY d.created_at"
)


def _fill_sqlite(
    path: str, sites: list[Row], posts: list[Row], filled: Iterator[tuple[Row, list[Row]]]
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.execute("PRAGMA synchronous=OFF")
        store.execute("PRAGMA cache_size=-500000")
        indexes = store.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix_%'"
            " AND tbl_name IN ('comments', 'decisions', 'audit_entries')"
        ).fetchall()
        store.execute("BEGIN")
        for name, _ in indexes:
            store.execute(f"DROP INDEX {name}")
        for table, names, values in (("sites", _SITE, sites), ("posts", _POST, posts)):
            store.executemany(_insert(table, names), map(_plain, values))
        decisions: list[Row] = []
        comments: list[Row] = []
        for comment, made in filled:
            comments.append(_plain(comment))
            decisions += map(_plain, made)
            if len(comments) == 5000:
                store.executemany(_insert("comments", _COMMENT), comments)
                store.executemany(_insert("decisions", _DECISION), decisions)
                comments, decisions = [], []
        store.executemany(_insert("comments", _COMMENT), comments)
        store.executemany(_insert("decisions", _DECISION), decisions)
        store.execute(_AUDIT)
        for _, sql in indexes:
            store.execute(sql)
        store.execute("COMMIT")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _insert(table: str, names: list[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def _plain(row: Row) -> Row:
    """Return values as SQLAlchemy stores them in SQLite."""
    return tuple(
        str(value)
        if isinstance(value, UUID)
        else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        if isinstance(value, datetime)
        else value
        for value in row
    )


def _fill_postgres(
    conninfo: str, sites: list[Row], posts: list[Row], filled: Iterator[tuple[Row, list[Row]]]
) -> None:
    with psycopg.connect(conninfo, autocommit=True) as store:
        indexes = store.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'ix_%'"
            " AND tablename IN ('comments', 'decisions', 'audit_entries')"
        ).fetchall()
        for name, _ in indexes:
            store.execute(f"DROP INDEX {name}")
        _copy(store, "sites", _SITE, sites)
        _copy(store, "posts", _POST, posts)
        while block := [row for _, row in zip(range(20_000), filled, strict=False)]:
            _copy(store, "comments", _COMMENT, [comment for comment, _ in block])
            _copy(store, "decisions", _DECISION, [d for _, made in block for d in made])
        store.execute(_AUDIT)
        for _, definition in indexes:
            store.execute(definition)
        # autovacuum would have run long before there are so many rows.
        store.execute("VACUUM ANALYZE")


def _copy(store: psycopg.Connection[Any], table: str, names: list[str], values: list[Row]) -> None:
    with store.cursor().copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)
