"""The demonstration with a key for each compatible service, and Node's client libraries."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import _close_shared, running
from tests.compat import wordpress
from tests.compat.wire import DropIn
from tests.conftest import missing

__all__ = ["_close_shared"]

ROOT = Path(__file__).parents[2]
NPM = Path(__file__).parent / "npm"


@pytest.fixture(scope="session")
def drop_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DropIn]:
    folder = tmp_path_factory.mktemp("drop-in")
    with running(folder, MODERATION_LOG_LEVEL="DEBUG") as service:
        keys = (service.facts[f"{name}_key"] for name in ("perspective", "akismet", "openai"))
        yield DropIn(service.url, *keys, service.facts, folder)


@pytest.fixture(scope="session")
def blog() -> Iterator[wordpress.WordPress]:
    """A WordPress with Akismet switched on, connected to nothing."""
    if lacking := wordpress.lacking():
        pytest.skip(reason=f"{lacking} is not there: see docs/testing.md")
    # The path of a socket has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="wp") as name, wordpress.running(Path(name)) as started:
        yield started


def operate(data: Path, *arguments: str) -> str:
    """Run a command against the store in a demonstration's folder; return what it prints."""
    ran = subprocess.run(
        [sys.executable, "-m", "moderation", *arguments],
        env={
            **os.environ,
            "MODERATION_SECRET_KEY": (data / "secret.key").read_text().strip(),
            "MODERATION_DATA_DIR": str(data),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.strip()


@pytest.fixture(scope="session")
def packages() -> Path:
    """A folder with the locked client libraries of Node."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            missing(program)
    lock = (NPM / "package-lock.json").read_bytes()
    folder = ROOT / "build" / f"npm-{hashlib.sha256(lock).hexdigest()[:16]}"
    complete = folder / "complete"
    folder.mkdir(parents=True, exist_ok=True)
    # Tests of several processes need it at once, and npm begins by removing what is there.
    with (folder / "lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        install(folder, complete)
    return folder


def install(folder: Path, complete: Path) -> None:
    """Install the locked packages unless they are there."""
    if not complete.exists():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NPM / name, folder)
        ran = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if ran.returncode:
            missing(f"the npm registry ({ran.stderr[-500:]})")
        complete.touch()


@pytest.fixture
def node(packages: Path, drop_in: DropIn) -> Callable[..., Any]:
    """Run a script of tests/compat/npm beside the libraries; return the JSON that it prints."""

    def run(script: str, **environment: str) -> Any:
        # Node looks for packages from the script's own folder upwards.
        copy = packages / f"{os.getpid()}-{script}"
        shutil.copy(NPM / script, copy)
        known = {
            "BASE": drop_in.url,
            "HOST": drop_in.host,
            "PERSPECTIVE_KEY": drop_in.perspective,
            "AKISMET_KEY": drop_in.akismet,
            "OPENAI_KEY": drop_in.openai,
        }
        try:
            ran = subprocess.run(
                ["node", str(copy)],
                env={**os.environ, **known, **environment},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        finally:
            copy.unlink()
        assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
        return json.loads(ran.stdout)

    return run
