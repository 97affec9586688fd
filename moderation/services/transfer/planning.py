"""The plan of an import: every comment with its page and its place, and the counts of a dry run.

Works on the spill alone, with statements whose cost grows with the file and whose memory does not.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from moderation.domain.status import Status

from .records import ImportedThread, Note, Why
from .spill import Spill
from .url_map import UrlMap

#: Pages and hosts that a dry run names.
LARGEST = 20
_REASON_OF_THREAD = "the thread is not in the file"
_REASON_OF_PARENT = "the answered comment is not in the file, so a thread begins"

#: Returns our ids of comments that an earlier import stored, by their ids there.
KnownParents = Callable[[list[str]], dict[str, str]]


@dataclass(slots=True)
class Plan:
    """What an import would make."""

    comments: int = 0
    by_status: dict[str, int] = field(default_factory=dict)
    #: Hosts of the pages with comments, and how many each has; empty: addresses without a host.
    hosts: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    largest: list[tuple[str, int]] = field(default_factory=list)
    #: Entries in the file twice.
    duplicates: int = 0
    #: Comments whose thread or parent is missing; those without a thread are refused as well.
    orphans: int = 0
    refused: int = 0
    skipped: int = 0
    bans: int = 0
    #: Comments that were imported before.
    known: int = 0
    dates_without_zone: int = 0
    #: Why entries are left out or moved, and how many.
    reasons: list[tuple[str, str, int]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the plan as JSON."""
        return asdict(self)


def order(spill: Spill, rules: UrlMap, known_parents: KnownParents) -> Plan:
    """Put the comments of a spill in order, and return the plan."""
    spill.flush()
    plan = Plan()
    db = spill.db
    db.execute("CREATE INDEX comment_keys ON comments (key, written)")
    plan.duplicates = _tell_apart(spill)
    _map_pages(spill, rules)
    db.execute("UPDATE comments SET page = (SELECT page FROM threads WHERE key = thread)")
    _leave_out(spill)
    # A page that was removed there must not become public here.
    db.execute(
        "UPDATE comments SET status = ? WHERE status IN (?, ?) AND thread IN"
        " (SELECT key FROM threads WHERE is_removed)",
        (Status.REJECTED.value, Status.APPROVED.value, Status.HELD.value),
    )
    _find_parents(spill, known_parents)
    _measure_depth(spill)
    db.execute("CREATE INDEX comment_order ON comments (page, depth, n)")
    db.execute(
        "UPDATE pages SET comments = (SELECT count(*) FROM comments c WHERE c.page = pages.page)"
    )
    db.execute("DELETE FROM pages WHERE comments = 0")
    _summarise(spill, plan)
    return plan


def _tell_apart(spill: Spill) -> int:
    """Give comments of one id and time ids of their own; remove repetitions and count them."""
    db = spill.db
    removed = 0
    groups = "SELECT key, written FROM comments GROUP BY key, written HAVING count(*) > 1"
    # The groups are few, and changed while they are read: they get a table.
    db.execute(f"CREATE TABLE twice AS {groups}")
    for key, written in spill.each("SELECT key, written FROM twice"):
        rows = db.execute(
            "SELECT n, thread, text FROM comments WHERE key = ? AND written = ? ORDER BY n",
            (key, written),
        ).fetchall()
        seen: list[tuple[str, str]] = []
        for n, thread, text in rows:
            if (thread, text) in seen:
                db.execute("DELETE FROM comments WHERE n = ?", (n,))
                removed += 1
                continue
            seen.append((thread, text))
            if len(seen) > 1:
                own = f"{key[:70]}~{len(seen)}"
                db.execute("UPDATE comments SET key = ? WHERE n = ?", (own, n))
    return removed


def _map_pages(spill: Spill, rules: UrlMap) -> None:
    def mapped() -> Iterator[tuple[Any, ...]]:
        for key, url, title, post_id, query, closed, created in spill.each(
            "SELECT key, url, title, post_id, with_query, is_closed, created FROM threads"
            " WHERE key IN (SELECT DISTINCT thread FROM comments) ORDER BY key"
        ):
            page = rules.page(ImportedThread(key, url, title, post_id, bool(query)))
            if not page.post_id:
                yield None, page.reason, key
                continue
            spill.db.execute(
                "INSERT INTO pages (post_id, url, title, host, is_closed, created)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " title = CASE WHEN title = '' THEN excluded.title ELSE title END,"
                " url = CASE WHEN url = '' THEN excluded.url ELSE url END,"
                " created = min(coalesce(created, excluded.created), excluded.created)",
                (page.post_id, page.url, title, page.host, closed, created),
            )
            number = spill.number("SELECT page FROM pages WHERE post_id = ?", page.post_id)
            yield number, None, key

    spill.db.execute("CREATE INDEX comment_threads ON comments (thread)")
    spill.db.execute("CREATE TABLE mapped (page INT, reason TEXT, key TEXT)")
    spill.update_many("INSERT INTO mapped VALUES (?, ?, ?)", mapped())
    spill.db.execute(
        "UPDATE threads SET (page, reason) ="
        " (SELECT page, reason FROM mapped WHERE mapped.key = threads.key)"
        " WHERE key IN (SELECT key FROM mapped)"
    )


def _leave_out(spill: Spill) -> None:
    """Remove the comments without a page, each with a note."""
    spill.db.execute(
        "CREATE TABLE left_out AS SELECT n, place, reason FROM comments"
        " LEFT JOIN threads ON threads.key = thread WHERE comments.page IS NULL"
    )
    for place, reason in spill.each("SELECT place, reason FROM left_out ORDER BY n"):
        # A host or a rule was chosen; a missing thread was not.
        why = Why.SKIPPED if reason else Why.REFUSED
        spill.note(Note(place, why, reason or _REASON_OF_THREAD))
    spill.db.execute("DELETE FROM comments WHERE page IS NULL")
    spill.db.execute("DROP TABLE left_out")


def _find_parents(spill: Spill, known_parents: KnownParents) -> None:
    db = spill.db
    # Of two with one id, the parent is on the same page, and older than its answer.
    db.execute(
        "UPDATE comments AS c SET parent = coalesce("
        "(SELECT p.n FROM comments p WHERE p.key = c.parent_key AND p.written <= c.written"
        " AND p.n <> c.n AND p.page = c.page ORDER BY p.written DESC, p.n LIMIT 1),"
        "(SELECT p.n FROM comments p WHERE p.key = c.parent_key AND p.written > c.written"
        " AND p.n <> c.n AND p.page = c.page ORDER BY p.written, p.n LIMIT 1))"
        " WHERE parent_key IS NOT NULL"
    )
    db.execute(
        "CREATE TABLE lost AS SELECT n, place, parent_key FROM comments"
        " WHERE parent_key IS NOT NULL AND parent IS NULL"
    )
    keys: dict[str, list[tuple[int, str]]] = {}

    def attach() -> None:
        known = known_parents(list(keys))
        for key, children in keys.items():
            for n, place in children:
                if key in known:
                    db.execute("UPDATE comments SET parent_id = ? WHERE n = ?", (known[key], n))
                else:
                    spill.note(Note(place, Why.ORPHAN, _REASON_OF_PARENT))
        keys.clear()

    for n, place, parent_key in spill.each("SELECT n, place, parent_key FROM lost ORDER BY n"):
        keys.setdefault(parent_key, []).append((n, place))
        if len(keys) >= 500:
            attach()
    attach()


def _measure_depth(spill: Spill) -> None:
    """Number the levels of all threads, and cut circles of comments that answer each other."""
    db = spill.db
    db.execute("CREATE INDEX comment_parents ON comments (parent) WHERE parent IS NOT NULL")
    db.execute("CREATE TABLE levels (n INTEGER PRIMARY KEY, depth INT)")
    walk = (
        "INSERT OR IGNORE INTO levels WITH RECURSIVE walk (n, depth) AS ("
        "SELECT n, 0 FROM comments WHERE parent IS NULL"
        " UNION ALL SELECT c.n, walk.depth + 1 FROM walk JOIN comments c ON c.parent = walk.n)"
        " SELECT n, depth FROM walk"
    )
    db.execute(walk)
    circles = "FROM comments WHERE n NOT IN (SELECT n FROM levels)"
    if spill.number(f"SELECT count(*) {circles}"):
        for (place,) in spill.each(f"SELECT place {circles} AND parent >= n"):
            spill.note(Note(place, Why.ORPHAN, "two comments answer each other"))
        # What is left leads to smaller numbers only, which is no circle.
        db.execute(
            "UPDATE comments SET parent = NULL WHERE parent >= n"
            " AND n NOT IN (SELECT n FROM levels)"
        )
        db.execute("DELETE FROM levels")
        db.execute(walk)
    db.execute("UPDATE comments SET depth = (SELECT depth FROM levels WHERE levels.n = comments.n)")
    db.execute("DROP TABLE levels")


def _summarise(spill: Spill, plan: Plan) -> None:
    db = spill.db
    plan.comments = spill.number("SELECT count(*) FROM comments")
    plan.by_status = dict(
        db.execute("SELECT status, count(*) FROM comments GROUP BY status ORDER BY status")
    )
    plan.pages = spill.number("SELECT count(*) FROM pages")
    plan.hosts = dict(
        db.execute(
            "SELECT host, sum(comments) FROM pages GROUP BY host ORDER BY 2 DESC, 1 LIMIT 100"
        )
    )
    plan.largest = db.execute(
        "SELECT post_id, comments FROM pages ORDER BY comments DESC, post_id LIMIT ?", (LARGEST,)
    ).fetchall()
    plan.bans = spill.number("SELECT count(*) FROM bans")
    for (why, reason), count in sorted(spill.counts.items()):
        plan.reasons.append((why.value, reason, count))
        name = {Why.REFUSED: "refused", Why.SKIPPED: "skipped", Why.ORPHAN: "orphans"}[why]
        setattr(plan, name, getattr(plan, name) + count)
        plan.orphans += count if reason == _REASON_OF_THREAD else 0
