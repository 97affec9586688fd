"""Orders of exports, and the process that prepares them."""

import pytest

from moderation.services import export_files
from moderation.services.transfer import export_job, export_worker
from moderation.services.transfer.export_job import Job
from moderation.web.state import app_state

PATH = "/sites/news/exports"
HOLDER = "a" * 32


@pytest.fixture
def settings(app):
    return app_state(app).settings


@pytest.fixture
def order(call):
    """Order an export and return it."""

    def send(path=PATH, **choices):
        answer = call("POST", path, choices)
        assert answer.status_code == 202, answer.data
        return answer.get_json()

    return send


@pytest.fixture
def claim(app, session, settings, clock):
    """Claim the export that is due, as a worker does, and return its job."""

    def take(holder=HOLDER, **changes):
        id = export_worker.claim(session, holder, now=clock.now)
        return id and Job(app_state(app).store, settings, id, holder, clock, **changes)

    return take


@pytest.fixture
def work(claim):
    """Prepare the export that is due, as the worker's process does."""

    def run(**changes):
        export_job.run(claim(**changes))

    return run


@pytest.fixture
def shown(call):
    """Return an export as the API shows it."""
    return lambda made: call("GET", f"{PATH}/{made['id']}").get_json()


@pytest.fixture
def download(call):
    """Download an export, or a part of it."""

    def get(made, method="GET", **headers):
        answer = call(method, f"{PATH}/{made['id']}/file", **headers)
        answer.get_data()
        answer.close()
        return answer

    return get


@pytest.fixture
def files(settings):
    """Return the names in the folder of exports."""

    def read():
        folder = export_files.folder_of(settings)
        return sorted(each.name for each in folder.iterdir()) if folder.exists() else []

    return read
