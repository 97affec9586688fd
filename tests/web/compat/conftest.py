"""A site with a key for Akismet's clients."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moderation.services.compat import keys
from moderation.services.sites import registry
from moderation.web.database import db

BLOG = "https://blog.example"
FRIENDLY = "A quiet and friendly remark about the market hall."
CALLBACK = f"{BLOG}/wp-json/akismet/v1/webhook"


@pytest.fixture
def make_key(app: Flask, site: Any, clock: Any) -> Callable[[], str]:
    def make() -> str:
        with app.app_context():
            session = db.session()
            found = registry.find(session, "news")
            key = keys.make(session, found, keys.Service.AKISMET, now=clock.now)
            db.session.remove()
        return key

    return make


@pytest.fixture
def key(make_key: Callable[[], str]) -> str:
    return make_key()


@pytest.fixture
def ask(client: FlaskClient, key: str) -> Callable[..., Any]:
    """Send a check, or another call of version 1.1; None leaves a parameter out."""

    def send(method: str = "comment-check", path: str = "/1.1/", **changed: str | None) -> Any:
        sent = {
            "api_key": key,
            "blog": BLOG,
            "user_ip": "8.8.8.8",
            "user_agent": "Test",
            "permalink": f"{BLOG}/market-hall",
            "comment_type": "comment",
            "comment_author": "Ada",
            "comment_author_email": "ada@mail.example",
            "comment_content": FRIENDLY,
            **changed,
        }
        body = {name: value for name, value in sent.items() if value is not None}
        return client.post(f"{path}{method}", data=body)

    return send
