"""Serves HTTP: one process, or several that share a listening socket.

The package handles HTTP and processes; the application makes the responses.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from moderation.config import Settings

from .bounds import Bounds

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger(__name__)

#: File descriptors reserved for everything but clients: stores, files, outgoing requests.
_OWN_DESCRIPTORS = 256
#: Thread switch interval: how long a thread that judges a comment may delay the event loop.
#: Python's default 0.005 slows reads more while one post is attacked (`benchmarks/attack.py`).
_SWITCH = 0.0005


class CannotListen(Exception):
    """The server cannot listen on an address; the message names it and the reason."""


def serve(host: str, port: int, workers: int = 1) -> None:
    """Serve until stopped. Settings come from the environment of this process.

    Raises CannotListen when another server uses the port: two must never share it unnoticed.
    """
    settings = Settings.from_env(os.environ)
    listening = listen(host, port)
    if workers > 1:
        from .supervisor import supervise

        supervise(lambda parent: _serve(settings, listening, parent), workers)
    else:
        _serve(settings, listening, None)


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket, on IPv4 and IPv6 where the host names both."""
    try:
        if host in ("", "::") and socket.has_dualstack_ipv6():
            listening = socket.create_server(
                ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1024
            )
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listening = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise CannotListen(f"{host}:{port}: {error.strerror or error}") from None
    listening.setblocking(False)
    return listening


def application(settings: Settings | None = None) -> "Flask":
    """Build the application of a process, with its worker where it is embedded."""
    from moderation import create_app
    from moderation.web.state import app_state
    from moderation.worker import start_embedded

    app = create_app(settings)
    keep_what_is_loaded()
    state = app_state(app)
    if state.settings.embedded_worker:
        state.worker = start_embedded(state.store, state.signing)
    return app


def keep_what_is_loaded() -> None:
    """Exempt loaded objects from garbage collection, which would stop a request for 60 ms."""
    gc.collect()
    gc.freeze()


def _serve(settings: Settings, listening: socket.socket, parent: int | None) -> None:
    """Serve in this process until a signal arrives or the parent's pipe is closed."""
    # A process that is still loading has accepted no request and ends at once.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end_at_once)
    app = application(settings)
    sys.setswitchinterval(_SWITCH)
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_run(app, settings, listening, parent))
    # Busy threads do not delay the exit: every answered request is stored already.
    _flush()
    os._exit(0)


async def _run(
    app: "Flask", settings: Settings, listening: socket.socket, parent: int | None
) -> None:
    from moderation.web.state import app_state

    from .front import Front

    bounds = Bounds(per_client=settings.connections_per_client)
    state = app_state(app)
    gate = state.request_limit
    front = Front(
        app.wsgi_app,
        state.cache,
        admit=gate.admit if gate is not None else None,
        threads=settings.threads,
        trusted=settings.trusted_proxies,
        bounds=bounds,
        connections=_most_connections(bounds.connections),
    )
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if parent is not None:
        # The kernel closes the pipe's other end when the parent ends, even after kill -9.
        loop.add_reader(parent, stop.set)
    await front.start(listening)
    log.info("server.started", listening=_address(listening), pid=os.getpid())
    await stop.wait()
    log.info("server.stopping", connections=len(front.connections))
    # The process ends even if a later step hangs.
    watchdog = threading.Timer(bounds.stop_time, os._exit, (0,))
    watchdog.daemon = True
    watchdog.start()
    if state.worker is not None:
        state.worker.set()
    await front.stop()
    await loop.run_in_executor(None, state.cache.close)


def _new_loop() -> asyncio.AbstractEventLoop:
    """Return the fastest installed event loop."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _most_connections(wanted: int) -> int:
    """Raise the soft limit of descriptors; return how many connections it allows."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OWN_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            soft = raised
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(16, min(wanted, soft - min(_OWN_DESCRIPTORS, soft // 2)))


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _end_at_once(number: int, _frame: object) -> None:
    _flush()
    os._exit(0 if number == signal.SIGTERM else 130)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
