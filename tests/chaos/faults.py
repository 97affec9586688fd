"""Disks that are full, read-only, broken or slow, and clocks that jump: SQLite, one server."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.storage.models.comments import Comment
from tests.chaos.crashes import STORE, prepare
from tests.chaos.disk import Disk
from tests.chaos.soundness import Result, damage, engine_of, findings, lost
from tests.nodes import Answer, Load, Node

#: The default limit of a write's wait, and the time that a busy machine adds.
BUDGET = 5.0
SLACK = 3.0
DAY = 86_400


def disk_and_clock(
    folder: Path, library: Path, *, seconds: float, slow: tuple[float, ...] = (0.2,)
) -> list[Result]:
    """Break the disk and the clock under one server that is never restarted."""
    data, outside = folder / "data", folder / "outside"
    data.mkdir(parents=True)
    outside.mkdir()
    disk = Disk(library, data, outside)
    node = Node(data, **disk.environment)
    node.log = outside / "server.log"
    prepare(node)
    node.start()
    engine = engine_of(data / STORE)
    faults: dict[str, tuple[Callable[[], AbstractContextManager[None]], bool]] = {
        "disk full": (disk.full, True),
        "disk read-only": (disk.read_only, True),
        "disk failing": (disk.failing, True),
        "clock a day ahead": (lambda: disk.clock_off(DAY), False),
        "clock a day behind": (lambda: disk.clock_off(-DAY), False),
    }
    for wait in slow:
        faults[f"disk {wait} s a sync"] = (lambda wait=wait: disk.slow(wait), False)
    promised: dict[str, str] = {}
    results = []
    try:
        for name, (fault, refuses) in faults.items():
            with Load([node], 3, posts=2) as load:
                load.wait_for(1)
                before = node.read("p1")["post"]["count"]
                with fault():
                    if refuses:
                        _until_refused(load)
                    load.run_for(seconds)
                    readable = node.read("p1")["post"]["count"] >= before
                # Afterwards it works again, without a restart.
                load.wait_for(3)
            promised |= load.kept
            gone = lost(engine, promised)
            results.append(
                _result(name, load.answers, f"{len(gone)} lost" if gone else "", readable)
            )
    finally:
        node.kill()
    wrong = findings(engine) + damage(data / STORE)
    results.append(
        Result("after all faults: unsound rows", "0", "; ".join(wrong) or "0", not wrong)
    )
    with Session(engine) as session:
        texts = set(session.scalars(select(Comment.text)))
    log = node.log.read_text()
    leaked = [text for text in texts if text[3:40] in log]
    results.append(Result("after all faults: texts in the log", "0", str(len(leaked)), not leaked))
    return results


def _until_refused(load: Load) -> None:
    """Write until the disk refuses: a full disk may still take an overwrite."""
    seen = load.statuses().get(503, 0)
    for _ in range(300):
        if load.statuses().get(503, 0) > seen:
            return
        load.run_for(0.1)


def _result(name: str, answers: list[Answer], wrong: str, readable: bool) -> Result:
    unclear = [a for a in answers if not a.clear]
    slowest = max(a.seconds for a in answers)
    refused = sum(a.status == 503 for a in answers)
    problems = [
        wrong,
        "" if readable else "not readable",
        f"{len(unclear)} unclear: {unclear[0].status} {json.dumps(unclear[0].body)}"
        if unclear
        else "",
    ]
    fine = f"{len(answers) - refused} kept, {refused} × 503, slowest {slowest:.1f} s"
    return Result(
        name,
        f"kept or 503 with Retry-After within {BUDGET + SLACK:.0f} s, then well again",
        "; ".join(filter(None, problems)) or fine,
        not any(problems) and slowest <= BUDGET + SLACK,
    )
