"""The demonstration that `make run` starts: a site, a moderator and an article.

The article is served from a port of its own, so that it embeds across origins as real
sites do. Nothing here is reached by `release` or `serve`.
"""

import json
import os
import secrets
import threading
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click

from moderation.config import SECRET_FILE

SITE = "demo"
POST = "market-hall"
LOGIN = "moderator"
TOKEN = "demo"  # noqa: S105 (the token's name)


def run(host: str, port: int, data_dir: Path) -> None:
    """Prepare the demonstration, print how to reach it, and serve until stopped."""
    from moderation import create_app
    from moderation.server import serve
    from moderation.storage import close_store
    from moderation.storage.upgrade import upgrade

    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 (compared)
    service, pages = f"http://{shown}:{port}", f"http://{shown}:{port + 1}"
    data_dir.mkdir(parents=True, exist_ok=True)
    _configure(data_dir, service)
    app = create_app()
    upgrade(app)
    with app.app_context():
        facts = _prepare(data_dir / "demo.json", service, pages)
        close_store()
    _serve_article(host, port + 1, service)
    click.echo(_greeting(facts))
    serve(host, port)


def _configure(data_dir: Path, service: str) -> None:
    """Fill in the settings that nobody gave; the secret is kept beside the store."""
    key = data_dir / SECRET_FILE
    if not key.exists():
        _write_private(key, secrets.token_urlsafe(48))
    for name, value in (
        ("MODERATION_ENV", "development"),
        ("MODERATION_SECRET_KEY", key.read_text().strip()),
        ("MODERATION_PUBLIC_URL", service),
        ("MODERATION_LOG_FORMAT", "console"),
        ("MODERATION_LOG_LEVEL", "WARNING"),
    ):
        os.environ.setdefault(name, value)
    os.environ["MODERATION_DATA_DIR"] = str(data_dir)


def _prepare(path: Path, service: str, pages: str) -> dict[str, Any]:
    """Create what is missing; what an earlier run made and wrote down stays as it is."""
    from moderation.domain.errors import NotFound
    from moderation.services import accounts, sites
    from moderation.storage import db

    session, now = db.session(), datetime.now(UTC)
    known = json.loads(path.read_text()) if path.exists() else {}
    origins = [pages, pages.replace("127.0.0.1", "localhost")]
    try:
        site = sites.find(session, SITE)
        if not set(origins) <= set(site.origins):
            sites.change(session, site, now=now, origins=sorted({*site.origins, *origins}))
    except NotFound:
        site, _ = sites.add(session, SITE, title="The Ferry Lane Gazette", origins=origins, now=now)
    password = known.get("moderator", {}).get("password") or secrets.token_urlsafe(9)
    if not _logs_in(password):
        try:
            accounts.set_password(session, LOGIN, password, now=now)
        except NotFound:
            accounts.add_moderator(session, LOGIN, password, role="admin", now=now)
    token = known.get("api_token", "")
    if not token or accounts.of_token(session, token) is None:
        try:
            accounts.remove_token(session, TOKEN, now=now)
        except NotFound:
            click.echo("Creating the demonstration.")
        token = accounts.add_token(session, TOKEN, scopes=("review", "admin"), now=now)
    facts = {
        "site": SITE,
        "post": POST,
        "article": f"{pages}/{POST}.html",
        "console": f"{service}/review/",
        "docs": f"{service}/api/v1/docs",
        "moderator": {"login": LOGIN, "password": password},
        "api_token": token,
        "webhook_secret": sites.secrets_of(session, site.id)[0],
    }
    _write_private(path, json.dumps(facts, indent=2) + "\n")
    return facts


def _logs_in(password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError
    from sqlalchemy import select

    from moderation.storage import db
    from moderation.storage.people import Moderator

    known = db.session().scalar(select(Moderator.password_hash).where(Moderator.login == LOGIN))
    try:
        return known is not None and PasswordHasher().verify(known, password)
    except VerificationError:
        return False


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.chmod(0o600)
    new.replace(path)


class _Pages(SimpleHTTPRequestHandler):
    """The article's files, with the service's address filled in."""

    def __init__(self, *args: Any, service: str, **kwargs: Any) -> None:
        self._service = service
        super().__init__(*args, directory=str(Path(__file__).parent / "site"), **kwargs)

    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(302)
            self.send_header("Location", f"/{POST}.html")
            self.end_headers()
            return
        if self.path.partition("?")[0] != f"/{POST}.html":
            super().do_GET()
            return
        page = Path(self.directory, f"{POST}.html").read_text(encoding="utf-8")
        body = page.replace("{{service}}", self._service).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the service's own log is the one to read."""


def _serve_article(host: str, port: int, service: str) -> None:
    server = ThreadingHTTPServer((host, port), partial(_Pages, service=service))
    threading.Thread(target=server.serve_forever, name="article", daemon=True).start()


def _greeting(facts: dict[str, Any]) -> str:
    moderator = facts["moderator"]
    return f"""
  Article         {facts["article"]}
  Review console  {facts["console"]}
  API docs        {facts["docs"]}

  Login           {moderator["login"]}
  Password        {moderator["password"]}
  API token       {facts["api_token"]}
  Webhook secret  {facts["webhook_secret"]}

  These also stand in demo.json in the data folder. Stop with Ctrl-C; a second run keeps
  everything.
"""
