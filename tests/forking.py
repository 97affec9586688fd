"""The `moderation` command in forks of one process that has everything loaded already.

Starting Python and loading the filters takes longer than most tests that need a command. A fork
runs the command's own entry point with an environment, a folder, a session and a log of its own.
Only passwords are hashed more cheaply. Tests that are about starting itself use subprocesses.
"""

import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Fork:
    """A running command; it leads a process group of its own."""

    pid: int
    server: "ForkServer"

    def poll(self) -> int | None:
        """Return the exit status, None while the command runs."""
        return self.server.ask({"poll": self.pid})

    def wait(self) -> int:
        """Return the exit status once the command has ended."""
        status = self.server.ask({"wait": self.pid})
        assert status is not None
        return status


class ForkServer:
    """Client of the process that forks; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forking"],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if not k.startswith("MODERATION_")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """End the forking process; commands that still run are left alone."""
        self._process.communicate()

    def start(
        self,
        *arguments: str,
        environment: Mapping[str, str],
        log: Path,
        cwd: Path = ROOT,
    ) -> Fork:
        """Start `moderation` with these arguments; its output is added to the log."""
        pid = self.ask(
            {
                "arguments": arguments,
                "environment": dict(environment),
                "log": str(log),
                "cwd": str(cwd),
            }
        )
        assert pid is not None
        return Fork(pid, self)

    def ask(self, wish: dict[str, Any]) -> int | None:
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(wish) + "\n")
            self._process.stdin.flush()
            answer: int | None = json.loads(self._process.stdout.readline())
            return answer


def _serve() -> None:
    _load()
    ended: dict[int, int] = {}

    def status(pid: int, options: int) -> int | None:
        if pid not in ended:
            found, code = os.waitpid(pid, options)
            if not found:
                return None
            ended[pid] = os.waitstatus_to_exitcode(code)
        return ended[pid]

    for line in sys.stdin:
        wish = json.loads(line)
        if "poll" in wish:
            answer = status(wish["poll"], os.WNOHANG)
        elif "wait" in wish:
            answer = status(wish["wait"], 0)
        else:
            answer = os.fork()
            if not answer:
                _run(**wish)
        print(json.dumps(answer), flush=True)  # noqa: T201 (the answer)


def _load() -> None:
    """Import the modules of the commands, with an application on a temporary store."""
    from moderation import cli, create_app  # noqa: F401 (loaded)
    from moderation.config import Settings
    from moderation.storage.migrate import upgrade
    from moderation.web.database import db
    from moderation.web.state import app_state
    from tests.hashing import hash_cheaply

    hash_cheaply()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(secret_key="loads only", env="development", data_dir=Path(folder))
        app = create_app(settings)
        upgrade(app_state(app).settings)
        app.test_client().get("/api/v1/sites/news/posts/story/comments")
        app_state(app).cache.close()
        with app.app_context():
            db.engine.dispose()
    # A thread's locks would stay as they are in a fork, for ever.
    assert threading.active_count() == 1, threading.enumerate()
    gc.collect()
    gc.freeze()


def _run(arguments: Sequence[str], environment: Mapping[str, str], log: str, cwd: str) -> None:
    """Become the command; never returns."""
    from moderation.cli import main
    from moderation.web.pages import console_words

    status = 1
    try:
        os.setsid()
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environment)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        if folder := environment.get("TEST_CONSOLE_LANG"):
            # Translations of a test's own, which the service shows like those that it ships.
            console_words.SOURCE = Path(folder)
        main(list(arguments), prog_name="moderation")
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
