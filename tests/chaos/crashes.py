"""Processes that are killed, and power that fails, while comments are written."""

import random
import time
from datetime import UTC, datetime
from pathlib import Path

from moderation import create_app
from moderation.config import Settings
from moderation.domain.inner_networks import Networks, parse_networks
from moderation.services.accounts import api_tokens
from moderation.services.sites import changes
from moderation.storage.migrate import upgrade
from moderation.web.database import db
from moderation.web.state import app_state
from tests.chaos import powercut
from tests.chaos.disk import Disk
from tests.chaos.powercut import Left
from tests.chaos.soundness import Result, damage, engine_of, findings, lost
from tests.nodes import SECRET_KEY, Load, Node

ORIGIN = "https://news.example"
STORE = "moderation.sqlite3"


def prepare(node: Node) -> None:
    """Make the store, with a site whose webhooks lead nowhere and a token to review."""
    address = node.environment.get("MODERATION_DATABASE_URL", "")
    app = create_app(
        Settings(SECRET_KEY, data_dir=node.folder, database_url=address, log_level="ERROR")
    )
    upgrade(app_state(app).settings)
    with app.app_context():
        session, now = db.session(), datetime.now(UTC)
        site, _ = changes.add(session, "news", title="", origins=[ORIGIN], now=now)
        here = Networks.of(parse_networks("127.0.0.0/8"))
        changes.change(session, site, webhook_url="http://127.0.0.1:9/", allowed=here, now=now)
        node.token = api_tokens.add_token(session, "chaos", scopes=("review",), now=now)
        db.session.remove()
        db.engine.dispose()
    app_state(app).cache.close()


def kill_nine(node: Node, store: str | Path, *, kills: int, seed: int) -> list[Result]:
    """Kill a server at random moments under load; look at the store after each start."""
    prepare(node)
    rng = random.Random(seed)  # noqa: S311 (a sequence that repeats, not a secret)
    promised: dict[str, str] = {}
    engine, gone, starts = engine_of(store), list[str](), list[float]()
    for _ in range(kills):
        begun = time.monotonic()
        node.start()
        starts.append(time.monotonic() - begun)
        # Every comment that was answered before this start, compared with the server's data.
        gone += lost(engine, promised)
        with Load([node], 3) as load:
            try:
                load.wait_for(1)
                load.run_for(rng.random() * 0.5)
            finally:
                node.kill()
        promised |= load.kept
    node.start()
    gone += lost(engine, promised)
    wrong = findings(engine) + (damage(store) if isinstance(store, Path) else [])
    node.kill()
    database = engine.dialect.name
    return [
        Result(
            f"kill -9 × {kills}, {database}: answered comments lost",
            "0",
            f"{len(set(gone))} of {len(promised)}",
            not gone and len(promised) > kills,
        ),
        Result(
            f"kill -9 × {kills}, {database}: unsound rows",
            "0",
            "; ".join(wrong) or "0",
            not wrong,
        ),
        Result(
            f"kill -9 × {kills}, {database}: slowest start",
            "≤ 60 s",
            f"{max(starts):.1f} s",
            max(starts) <= 60,
        ),
    ]


def power_cuts(
    folder: Path,
    library: Path,
    *,
    synchronous: str,
    comments: int,
    moments: int,
    restarts: int,
    seed: int,
) -> list[Result]:
    """Write under a journal of the disk, then cut the power at many moments of it."""
    data, outside = folder / "data", folder / "outside"
    data.mkdir(parents=True)
    outside.mkdir()
    first = Node(data)
    prepare(first)
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.name == STORE}
    disk = Disk(library, data, outside, journal=True)
    node = Node(data, MODERATION_SQLITE_SYNCHRONOUS=synchronous, **disk.environment)
    node.log, node.token = outside / "server.log", first.token
    node.start()
    try:
        with Load([node], 3, mark=disk.written) as load:
            load.wait_for(comments, seconds=300)
    finally:
        node.kill()

    rng = random.Random(seed)  # noqa: S311 (a sequence that repeats, not a secret)
    journal = disk.journal.read_bytes()
    # In the middle of records too, and right behind answers, where a loss would be a lie.
    marks = [a.mark for a in load.answers if a.kept]
    chosen = {rng.randrange(len(journal)) for _ in range(moments // 2)}
    chosen |= set(rng.sample(marks, min(moments - len(chosen), len(marks))))
    lost_in: dict[Left, int] = dict.fromkeys(Left, 0)
    wrong, looked, opened = list[str](), 0, 0
    restarted = set(rng.sample(sorted(chosen), restarts))
    for number, cut in enumerate(powercut.cuts(before, journal, sorted(chosen), rng)):
        left = cut.lay_out(folder / f"cut-{number}")
        promised = load.promised(cut.at)
        if cut.at in restarted and cut.left is Left.TORN:
            wrong += _start_again(left, promised if synchronous == "FULL" else {})
            opened += 1
        wrong += damage(left / STORE)
        engine = engine_of(left / STORE)
        wrong += findings(engine)
        lost_in[cut.left] += len(lost(engine, promised))
        looked += 1
        for path in left.iterdir():
            path.unlink()
        left.rmdir()
    name = f"power cut × {looked}, synchronous={synchronous}"
    total = sum(lost_in.values())
    return [
        Result(f"{name}: unsound stores", "0", "; ".join(wrong[:3]) or "0", not wrong),
        Result(
            f"{name}: answered comments lost",
            "0" if synchronous == "FULL" else "the last, when nothing unsynced is left",
            f"{total} over all cuts ({', '.join(f'{k}: {v}' for k, v in lost_in.items())})",
            # NORMAL must lose some: otherwise the cuts cut nothing off.
            (total == 0) if synchronous == "FULL" else lost_in[Left.NOTHING] > 0,
        ),
        Result(
            f"{name}: servers started on what was left",
            str(restarts),
            str(opened),
            opened == restarts,
        ),
    ]


def _start_again(folder: Path, promised: dict[str, str]) -> list[str]:
    """Start a server on the files after a cut, without help, and write one more comment."""
    node = Node(folder)
    node.log = folder.with_suffix(".log")
    node.start()
    try:
        with Load([node], 1) as load:
            load.wait_for(1)
        gone = lost(engine_of(folder / STORE), promised | load.kept)
        output = node.command("verify")
    finally:
        node.kill()
    return gone + ([output] if "WRONG" in output else [])
