"""Real servers: `moderation serve` and `worker` as processes that can be killed, and clients."""

import http.client
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SECRET_KEY = "a key for tests that is long enough"


def free_port() -> int:
    """A port that is free, also for a server that comes back to it.

    Below those that the system gives to connections: one of them could take it meanwhile.
    """
    for _ in range(50):
        port = 20_000 + secrets.randbelow(12_000)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def free_ports() -> int:
    """A port that is free together with the one after it.

    Below those that the system gives out by itself, so that the second stays free.
    """
    for _ in range(50):
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no two neighbouring ports are free")


def _hear_interrupts() -> None:
    # Shells let their background jobs ignore SIGINT, and their children inherit it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Node:
    """`moderation serve` on a store; can be killed and started again."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.log = folder / f"server-{free_port()}.log"
        self.port = 0
        #: Where the code is that runs: another release's, for one.
        self.code = ROOT
        #: Token of a reviewer, once there is one.
        self.token = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("MODERATION_")},
            "MODERATION_SECRET_KEY": SECRET_KEY,
            "MODERATION_ENV": "development",
            "MODERATION_DATA_DIR": str(folder),
            "MODERATION_RATELIMIT_ENABLED": "0",
            "MODERATION_LOG_LEVEL": "DEBUG",
            "MODERATION_TRUSTED_PROXIES": "127.0.0.1/32",
            **environment,
        }

    def command(self, *arguments: str) -> str:
        # Without the faults of the server's disk.
        environment = {k: v for k, v in self.environment.items() if k != "LD_PRELOAD"}
        done = subprocess.run(
            [sys.executable, "-m", "moderation", *arguments],
            cwd=self.code,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def launch(self, *command: str) -> None:
        """Start the process without waiting for an answer."""
        self.port = self.port or free_port()
        command = command or ("serve", "--port", str(self.port))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "moderation", *command],
                cwd=self.code,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_hear_interrupts,
            )

    def start(self) -> None:
        self.launch()
        self.wait_until_up()

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.ask("GET", "/healthz")[0] == 200:
                    return
            except OSError:
                assert self.process is None or self.process.poll() is None, self.log.read_text()
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            self.process.wait()
            self.process = None

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request with the path unchanged; return status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=20)) as wire:
            wire.sendall(request)
            received = b""
            while part := wire.recv(65_536):
                received += part
            return received

    def read(self, post: str) -> dict[str, Any]:
        """The first page of a thread."""
        status, _, body = self.ask("GET", f"/api/v1/sites/news/posts/{post}/comments")
        assert status == 200, body
        return dict(json.loads(body))


def comment(text: str, **fields: Any) -> bytes:
    return json.dumps({"author": {"name": "Ada"}, "text": text, **fields}).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer to a comment or a decision; status 0 when the connection broke."""

    begun: float
    seconds: float
    status: int = 0
    type: str = ""
    retry_after: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    #: The mark before the request, and at the answer.
    mark_before: int = 0
    mark: int = 0
    #: The comment that a decision rejects; empty for a comment.
    rejects: str = ""

    @property
    def kept(self) -> bool:
        """The server has promised to keep the comment or the decision."""
        return self.status in (201, 202)

    @property
    def clear(self) -> bool:
        """Kept, or refused with the time to try again."""
        polite = self.status == 503 and self.type == "application/problem+json"
        return self.kept or (polite and self.retry_after.isdigit())

    @property
    def id(self) -> str:
        return str(self.body["comment"]["id"])


_loads = count(1)


#: Of a comment whose decision was not answered: it is there, in one status or the other.
EITHER = "either"


class Load:
    """Clients that submit comments until they are stopped, every third one doubtful.

    Where the nodes have a token every fourth comment is then rejected by a moderator.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        writers: int = 3,
        *,
        posts: int = 5,
        mark: Callable[[], int] = lambda: 0,
        rejects: bool = True,
    ) -> None:
        self.answers: list[Answer] = []
        self._nodes, self._posts, self._mark = nodes, posts, mark
        self._rejects = rejects
        self._stop = threading.Event()
        self._more = threading.Condition()
        self._threads = [
            threading.Thread(
                target=self._write, args=(f"{next(_loads)}-{i}", nodes[i % len(nodes)])
            )
            for i in range(writers)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, count: int, *, seconds: float = 60) -> None:
        """Until `count` more comments were kept."""
        wanted = self._kept() + count
        with self._more:
            assert self._more.wait_for(lambda: self._kept() >= wanted, seconds), self.statuses()

    def run_for(self, seconds: float) -> None:
        self._stop.wait(seconds)

    @property
    def kept(self) -> dict[str, str]:
        """The status that was promised, by the id of each comment that was."""
        return self.promised()

    def promised(self, until: float = float("inf")) -> dict[str, str]:
        """Return the same of the answers while `mark` is at most `until`."""
        found: dict[str, str] = {}
        for answer in list(self.answers):
            kept = answer.kept and answer.mark <= until
            if answer.rejects in found and (kept or answer.mark_before <= until):
                found[answer.rejects] = "rejected" if kept else EITHER
            elif kept and not answer.rejects:
                found[answer.id] = "approved" if answer.status == 201 else "held"
        return found

    def statuses(self) -> dict[int, int]:
        """Return the number of answers by status."""
        found: dict[int, int] = {}
        for answer in list(self.answers):
            found[answer.status] = found.get(answer.status, 0) + 1
        return found

    def _kept(self) -> int:
        return sum(answer.kept and not answer.rejects for answer in self.answers)

    def _write(self, name: str, node: Node) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            rude = " Fucking rude." if number % 3 == 0 else ""
            text = remark(f"{name} {number}") + rude
            answer = submit(node, f"p{number % self._posts}", text, self._mark)
            self._add(answer)
            if answer.kept and node.token and self._rejects and number % 4 == 0:
                answer = reject(node, answer.id, self._mark)
                self._add(answer)
            if answer.status in (0, 503):
                # As long as a polite client would wait at the least.
                self._stop.wait(0.1)

    def _add(self, answer: Answer) -> None:
        with self._more:
            self.answers.append(answer)
            self._more.notify_all()


def remark(seed: str) -> str:
    """A harmless text that is nothing like another, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 (a sequence that repeats, not a secret)
    words = ("".join(rng.choices(_SYLLABLES, k=3)) for _ in range(14))
    return f"In {' '.join(words)}."


#: Invented words, so that two texts have hardly one in common.
_SYLLABLES = [a + b for a in "lmrstvz" for b in "aeiou"]


def address(seed: str) -> str:
    """An address of a network of its own, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311
    return f"{rng.randrange(11, 120)}.{rng.randrange(256)}.{rng.randrange(256)}.7"


def submit(
    node: Node, post: str, text: str, mark: Callable[[], int] = lambda: 0, *, sender: str = ""
) -> Answer:
    """Submit one comment, each text from an address of its own, and accept any answer."""
    path = f"/api/v1/sites/news/posts/{post}/comments"
    return _answer(node, path, comment(text), mark, **{"X-Forwarded-For": sender or address(text)})


def reject(node: Node, comment_id: str, mark: Callable[[], int] = lambda: 0) -> Answer:
    """Reject a comment as a moderator, and accept any answer."""
    path = f"/api/v1/review/comments/{comment_id}/decisions"
    bearer = {"Authorization": f"Bearer {node.token}"}
    answer = _answer(node, path, b'{"outcome": "reject"}', mark, **bearer)
    return replace(answer, rejects=comment_id)


def _answer(node: Node, path: str, body: bytes, mark: Callable[[], int], **headers: str) -> Answer:
    marked, begun = mark(), time.monotonic()
    try:
        status, headers_back, content = node.ask("POST", path, body, **headers)
    except (OSError, http.client.HTTPException):
        return Answer(begun, time.monotonic() - begun, mark_before=marked)
    seconds = time.monotonic() - begun
    named = {key.lower(): value for key, value in headers_back.items()}
    try:
        members = json.loads(content)
    except ValueError:
        members = {}
    return Answer(
        begun,
        seconds,
        status,
        named.get("content-type", ""),
        named.get("retry-after", ""),
        members,
        marked,
        mark(),
    )
