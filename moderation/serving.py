"""Runs the WSGI server: granian, with as many blocking threads as the pool has room for."""

import gc
import logging
import os
from pathlib import Path

from .config import Settings


def serve(host: str, port: int, workers: int = 1) -> None:
    """Serve until stopped. Settings come from the environment of this process."""
    from granian.constants import Interfaces
    from granian.server import Server

    settings = Settings.from_env(os.environ)
    # It counts cores; our threads wait for the disk, and share a commit when they do.
    logging.getLogger("_granian").addFilter(lambda r: "Python threads" not in r.getMessage())
    Server(
        "moderation.serving:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=settings.threads,
        # More waiting requests than this would only grow old in the queue.
        backpressure=512,
        backlog=1024,
        respawn_failed_workers=True,
        factory=True,
        websockets=False,
        log_access=False,
        working_dir=Path.cwd(),
    ).serve()


def application() -> object:
    """What each worker process loads: the application, with its worker where it is embedded."""
    from . import create_app
    from .worker import start_embedded

    app = create_app()
    keep_what_is_loaded()
    if app.extensions["moderation"].settings.embedded_worker:
        start_embedded(app)
    return app


def keep_what_is_loaded() -> None:
    """Never look again for garbage among what is loaded by now: that stops a request for 60 ms."""
    gc.collect()
    gc.freeze()
