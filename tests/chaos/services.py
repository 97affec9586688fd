"""A PostgreSQL cluster and a Redis of the test's own, to be stopped, cut and killed at will."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.nodes import free_port


def postgres_programs() -> Path | None:
    """The folder of initdb and pg_ctl; None where PostgreSQL's server is not installed."""
    found = shutil.which("pg_ctl")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in places if (p / "initdb").exists() and (p / "postgres").exists()), None)


class Cluster:
    """PostgreSQL on a port of its own; the machine's server is never touched."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="moderation-cluster-"))
        # PostgreSQL refuses to run as root.
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            name = "postgres" if _known("postgres") else "nobody"
            entry = pwd.getpwnam(name)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            self._as = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        self._run("initdb", "-A", "trust", "-U", "moderation", "--no-sync", "-E", "UTF8")
        self.start()
        self.execute("CREATE DATABASE moderation", database="postgres")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://moderation@127.0.0.1:{self.port}/moderation"

    def execute(self, statement: str, *, database: str = "moderation") -> list[Any]:
        address = f"postgresql://moderation@127.0.0.1:{self.port}/{database}"
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, how: str = "immediate") -> None:
        """`immediate` is a crash, `fast` an operator's restart."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Freeze every process of the cluster; its connections stay open."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = subprocess.run(
            ["pgrep", "-P", str(first)], capture_output=True, text=True, check=True
        ).stdout.split()
        every = [first, *map(int, children)]
        try:
            for number in every:
                os.kill(number, signal.SIGSTOP)
            yield
        finally:
            for number in every:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGCONT)

    def cut_listeners(self) -> int:
        """End the connections that listen for visible changes; return their number."""
        return len(
            self.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = 'moderation'"
                # The last query of a listener: it listens, then polls for signs of life.
                " AND (query LIKE 'LISTEN%' OR query = 'SELECT 1')"
            )
        )

    def close(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), "-D", str(self.folder / "data"), *arguments],
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._as,
        )


def _known(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


class RedisServer:
    """Redis on a port of its own, in memory alone."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        import redis

        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        with closing(redis.Redis(port=self.port)) as client:
            while True:
                with suppress(redis.RedisError):
                    client.ping()
                    return
                assert time.monotonic() < deadline, "Redis does not start"
                time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    close = kill
