"""The OpenAPI document is true: requests that it allows, and ones that it does not.

Schemathesis makes the requests of each operation from the document and holds the answers
against it. A token that may do everything comes along, or an edit token where one is needed.
"""

import json
import shutil

import pytest
import schemathesis
from hypothesis import given
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from moderation import create_app
from moderation.services.accounts import api_tokens, authentication
from moderation.services.sites import changes, registry
from moderation.services.webhooks.signatures import sign
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import Clock, make_settings

from .conftest import bounded

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
TEXTS = ("What bullshit, I say.", "A fine day for a walk.", "My own words, for a while.")


@pytest.fixture(scope="module")
def app(sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("openapi")
    shutil.copy(sqlite_template, folder / "moderation.sqlite3")
    app = create_app(make_settings(data_dir=folder))
    app_state(app).clock = clock = Clock()
    with app.app_context():
        changes.add(db.session(), "news", title="", origins=[], now=clock.now)
        authentication.add_moderator(
            db.session(), "mia", "a long enough password", role="moderator", now=clock.now
        )
        db.session.remove()
    yield app
    app_state(app).cache.close()
    with app.app_context():
        db.engine.dispose()


class Asker:
    """Sends the requests that were made for one operation after the other."""

    def __init__(self, app):
        self.app, self.client = app, app.test_client()
        self._tokens = 0
        self.token = self.new_token()
        self.secret = self._secret()
        self.comments = [self._comment(text) for text in TEXTS]
        self.failures = {}

    def new_token(self):
        """Make a token for each operation: earlier ones may have removed theirs."""
        self._tokens += 1
        with self.app.app_context():
            session, now = db.session(), app_state(self.app).clock.now
            name, scopes = f"asker {self._tokens}", ("review", "admin")
            made = api_tokens.add_token(session, name, scopes=scopes, now=now)
            db.session.remove()
        return made

    def _secret(self):
        with self.app.app_context():
            found = registry.secrets_of(db.session(), registry.find(db.session(), "news").id)[0]
            db.session.remove()
        return found

    def _comment(self, text):
        body = {"author": {"name": "Ada"}, "text": text}
        return self.client.post("/api/v1/sites/news/posts/story/comments", json=body).get_json()

    def places(self, path):
        """Existing objects that a path can name."""
        held, shown, own = (made["comment"]["id"] for made in self.comments)
        known = {
            "site": "news",
            "site_name": "news",
            "post": "story",
            "comment_id": held if "/review/" in path else own,
            "moderator_id": 1,
        }
        if path.endswith(("/replies", "/context", "/featured")):
            known["comment_id"] = shown
        return {name: value for name, value in known.items() if f"{{{name}}}" in path}

    def headers(self, case):
        security = case.operation.definition.raw.get("security") or []
        token = self.token if {"token": []} in security else self.comments[2]["edit_token"]
        # Not compressed: schemathesis reads the bytes of an in-process answer as they are.
        return {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}

    def ask(self, case):
        if case.path.endswith("/events") and isinstance(case.body, dict):
            response = self._event(case)
        else:
            response = case.call(headers=self.headers(case))
        try:
            case.validate_response(response, checks=CHECKS)
        except ExceptionGroup as found:
            for fault in found.exceptions:
                kept = f"{fault}\n{case.as_curl_command()}"
                self.failures.setdefault((case.operation.label, fault.title), kept)

    def _event(self, case):
        now = int(app_state(self.app).clock.now.timestamp())
        body = json.dumps(case.body).encode("utf-8", "replace")
        id = f"msg_{len(body)}"
        headers = {
            "webhook-id": id,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(self.secret, id, now, body),
        }
        path = "/api/v1/sites/news/events"
        return self.client.post(path, data=body, headers=headers, content_type="application/json")


def test_answers_to_generated_requests_match_the_document(app):
    asker = Asker(app)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)

    for result in schema.get_all_operations():
        operation = result.ok()
        asker.token = asker.new_token()
        places = asker.places(operation.path)
        for mode in GenerationMode:
            for fixed, examples in ((places, 2), (None, 1 if places else 0)):
                if examples:
                    strategy = operation.as_strategy(generation_mode=mode, path_parameters=fixed)
                    try:
                        bounded(examples)(given(strategy)(asker.ask))()
                    except Unsatisfiable:
                        # Some operations have nothing that could be wrong about them.
                        assert mode is GenerationMode.NEGATIVE

    assert asker.failures == {}
