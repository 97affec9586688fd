"""The previous release's own server goes on while this release migrates its store."""

import subprocess
from pathlib import Path

from tests.chaos.crashes import STORE
from tests.chaos.soundness import Result, engine_of, findings, lost
from tests.nodes import ROOT, Load, Node

#: The commit of the previous release. Where a clone is too shallow to have it, the statements
#: that it was recorded with run all the same: tests/storage.
PREVIOUS = "2c5a2d2"


def has_previous() -> bool:
    asked = ["git", "-C", str(ROOT), "cat-file", "-e", f"{PREVIOUS}^{{commit}}"]
    return subprocess.run(asked, check=False, stderr=subprocess.DEVNULL).returncode == 0


def beside_the_previous_release(folder: Path, url: str = "") -> list[Result]:
    """Write through an old server before, during and after the migration, then read through new."""
    old_code, data = folder / "code", folder / "data"
    old_code.mkdir()
    data.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", PREVIOUS], check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(old_code)], input=archive, check=True)
    old, new = (Node(data, MODERATION_DATABASE_URL=url) for _ in range(2))
    old.code = old_code
    old.command("migrate")
    old.command("site", "add", "news")
    old.token = old.command("token", "add", "chaos", "--scope", "review").strip()
    old.start()
    engine = engine_of(url or data / STORE)
    try:
        with Load([old], 3) as load:
            load.wait_for(5)
            new.command("migrate")
            load.wait_for(10)
        new.token = old.token
        new.start()
        with Load([old, new], 4) as both:
            both.wait_for(10)
    finally:
        old.kill()
        new.kill()
    promised = load.kept | both.kept
    gone, wrong = lost(engine, promised), findings(engine)
    unclear = [a for a in (*load.answers, *both.answers) if not a.clear]
    name = f"the previous release's server beside the migration, {engine.dialect.name}"
    return [
        Result(
            f"{name}: lost, unclear",
            "0, 0",
            f"{len(gone)} of {len(promised)}, {len(unclear)}"
            + (f": {unclear[0].status} {unclear[0].body}" if unclear else ""),
            not gone and not unclear,
        ),
        Result(f"{name}: unsound rows", "0", "; ".join(wrong) or "0", not wrong),
    ]
