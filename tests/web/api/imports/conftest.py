"""Uploads of imports, and the process that runs their jobs."""

import pytest
from sqlalchemy import select

from moderation.services.transfer import import_job, import_worker
from moderation.services.transfer.import_job import Job
from moderation.storage.models.comments import Comment
from moderation.web.state import app_state

PATH = "/sites/news/import"
HOLDER = "a" * 32


@pytest.fixture
def settings(app):
    return app_state(app).settings


@pytest.fixture
def upload(call, client, reviewing):
    """Upload a text or bytes in parts of ten bytes or more."""

    def send(content, part=100_000):
        raw = content if isinstance(content, bytes) else content.encode()
        assert call("POST", PATH, {"size": len(raw)}).status_code == 201
        for offset in range(0, len(raw), part):
            answer = put(offset, raw[offset : offset + part])
            assert answer.status_code == 200, answer.data
        return answer.get_json()

    def put(offset, part):
        return client.put(
            f"/api/v1/review{PATH}/file?offset={offset}",
            data=part,
            content_type="application/octet-stream",
            headers=reviewing,
        )

    send.put = put
    return send


@pytest.fixture
def work(app, session, settings, clock):
    """Run the job that is due, as the worker's process does."""

    def run():
        id = import_worker.claim(session, settings, HOLDER, now=clock.now)
        assert id is not None
        import_job.run(Job(app_state(app).store, settings, id, HOLDER, clock))

    return run


@pytest.fixture
def stored(session):
    """Return the comments of the store."""

    def read():
        session.rollback()
        return session.scalars(select(Comment)).all()

    return read


@pytest.fixture
def state(call):
    return lambda: call("GET", PATH).get_json()["import"]


def checked(call, upload, work, content, **options):
    upload(content)
    assert call("POST", f"{PATH}/check", options).status_code == 202
    work()
    return call("GET", PATH).get_json()["import"]


def start(call, found):
    answer = call("POST", f"{PATH}/run", {"sha256": found["sha256"]})
    assert answer.status_code == 202, answer.data
