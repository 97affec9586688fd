"""Statements of a release: recorded at its end, repeated beside the next one's schema.

    python -m tests.storage.previous postgresql://postgres@127.0.0.1:5432

records this release's statements into tests/data/previous: do so when a release is made, and
not in between. Every statement is kept with its parameters; ids are among them, so that on an
empty store the repetition means the same rows.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from moderation.services.accounts import api_tokens
from moderation.services.sites import changes
from moderation.web.state import app_state

RECORDED = Path(__file__).parents[1] / "data" / "previous"
#: The schema that the recorded release made.
REVISION = "0011"
SECRET_KEY = "a key for tests that is long enough"


def pack(value: Any) -> Any:
    """A parameter as JSON, with its type where JSON has none."""
    match value:
        case UUID():
            return {"$uuid": str(value)}
        case datetime():
            return {"$time": value.isoformat()}
        case bytes() | memoryview():
            return {"$bytes": bytes(value).hex()}
        case dict():
            return {key: pack(inner) for key, inner in value.items()}
        case list() | tuple():
            return [pack(inner) for inner in value]
        case _ if type(value).__name__ in ("Json", "Jsonb"):
            return {"$json": value.obj}
        case _ if type(value).__name__ == "Binary":
            return pack(value.obj)
    return value


def unpack(value: Any) -> Any:
    """The parameter that `pack` was given."""
    match value:
        case {"$uuid": text}:
            return UUID(text)
        case {"$time": text}:
            return datetime.fromisoformat(text)
        case {"$bytes": text}:
            return bytes.fromhex(text)
        case {"$json": inner}:
            from psycopg.types.json import Jsonb

            return Jsonb(inner)
        case dict():
            return {key: unpack(inner) for key, inner in value.items()}
        case list():
            return [unpack(inner) for inner in value]
    return value


def recorded(database: str) -> list[list[tuple[str, Any]]]:
    """The statements of two ordinary days, each with its parameters."""
    kept = json.loads((RECORDED / f"{database}.json").read_text())
    return [
        [(kept["statements"][number], unpack(parameters)) for number, parameters in day]
        for day in kept["days"]
    ]


def live(app: Any, day: int, now: datetime, secrets: dict[str, str]) -> None:
    """Do a day's work of a service; the second day goes on with the data of the first."""
    from moderation.services.webhooks.delivery import Answer
    from moderation.services.webhooks.signatures import sign
    from tests.working import turn

    client = app.test_client()
    review = {"Authorization": f"Bearer {secrets['token']}"}

    def post(path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code < 300, (path, answer.data)
        return dict(answer.get_json() or {})

    def write(text: str, **more: Any) -> dict[str, Any]:
        author = {"name": f"Reader {day}", "email": f"reader{day}@mail.example"}
        body = {"author": author, "text": text, **more}
        return post("/api/v1/sites/news/posts/story/comments", body, **{"Idempotency-Key": text})

    top = write(f"The first word of day {day}.")
    write(f"An answer on day {day}.", parent_id=top["comment"]["id"])
    rude = write(f"What the fuck is this on day {day}?")
    changed = write(f"To be changed on day {day}.")
    own = f"/api/v1/comments/{changed['comment']['id']}"
    proof = {"X-Edit-Token": changed["edit_token"]}
    assert client.patch(own, json={"text": "Changed."}, headers=proof).status_code == 200
    gone = write(f"To be withdrawn on day {day}.")
    client.delete(
        f"/api/v1/comments/{gone['comment']['id']}", headers={"X-Edit-Token": gone["edit_token"]}
    )
    client.get("/api/v1/sites/news/posts/story/comments?limit=10")
    client.get("/api/v1/sites/news/counts?post=story&post=other")
    client.get("/api/v1/review/queue", headers=review)
    held = f"/api/v1/review/comments/{rude['comment']['id']}"
    post(f"{held}/claim", {}, **review)
    decided = post(f"{held}/decisions", {"outcome": "approve"}, **review)
    undone = client.delete(f"/api/v1/review/decisions/{decided['id']}", headers=review)
    assert undone.status_code == 200, undone.data
    post(f"{held}/decisions", {"outcome": "reject"}, **review)
    client.get(held, headers=review)
    for number, (kind, subject) in enumerate(
        (
            ("post.published", {"post": "story", "title": "A story"}),
            ("author.banned", {"author": {"id": f"troll{day}"}}),
            ("author.erased", {"author": {"id": f"troll{day}"}}),
            ("post.closed", {"post": f"closed{day}"}),
        )
    ):
        body = json.dumps({"type": kind, "timestamp": now.isoformat(), "data": subject}).encode()
        id, stamp = f"msg_{day}_{number}", int(now.timestamp())
        answer = client.post(
            "/api/v1/sites/news/events",
            data=body,
            headers={
                "webhook-id": id,
                "webhook-timestamp": str(stamp),
                "webhook-signature": sign(secrets["secret"], id, stamp, body),
                "Content-Type": "application/json",
            },
        )
        assert answer.status_code < 300, answer.data
    login = {"login": "mia", "password": "a long enough password"}
    assert client.post("/review/login", data=login).status_code in (302, 303)
    turn(app, "worker", send=lambda request: Answer(204), clock=lambda: now)


def record(url: str, folder: Path) -> dict[str, Any]:
    """Live two days on an empty store and write down every statement."""
    from sqlalchemy import event

    from moderation import create_app
    from moderation.config import Settings
    from moderation.services.accounts import authentication
    from moderation.storage.migrate import upgrade
    from moderation.web.database import db

    app = create_app(
        Settings(
            SECRET_KEY,
            env="development",
            data_dir=folder,
            database_url=url,
            ratelimit_enabled=False,
            log_level="ERROR",
        )
    )
    upgrade(app_state(app).settings)
    now = datetime.now(UTC).replace(microsecond=0)
    app_state(app).clock = lambda: now
    statements: dict[str, int] = {}
    days: list[list[Any]] = [[]]

    def keep(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, many: bool) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            for each in parameters if many else [parameters]:
                number = statements.setdefault(statement, len(statements))
                days[-1].append([number, pack(each)])

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", keep)
        site, secret = changes.add(
            db.session(), "news", title="News", origins=["https://news.example"], now=now
        )
        changes.change(db.session(), site, webhook_url="https://news.example/hook", now=now)
        authentication.add_moderator(
            db.session(), "mia", "a long enough password", role="admin", now=now
        )
        token = api_tokens.add_token(db.session(), "ci", scopes=("review", "admin"), now=now)
        db.session.remove()
    secrets = {"token": token, "secret": secret}
    live(app, 1, now, secrets)
    days.append([])
    live(app, 2, now, secrets)
    app_state(app).cache.close()
    with app.app_context():
        db.engine.dispose()
    return {"statements": list(statements), "days": days}


def _databases(server: str) -> Iterator[tuple[str, str]]:
    import psycopg

    yield "sqlite", ""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE moderation_recorded")
        try:
            name = server.replace("postgresql://", "postgresql+psycopg://")
            yield "postgresql", f"{name}/moderation_recorded"
        finally:
            admin.execute("DROP DATABASE moderation_recorded WITH (FORCE)")


if __name__ == "__main__":
    RECORDED.mkdir(exist_ok=True)
    for database, url in _databases(sys.argv[1]):
        with tempfile.TemporaryDirectory() as folder:
            kept = record(url, Path(folder))
        lines = [",\n".join(map(json.dumps, part)) for part in (kept["statements"], *kept["days"])]
        statements, *days = lines
        listed = "],\n[".join(days)
        (RECORDED / f"{database}.json").write_text(
            f'{{"statements": [\n{statements}],\n"days": [[\n{listed}]]}}\n'
        )
