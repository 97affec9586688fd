"""Fixtures of the web's tests."""

import pytest

from tests.services.notifications.conftest import mailbox

__all__ = ["mailbox"]

PASSWORD = "a long enough password"


@pytest.fixture
def call(client, reviewing):
    """Call the review API with every permission."""

    def send(method, path, body=None, **headers):
        return client.open(
            f"/api/v1/review{path}", method=method, json=body, headers={**reviewing, **headers}
        )

    return send


@pytest.fixture
def browser(app):
    """A browser of its own, with ways to log in and to ask the API as the console does."""

    class Browser:
        def __init__(self, address="192.0.2.1", app=app):
            self.client = app.test_client()
            self.environ = {"REMOTE_ADDR": address}
            self.csrf = ""

        def post(self, path, form, **headers):
            return self.client.post(
                path, data=form, headers=headers, environ_overrides=self.environ
            )

        def log_in(self, login="mia", password=PASSWORD, **headers):
            answer = self.post("/review/login", {"login": login, "password": password}, **headers)
            if answer.status_code == 303:
                page = self.client.get("/review/account").get_data(as_text=True)
                self.csrf = page.partition('name="csrf-token" content="')[2].partition('"')[0]
            return answer

        def ask(self, method, path, body=None, **headers):
            known = {"X-CSRF-Token": self.csrf, **headers}
            return self.client.open(
                f"/api/v1/review{path}", method=method, json=body, headers=known
            )

    return Browser


class Seconds:
    """A monotonic clock that does not move by itself."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()
