"""The demonstration that `make run` starts: a site, two moderators, an article and its discussion.

The article is served from a port of its own, so that it embeds across origins as real
sites do. Nothing here is reached by `release` or `serve`.
"""

import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from moderation.config import SECRET_FILE, Settings

from .article import POST, serve_article
from .thread import REPORTER

if TYPE_CHECKING:
    from flask import Flask

SITE = "demo"
LOGIN = "moderator"
#: A second moderator, to see two at work on one queue: login and name.
SECOND = ("samir", "Samir Holt")
TOKEN = "demo"  # noqa: S105 (the token's name)


def run(host: str, port: int, data_dir: Path, *, empty: bool = False) -> None:
    """Prepare the demonstration, print how to reach it, and serve until stopped.

    An `empty` one has one moderator and no comments.
    """
    from moderation import create_app
    from moderation.server import serve
    from moderation.storage import close_store
    from moderation.storage.schema import require_usable
    from moderation.storage.upgrade import migrate

    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 (compared)
    service, pages = f"http://{shown}:{port}", f"http://{shown}:{port + 1}"
    _configure(data_dir, service)
    require_usable(Settings.from_env(os.environ), migrated=False)
    app = create_app()
    migrate(app)
    with app.app_context():
        facts = _prepare(app, data_dir / "demo.json", service, pages, empty=empty)
        close_store()
    # The article is as old as the first comment on it may be.
    published = datetime.fromisoformat(facts["begun"]) - timedelta(days=2)
    serve_article(host, port + 1, service, published.date())
    click.echo(_greeting(facts))
    serve(host, port)


def _configure(data_dir: Path, service: str) -> None:
    """Fill in the settings that are not set; the secret is kept beside the store."""
    from moderation.storage.files import make_folder

    os.environ["MODERATION_DATA_DIR"] = str(data_dir)
    key = data_dir / SECRET_FILE
    if not key.exists():
        make_folder(data_dir, "--data-dir")
        _write_private(key, secrets.token_urlsafe(48))
    for name, value in (
        ("MODERATION_ENV", "development"),
        ("MODERATION_SECRET_KEY", key.read_text().strip()),
        ("MODERATION_PUBLIC_URL", service),
        ("MODERATION_LOG_FORMAT", "console"),
        ("MODERATION_LOG_LEVEL", "WARNING"),
    ):
        os.environ.setdefault(name, value)


def _prepare(app: "Flask", path: Path, service: str, pages: str, *, empty: bool) -> dict[str, Any]:
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
    passwords = {each["login"]: each["password"] for each in known.get("moderators", ())}
    first = passwords.get(LOGIN) or known.get("moderator", {}).get("password", "")
    people = [_moderator(LOGIN, first, "admin", "" if empty else REPORTER, now)]
    if not empty or SECOND[0] in passwords:
        login, name = SECOND
        people.append(_moderator(login, passwords.get(login, ""), "moderator", name, now))
    token = known.get("api_token", "")
    if not token or accounts.of_token(session, token) is None:
        try:
            accounts.remove_token(session, TOKEN, now=now)
        except NotFound:
            click.echo("Creating the demonstration.")
        token = accounts.add_token(session, TOKEN, scopes=("review", "admin"), now=now)
    article = f"{pages}/{POST}.html"
    seeded = bool(known.get("seeded"))
    if not seeded and not empty:
        seeded = _seed(app, article, now)
    facts = {
        "site": SITE,
        "post": POST,
        "article": article,
        "console": f"{service}/review/",
        "docs": f"{service}/api/v1/docs",
        "moderator": people[0],
        "moderators": people,
        "api_token": token,
        "webhook_secret": sites.secrets_of(session, site.id)[0],
        "begun": known.get("begun") or now.isoformat(),
        "seeded": seeded,
    }
    _write_private(path, json.dumps(facts, indent=2) + "\n")
    return facts


def _seed(app: "Flask", article: str, now: datetime) -> bool:
    """Write the discussion unless people have begun one; returns whether it is there."""
    from sqlalchemy import select

    from moderation.services import sites
    from moderation.storage import db
    from moderation.storage.comments import Comment
    from moderation.storage.people import Moderator

    from .seed import reporter, seed
    from .thread import THREAD

    session = db.session()
    site = sites.find(session, SITE)
    authors = {remark.author for remark in THREAD}
    if session.scalar(
        select(Comment.id)
        .where(Comment.site_id == site.id, Comment.author_name.not_in(authors))
        .limit(1)
    ):
        return False
    staff = session.scalars(select(Moderator.id).where(Moderator.login == LOGIN)).one()
    runtime = app.extensions["moderation"]
    seed(session, runtime, site, POST, article, reporter(staff, LOGIN), now=now)
    return True


def _moderator(login: str, password: str, role: str, name: str, now: datetime) -> dict[str, str]:
    """Create the moderator, or set a new password where the known one is none."""
    from moderation.domain.errors import NotFound
    from moderation.services import accounts
    from moderation.storage import db

    password = password or secrets.token_urlsafe(9)
    if not _logs_in(login, password):
        session = db.session()
        try:
            accounts.set_password(session, login, password, now=now)
        except NotFound:
            accounts.add_moderator(session, login, password, role=role, display_name=name, now=now)
    return {"login": login, "password": password}


def _logs_in(login: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError
    from sqlalchemy import select

    from moderation.storage import db
    from moderation.storage.people import Moderator

    known = db.session().scalar(select(Moderator.password_hash).where(Moderator.login == login))
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


def _greeting(facts: dict[str, Any]) -> str:
    logins = "\n".join(
        f"  Login           {each['login']:<10} password {each['password']}"
        for each in facts["moderators"]
    )
    return f"""
  Article         {facts["article"]}
  Review console  {facts["console"]}
  API docs        {facts["docs"]}

{logins}
  API token       {facts["api_token"]}
  Webhook secret  {facts["webhook_secret"]}

  All of this is in demo.json in the data folder as well. Stop with Ctrl-C; a second run keeps
  everything.
"""
