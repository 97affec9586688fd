"""Webhooks while the web and its worker are killed: every event arrives, in order."""

import json
import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import func, select

from moderation import create_app, worker
from moderation.config import Settings
from moderation.domain.inner_networks import Networks, parse_networks
from moderation.services.sites import changes, registry
from moderation.services.webhooks.delivery import send_http
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.webhooks import WebhookDelivery
from moderation.web.database import db
from moderation.web.state import app_state
from tests.chaos.crashes import prepare
from tests.chaos.soundness import Result
from tests.nodes import SECRET_KEY, Load, Node

HERE = "127.0.0.0/8"
ALLOWED = Networks.of(parse_networks(HERE))
#: One request in this number is refused, so that some events are tried again.
REFUSED = 7


class Receiver(ThreadingHTTPServer):
    """Keeps the id and the event of every message that it accepted, in the order they came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accepted: list[tuple[str, dict[str, Any]]] = []
        self.count = 0
        self.changed = threading.Condition()

    def wait_for(self, number: int) -> None:
        """Wait until this many messages were accepted."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.accepted) >= number, 60)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            # The sender was killed while it sent.
            return
        with self.server.changed:
            self.server.count += 1
            refused = self.server.count % REFUSED == 0
            if not refused:
                self.server.accepted.append((self.headers["webhook-id"], json.loads(body)))
                self.server.changed.notify_all()
        self.send_response(503 if refused else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def every_event_arrives(node: Node, *, kills: int, seed: int) -> list[Result]:
    """Kill a server with its worker at random moments under load, then let the rest be sent."""
    rng = random.Random(seed)  # noqa: S311 (a sequence that repeats, not a secret)
    node.environment["MODERATION_OUTBOUND_ALLOWED"] = HERE
    prepare(node)
    with receiving() as receiver:
        app = create_app(
            Settings(
                SECRET_KEY,
                data_dir=node.folder,
                database_url=node.environment.get("MODERATION_DATABASE_URL", ""),
                log_level="ERROR",
                embedded_worker=False,
            )
        )
        with app.app_context():
            session = db.session()
            changes.change(
                session,
                registry.find(session, "news"),
                webhook_url=f"http://127.0.0.1:{receiver.server_port}/",
                allowed=ALLOWED,
                now=datetime.now(UTC),
            )
            db.session.remove()
        for _ in range(kills):
            node.start()
            with Load([node], 3) as load:
                try:
                    receiver.wait_for(len(receiver.accepted) + 1)
                    load.run_for(rng.random())
                finally:
                    node.kill()
        by_kill = len(receiver.accepted)
        _send_the_rest(app)
        sent, missing, disordered = _compare(app, receiver)
        app_state(app).cache.close()
        with app.app_context():
            name = db.engine.dialect.name
            db.engine.dispose()
    what = f"kill -9 of web and worker × {kills}, {name}"
    return [
        Result(f"{what}: events lost", "0", f"{missing} of {sent}", not missing and sent > kills),
        Result(f"{what}: comments out of order", "0", str(disordered), disordered == 0),
        Result(f"{what}: events sent in between", "> 0", str(by_kill), by_kill > 0),
    ]


def _send_the_rest(app: Any) -> None:
    """Run a worker whose clock is ahead: claims of the killed ones have ended."""
    state, ahead = app_state(app), timedelta(minutes=10)
    send = partial(send_http, allowed=ALLOWED)
    waiting = select(func.count()).where(WebhookDelivery.state == "waiting")
    with app.app_context():
        while db.session.scalar(waiting):
            db.session.remove()
            clock = partial(_now, ahead)
            worker.turn(state.store, state.signing, "rest", send=send, clock=clock)
            ahead += timedelta(minutes=10)
        db.session.remove()


def _now(ahead: timedelta) -> datetime:
    return datetime.now(UTC) + ahead


def _compare(app: Any, receiver: Receiver) -> tuple[int, int, int]:
    """Return the number of events, of those that did not arrive, and of disordered comments."""
    with app.app_context():
        rows = db.session.execute(
            select(WebhookDelivery.comment_id, OutboxMessage.id)
            .join(OutboxMessage, OutboxMessage.id == WebhookDelivery.event_id)
            .order_by(WebhookDelivery.id)
        ).all()
        db.session.remove()
    arrived = list(dict.fromkeys(id for id, _ in receiver.accepted))
    place = {id: number for number, id in enumerate(arrived)}
    wanted = defaultdict(list)
    for comment_id, id in rows:
        wanted[comment_id].append(f"msg_{id.hex}")
    missing = sum(id not in place for ids in wanted.values() for id in ids)
    # Events of the site itself, such as a flood in its queue, have no order to keep.
    wanted.pop(None, None)
    disordered = sum(
        [place.get(id, -1) for id in ids] != sorted(place.get(id, -1) for id in ids)
        for ids in wanted.values()
    )
    return len(rows), missing, disordered
