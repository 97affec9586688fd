"""A checker over real HTTP, through the guard of addresses, by the worker's own turn."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
from sqlalchemy import select

from moderation import worker
from moderation.domain.actors import By
from moderation.domain.status import Actor
from moderation.services.compat import checkers
from moderation.services.outbound import Networks
from moderation.services.sites import registry
from moderation.storage.models.comments import Comment
from moderation.storage.models.sites import Site
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import one_store

LOOPBACK = ip_network("127.0.0.1/32")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), json.loads(body)))
        self.server.answer(self)

    def give(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Write nothing."""


@pytest.fixture
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.received = []
    server.ended = threading.Event()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.ended.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def held(make_app, site, receiver, clock, change_site):
    """Send a comment to a site whose checker is the receiver; return what one turn makes of it."""

    def turn(answer, *, allowed=(LOOPBACK,), url="/", **settings):
        receiver.answer = answer
        change_site(settings={"hold_first": 0})
        app = make_app(outbound_allowed=allowed)
        given = {
            "url": f"http://127.0.0.1:{receiver.server_port}{url}",
            "shape": "openai",
            "enabled": True,
            "secret": "sk-hidden",
            **settings,
        }
        with app.app_context():
            checkers.save(
                db.session(),
                registry.find(db.session(), "news"),
                given,
                allowed=Networks.of((LOOPBACK,)),
                now=clock.now,
                by=By(Actor.MODERATOR, "ann"),
            )
            db.session.remove()
        made = app.test_client().post(
            "/api/v1/sites/news/posts/story/comments",
            json={"author": {"name": "Ada"}, "text": "A quiet and friendly remark."},
        )
        assert made.status_code == 202
        state = app_state(app)
        worker.turn(state.store, state.signing, "tests", send=lambda _: None, clock=clock)
        with app.app_context():
            comment = db.session.scalars(select(Comment)).one()
            error = checkers.view(
                db.session(), db.session.scalars(select(Site)).one(), now=clock.now
            )
            found = comment.status, error["state"]["last_error"]
            db.session.remove()
        state.store.close()
        return found

    return turn


def fine(handler):
    result = {"flagged": False, "category_scores": {"hate": 0.01}}
    handler.give(200, json.dumps({"results": [result]}).encode())


def test_the_worker_asks_the_checker_and_publishes_the_comment(held, receiver):
    assert held(fine) == ("approved", "")

    ((headers, body),) = receiver.received
    assert body == {"input": "A quiet and friendly remark."}
    assert headers["Authorization"] == "Bearer sk-hidden"


@one_store
def test_an_address_that_is_not_allowed_any_more_is_never_reached(held, receiver):
    assert held(fine, allowed=()) == ("held", "BadAddress")
    assert receiver.received == []


@one_store
def test_a_redirect_is_a_failure_and_not_followed(held, receiver):
    def redirect(handler):
        port = receiver.server_port
        handler.give(307, Location=f"http://127.0.0.1:{port}/elsewhere")

    assert held(redirect) == ("held", "HTTP 307")
    assert len(receiver.received) == 1


@one_store
def test_a_checker_that_hangs_is_left_after_its_time_limit(held, receiver):
    status, error = held(lambda _: receiver.ended.wait(30), timeout=0.5)

    assert status == "held"
    assert error


@one_store
def test_an_endless_answer_is_cut(held):
    assert held(lambda handler: handler.give(200, b" " * 1_000_000)) == (
        "held",
        "the answer has more than 65536 bytes",
    )
