"""A server process as an attacker, a deploy script and a long day treat it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.conftest import _empty
from tests.nodes import Node, comment, free_port, remark

THREAD = "/api/v1/sites/news/posts/story/comments"
#: Bytes by which invented requests may make the process larger.
ROOM = 64 * 1024 * 1024
#: Threads of a server; its pool holds two connections more.
THREADS = 8


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A store with a site, which tests copy."""
    folder = tmp_path_factory.mktemp("store")
    made = Node(folder)
    made.command("migrate")
    made.command("site", "add", "news", "--hold-first", "0", "--origin", "https://news.example")
    return folder / "moderation.sqlite3"


@pytest.fixture
def node(tmp_path, request):
    environment = {}
    if "postgres_url" in request.fixturenames:
        url = request.getfixturevalue("postgres_url")
        _empty(url)
        environment["MODERATION_DATABASE_URL"] = url.replace("+psycopg", "")
    running = Node(
        tmp_path, MODERATION_LOG_LEVEL="INFO", MODERATION_THREADS=str(THREADS), **environment
    )
    if environment:
        running.command(
            "site", "add", "news", "--hold-first", "0", "--origin", "https://news.example"
        )
    else:
        shutil.copy(request.getfixturevalue("template"), tmp_path / "moderation.sqlite3")
    yield running
    running.kill()


def descriptors(node: Node) -> Counter[str]:
    """Open descriptors, counted apart as files of the store and all others."""
    folder = Path(f"/proc/{node.process.pid}/fd")
    found: Counter[str] = Counter()
    for number in os.listdir(folder):
        # A connection may be closed between the listing and this look.
        with suppress(FileNotFoundError):
            target = os.readlink(folder / number)
            found["store" if "moderation.sqlite3" in target else "other"] += 1
    return found


def resident(node: Node) -> int:
    status = Path(f"/proc/{node.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def burst(node: Node, clients: int = 12, each: int = 10) -> None:
    """Readers and writers at the same time, on pages that are ready and pages that are not."""
    failed: list[object] = []

    def ask(client: int) -> None:
        for number in range(each):
            queries = ("", "?limit=3", "?limit=007", f"?cursor={number}", "?sort=oldest&x=1")
            status, _, _ = node.ask("GET", THREAD + queries[(client + number) % 5])
            if status not in (200, 422):
                failed.append(status)
        text = remark(f"{client}-{os.urandom(4).hex()}")
        status, _, _ = node.ask(
            "POST", THREAD, comment(text), **{"X-Forwarded-For": f"10.0.0.{client}"}
        )
        if status not in (201, 202):
            failed.append(status)

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_bursts_leave_no_descriptor_behind_on_sqlite(node):
    node.start()
    at_rest = descriptors(node)

    for _ in range(8):
        burst(node)
    found = descriptors(node)

    # A connection of the pool opens the database and its log, when a thread first needs it.
    assert found["store"] <= at_rest["store"] + 2 * (THREADS + 2)
    # Connections that clients have just closed may not be gone yet.
    assert found["other"] <= at_rest["other"] + 4


@pytest.mark.postgres
def test_bursts_leave_no_connection_behind_on_postgresql(node, postgres_url):
    node.start()
    with closing(psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True)) as admin:

        def connections() -> int:
            return admin.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            ).fetchone()[0]

        burst(node)
        for _ in range(6):
            burst(node)
        found = connections()

    # A connection and a watch for each thread, the listener, the worker and this test.
    assert found <= 2 * THREADS + 6


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_at_any_moment_after_the_start_ends_the_process(node, number):
    # Seconds after the start: while Python loads, while the application does, when it serves.
    for moment in (0.05, 0.4, 1.0, 2.0, None):
        node.launch()
        process = node.process
        if moment is None:
            node.wait_until_up()
        else:
            # The moment is what this test is about; there is nothing to wait for.
            threading.Event().wait(moment)
        os.killpg(process.pid, number)
        process.wait(timeout=20)
        node.process = None


def test_with_several_processes_a_dead_one_is_replaced_and_all_end_together(node):
    port = free_port()
    node.port = port
    node.launch("serve", "--port", str(port), "--workers", "2")
    node.wait_until_up()
    parent = node.process.pid

    def children() -> set[int]:
        task = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        return {int(pid) for pid in task.split()}

    wait_until(lambda: len(children()) == 2)
    first = min(children())
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(children()) == 2 and first not in children())
    last = children()
    os.kill(parent, signal.SIGKILL)
    node.process.wait()
    node.process = None

    # Children of a parent that is gone end by themselves.
    wait_until(lambda: not any(is_running(pid) for pid in last))


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_until(true, *, seconds: float = 60) -> None:
    step = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        step.wait(0.05)
    raise AssertionError("it did not come to be")


def test_a_second_server_on_the_same_port_refuses_with_a_sentence(node):
    node.start()

    second = subprocess.run(
        [sys.executable, "-m", "moderation", "serve", "--port", str(node.port)],
        cwd=node.code,
        env=node.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert second.returncode != 0
    assert str(node.port) in second.stderr
    assert "Traceback" not in second.stderr
    assert node.ask("GET", "/healthz")[0] == 200


def test_http_2_in_clear_is_not_spoken(node):
    node.start()
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    for _ in range(20):
        with closing(socket.create_connection(("127.0.0.1", node.port), timeout=20)) as wire:
            wire.sendall(preface + settings)

    assert node.raw(preface + settings).startswith(b"HTTP/1.1 400 ")
    assert node.ask("GET", "/healthz")[0] == 200


def test_as_many_slow_bodies_as_a_client_can_open_block_no_other_client(node):
    node.start()
    request = (
        f"POST {THREAD} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000\r\n\r\n{"
    ).encode()
    wires = [socket.create_connection(("127.0.0.1", node.port), timeout=30) for _ in range(60)]
    try:
        for wire in wires:
            wire.sendall(request)

        assert node.ask("GET", THREAD)[0] == 200
        assert node.ask("POST", THREAD, comment("A word in between, friend."))[0] == 201
        assert wires[0].recv(65_536).startswith(b"HTTP/1.1 408 ")
    finally:
        for wire in wires:
            wire.close()


def invented(number: int) -> list[tuple[str, str]]:
    """Requests for missing objects, a different one each time."""
    name = f"{number}-" + "x" * (number % 400)
    return [
        ("GET", f"/api/v1/sites/news/posts/{name}/comments"),
        ("GET", f"/api/v1/sites/news/counts?post={name}&post={name}b"),
        ("GET", f"/api/v1/sites/{name[:60]}/posts/a/comments"),
        ("GET", f"/widget/{name}"),
        ("GET", f"/embed/news/{name}?lang={quote(name)}"),
        ("GET", f"/feeds/news/{name}"),
        ("GET", f"{THREAD}?limit={number % 100 + 1}&cursor={name[:60]}"),
        ("POST", f"/api/v1/sites/news/posts/{name}/comments"),
    ]


def test_invented_posts_sites_languages_files_and_addresses_leave_memory_as_it_was(node):
    node.environment["MODERATION_RATELIMIT_ENABLED"] = "1"
    node.start()

    def ask(numbers: range) -> None:
        with closing(socket.create_connection(("127.0.0.1", node.port), timeout=60)) as wire:
            reader = wire.makefile("rb")
            for number in numbers:
                for method, path in invented(number):
                    sender = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
                    wire.sendall(
                        f"{method} {path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {sender}\r\n"
                        "Content-Length: 0\r\n\r\n".encode()
                    )
                    status = int(reader.readline().split()[1])
                    assert status < 500, (status, path)
                    length = 0
                    while (line := reader.readline().strip()) != b"":
                        if line.lower().startswith(b"content-length:"):
                            length = int(line.split(b":")[1])
                    reader.read(length)

    ask(range(300))
    before = resident(node)
    ask(range(300, 2300))

    assert resident(node) - before < ROOM
