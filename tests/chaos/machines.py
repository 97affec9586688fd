"""Two machines on one PostgreSQL and one Redis, of which any part fails."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.crashes import prepare
from tests.chaos.services import Cluster, RedisServer
from tests.chaos.soundness import Result, engine_of, findings, lost
from tests.nodes import Answer, Load, Node, free_port, reject, remark, submit

#: The default limit of a write's wait, and the time that a busy machine adds.
BUDGET = 5.0
SLACK = 5.0
#: A take-down is seen by every reader within this time.
SEEN_WITHIN = 1.0
#: Comments that one address may send.
LIMIT = 6


@dataclass(slots=True)
class Machines:
    """Two web nodes and two workers on a store that they share."""

    cluster: Cluster
    redis: RedisServer
    nodes: list[Node]
    workers: list[Node]


@contextmanager
def machines(folder: Path, cluster: Cluster, redis: RedisServer) -> Iterator[Machines]:
    """Start two nodes and two workers; the limit is far off for all but one network."""
    environment = {
        "MODERATION_DATABASE_URL": cluster.url,
        "MODERATION_RATELIMIT_STORAGE_URL": redis.url,
        "MODERATION_RATELIMIT_ENABLED": "1",
        "MODERATION_RATELIMIT_SUBMIT": f"{LIMIT} per 10 minutes",
        # The load goes to one post: this limit counts addresses.
        "MODERATION_POST_BURST": "1000",
        "MODERATION_EMBEDDED_WORKER": "0",
    }
    nodes = [Node(folder, **environment) for _ in range(2)]
    workers = [Node(folder, **environment) for _ in range(2)]
    prepare(nodes[0])
    nodes[1].token = nodes[0].token
    started = Machines(cluster, redis, nodes, workers)
    try:
        for node in nodes:
            node.launch()
        for worker in workers:
            worker.launch("worker")
        for node in nodes:
            node.wait_until_up()
        yield started
    finally:
        for node in (*nodes, *workers):
            node.kill()


def take_downs(both: Machines, *, times: int, cut: bool) -> list[Result]:
    """Reject on one node what another shows; with `cut` its listener is cut off just before."""
    here, there = both.nodes
    waits, cuts = [], 0
    for number in range(times):
        name = f"{'cut' if cut else 'seen'}-{number}"
        answer = submit(here, name, remark(name))
        assert answer.status == 201, answer
        # Often enough that every thread of the node has the ready-made answer.
        assert all(answer.id in str(there.read(name)) for _ in range(30))
        if cut:
            cuts += both.cluster.cut_listeners()
        decided = reject(here, answer.id)
        begun = time.monotonic()
        assert decided.kept, decided
        # From here on no reader should see it: measure until the last answer that shows it.
        last = begun
        while time.monotonic() - begun < 2 * SEEN_WITHIN and last - begun < SEEN_WITHIN:
            asked = time.monotonic()
            if answer.id in str(there.read(name)):
                last = time.monotonic()
            elif asked - begun > 0.3:
                break
        waits.append(last - begun)
    what = "take-down seen on the other node" + (", its listener cut" if cut else "")
    return [
        Result(
            f"{what}, × {times}",
            f"≤ {SEEN_WITHIN:.0f} s",
            f"{max(waits):.2f} s" + (f", {cuts} connections cut" if cut else ""),
            max(waits) <= SEEN_WITHIN and (not cut or cuts >= times),
        )
    ]


def database_gone(both: Machines, *, seconds: float, how: str) -> list[Result]:
    """Stop or freeze PostgreSQL under load, and bring it back."""
    engine = engine_of(both.cluster.url)
    with Load(both.nodes, 4) as load:
        load.wait_for(4)
        if how == "frozen":
            with both.cluster.frozen():
                load.run_for(seconds)
        else:
            both.cluster.stop(how)
            load.run_for(seconds)
            reads = [node.ask("GET", "/api/v1/sites/news/posts/p1/comments") for node in both.nodes]
            assert {status for status, _, _ in reads} <= {503}, reads
            both.cluster.start()
        back = time.monotonic()
        for node in both.nodes:
            while node.ask("GET", "/healthz")[0] != 200:
                assert time.monotonic() - back < 30, node.log.read_text()[-2000:]
        recovered = time.monotonic() - back
        load.wait_for(6)
    gone = lost(engine, load.kept)
    alive = all(worker.process and worker.process.poll() is None for worker in both.workers)
    budget = BUDGET + SLACK + (seconds if how == "frozen" else 0)
    return [
        _judged(
            f"PostgreSQL away for {seconds:.0f} s ({how})",
            load.answers,
            f"{len(gone)} lost" if gone else "" if alive else "a worker died",
            budget,
            f", well {recovered:.1f} s after its return",
        )
    ]


def redis_gone(both: Machines) -> list[Result]:
    """Kill Redis under load: each process counts for itself, and logs it once."""
    here, there = both.nodes
    lines_before = here.log.read_text().count("ratelimit.store_away")
    with Load(both.nodes, 4) as load:
        load.wait_for(4)
        together = _limited(here, "198.51.100.7", LIMIT // 2), _limited(there, "198.51.100.7")
        both.redis.kill()
        load.wait_for(20)
        apart = _limited(here, "198.51.100.8"), _limited(there, "198.51.100.8")
        lines = here.log.read_text().count("ratelimit.store_away") - lines_before
        both.redis.start()
        deadline = time.monotonic() + 30
        for node in both.nodes:
            while "store_back" not in node.log.read_text().rpartition("store_away")[2]:
                assert time.monotonic() < deadline, node.log.read_text()[-2000:]
                load.run_for(0.1)
        back = _limited(here, "198.51.100.9", LIMIT // 2), _limited(there, "198.51.100.9")
        load.wait_for(4)
    half = (LIMIT // 2, LIMIT - LIMIT // 2)
    return [
        _judged(
            "Redis killed and back",
            load.answers,
            "" if lines == 1 else f"said {lines} times",
            BUDGET + SLACK,
            ", logged once",
        ),
        Result(
            f"comments of one address that two nodes take, of {LIMIT} allowed",
            f"{LIMIT}; without Redis {LIMIT} each; then {LIMIT}",
            f"{sum(together)}; {apart[0]} and {apart[1]}; {sum(back)}",
            together == back == half and apart == (LIMIT, LIMIT),
        ),
    ]


def _limited(node: Node, sender: str, most: int = 10**6) -> int:
    """Return how many comments of one address a node takes before it refuses one."""
    for taken in range(most):
        answer = submit(node, "limited", remark(f"{sender} {node.port} {taken}"), sender=sender)
        if answer.status == 429:
            return taken
        assert answer.kept, answer
    return most


def node_killed(both: Machines, *, kills: int) -> list[Result]:
    """Kill one node in the middle of requests; the other goes on and nothing is lost."""
    engine, promised, unclear = engine_of(both.cluster.url), dict[str, str](), list[Answer]()
    for _ in range(kills):
        with Load(both.nodes, 4) as load:
            load.wait_for(6)
            both.nodes[0].kill()
            load.wait_for(6)
        promised |= load.kept
        # A broken connection is all that the killed node may have answered with.
        unclear += [a for a in load.answers if not a.clear and a.status]
        both.nodes[0].port = free_port()
        both.nodes[0].start()
    gone = lost(engine, promised)
    return [
        Result(
            f"a node killed in the middle of requests × {kills}: lost",
            "0",
            f"{len(gone)} of {len(promised)}" + (f", {len(unclear)} unclear" if unclear else ""),
            not gone and not unclear,
        )
    ]


def costs(both: Machines, *, seconds: float) -> list[Result]:
    """Processor time of the nodes and of PostgreSQL, for a comment and for a ready-made page.

    Time that a machine shared with others leaves as it is, unlike rates.
    """
    parts = {"node": [n.process.pid for n in both.nodes if n.process], "PostgreSQL": [_first(both)]}

    def spent() -> dict[str, float]:
        return {name: sum(map(processor_seconds, numbers)) for name, numbers in parts.items()}

    def per_call(before: dict[str, float], after: dict[str, float], count: int) -> str:
        each = (f"{name} {1000 * (after[name] - before[name]) / count:.2f} ms" for name in parts)
        return f"{', '.join(each)} ({count} of them)"

    before = spent()
    with Load(both.nodes, 8, rejects=False) as load:
        load.run_for(seconds)
    between = spent()
    reads = 400
    for number in range(reads):
        both.nodes[number % 2].read("p1")
    after = spent()
    return [
        Result(f"processor time for {what}", "reported", figures, True)
        for what, figures in (
            ("a submission", per_call(before, between, len(load.kept))),
            ("a read on a connection of its own", per_call(between, after, reads)),
        )
    ]


def _first(both: Machines) -> int:
    return int((both.cluster.folder / "data" / "postmaster.pid").read_text().split()[0])


def processor_seconds(first: int) -> float:
    """Return the processor seconds that a process and its children have used."""
    found: dict[int, tuple[int, float]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name in parentheses may hold spaces.
            rest = path.read_text().rpartition(")")[2].split()
            found[int(path.parent.name)] = (int(rest[1]), sum(map(int, rest[11:15])))
    family = {first}
    # Parents have lower numbers, but for those that came round: often enough for both.
    for _ in range(4):
        family |= {number for number, (parent, _) in found.items() if parent in family}
    ticks = sum(found[number][1] for number in family if number in found)
    return ticks / os.sysconf("SC_CLK_TCK")


def sound(both: Machines) -> list[Result]:
    wrong = findings(engine_of(both.cluster.url))
    return [Result("two nodes, after all: unsound rows", "0", "; ".join(wrong) or "0", not wrong)]


def _judged(name: str, answers: list[Answer], wrong: str, budget: float, well: str) -> Result:
    unclear = [a for a in answers if not a.clear]
    slowest = max(a.seconds for a in answers)
    refused = sum(a.status == 503 for a in answers)
    problem = wrong or (
        f"{len(unclear)} unclear: {unclear[0].status} {unclear[0].body}" if unclear else ""
    )
    return Result(
        name,
        f"kept or 503 with Retry-After within {budget:.0f} s, then well again",
        problem or f"{len(answers) - refused} kept, {refused} × 503, slowest {slowest:.1f} s{well}",
        not problem and slowest <= budget,
    )


# Many writers on one file


def many_writers(folder: Path, *, processes: int, writers: int, seconds: float) -> list[Result]:
    """Clients of several processes on one SQLite file, some of the time with it locked.

    A write waits one second for its turn. Before that a request waits for a thread, of which a
    process has three: that wait has no budget of its own, and the one here allows for it.
    """
    import sqlite3

    nodes = [Node(folder, MODERATION_WRITE_TIMEOUT="1") for _ in range(processes)]
    prepare(nodes[0])
    try:
        for node in nodes:
            node.token = nodes[0].token
            node.launch()
        for node in nodes:
            node.wait_until_up()
        with Load(nodes, writers) as load:
            load.run_for(seconds)
        with Load(nodes, writers) as blocked:
            store = sqlite3.connect(folder / "moderation.sqlite3", isolation_level=None)
            store.execute("BEGIN IMMEDIATE")
            blocked.run_for(2.5)
            store.execute("ROLLBACK")
            store.close()
            blocked.wait_for(processes)
        log = "".join(node.log.read_text() for node in nodes)
    finally:
        for node in nodes:
            node.kill()
    engine = engine_of(folder / "moderation.sqlite3")
    results = []
    for name, done, budget in (
        (f"{writers} writers in {processes} processes, 1 s for a turn", load, 1 + SLACK + BUDGET),
        ("the same while the file is locked for 2.5 s", blocked, 2.5 + SLACK + BUDGET),
    ):
        gone = lost(engine, done.kept)
        bodies = " ".join(str(a.body) for a in done.answers if not a.kept)
        wrong = f"{len(gone)} lost" if gone else "a lock was reported" if "locked" in bodies else ""
        results.append(_judged(name, done.answers, wrong, budget, ""))
    refused = sum(a.status == 503 for a in blocked.answers)
    wrong = findings(engine)
    results.append(
        Result("many writers: half-written rows", "0", "; ".join(wrong) or "0", not wrong)
    )
    results.append(
        Result(
            "many writers: refused while locked, server errors in the log",
            "some, none",
            f"{refused}, {log.count('request.failed')}",
            refused > 0 and "request.failed" not in log,
        )
    )
    return results
