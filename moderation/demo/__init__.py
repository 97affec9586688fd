"""The demonstration that `make run` starts: a site, two moderators, an article and its discussion.

The article is served on another port, so that it embeds across origins as real
sites do. `release` and `serve` import nothing from here.
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
    from sqlalchemy.orm import Session

    from moderation.services.signing import Signing

SITE = "demo"
LOGIN = "moderator"
#: A second moderator, to show two at work on one queue: login and name.
SECOND = ("samir", "Samir Holt")
TOKEN = "demo"  # noqa: S105 (the token's name)


def run(host: str, port: int, data_dir: Path, *, empty: bool = False) -> None:
    """Prepare the demonstration, print how to reach it, and serve until stopped.

    An `empty` one has one moderator and no comments.
    """
    from moderation.server import serve
    from moderation.services.signing import Signing
    from moderation.startup import load_settings
    from moderation.storage.engine import open_store
    from moderation.storage.migrate import migrate
    from moderation.storage.schema_version import require_usable

    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 (compared)
    service, pages = f"http://{shown}:{port}", f"http://{shown}:{port + 1}"
    _configure(data_dir, service)
    require_usable(Settings.from_env(os.environ), migrated=False)
    settings = load_settings()
    migrate(settings)
    store = open_store(settings)
    try:
        with store.sessions() as session:
            facts = _prepare(
                session,
                Signing(settings),
                data_dir / "demo.json",
                service,
                pages,
                empty=empty,
            )
    finally:
        store.close()
    # The article must be older than its first comment.
    published = datetime.fromisoformat(facts["begun"]) - timedelta(days=2)
    serve_article(host, port + 1, service, published.date())
    click.echo(_greeting(facts, service))
    serve(host, port)


def _configure(data_dir: Path, service: str) -> None:
    """Fill in the settings that are not set; the secret is kept beside the store."""
    from moderation.storage.file_permissions import make_folder

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


def _prepare(
    session: "Session", signing: "Signing", path: Path, service: str, pages: str, *, empty: bool
) -> dict[str, Any]:
    """Create the missing parts; keep those that an earlier run created and recorded."""
    from moderation.domain.errors import NotFound
    from moderation.services.accounts import api_tokens, authentication
    from moderation.services.compat import keys
    from moderation.services.sites import changes, registry

    now = datetime.now(UTC)
    known = json.loads(path.read_text()) if path.exists() else {}
    origins = [pages, pages.replace("127.0.0.1", "localhost")]
    try:
        site = registry.find(session, SITE)
        if not set(origins) <= set(site.origins):
            changes.change(session, site, now=now, origins=sorted({*site.origins, *origins}))
    except NotFound:
        site, _ = changes.add(
            session, SITE, title="The Ferry Lane Gazette", origins=origins, now=now
        )
    passwords = {each["login"]: each["password"] for each in known.get("moderators", ())}
    first = passwords.get(LOGIN) or known.get("moderator", {}).get("password", "")
    people = [_moderator(session, LOGIN, first, "admin", "" if empty else REPORTER, now)]
    if not empty or SECOND[0] in passwords:
        login, name = SECOND
        people.append(_moderator(session, login, passwords.get(login, ""), "moderator", name, now))
    token = known.get("api_token", "")
    if not token or authentication.reviewer_of_token(session, token) is None:
        try:
            api_tokens.remove_token(session, TOKEN, now=now)
        except NotFound:
            click.echo("Creating the demonstration.")
        token = api_tokens.add_token(session, TOKEN, scopes=("review", "admin"), now=now)
    article = f"{pages}/{POST}.html"
    seeded = bool(known.get("seeded"))
    if not seeded and not empty:
        seeded = _seed(session, signing, article, now)
    facts: dict[str, Any] = {
        "site": SITE,
        "post": POST,
        "article": article,
        "console": f"{service}/review/",
        "docs": f"{service}/api/v1/docs",
        "moderator": people[0],
        "moderators": people,
        "api_token": token,
        "webhook_secret": registry.secrets_of(session, site.id)[0],
        **{
            f"{service.value}_key": keys.current(session, site, service)
            or keys.make(session, site, service, now=now, short=True)
            for service in (keys.Service.PERSPECTIVE, keys.Service.AKISMET, keys.Service.OPENAI)
        },
        "begun": known.get("begun") or now.isoformat(),
        "seeded": seeded,
    }
    _write_private(path, json.dumps(facts, indent=2) + "\n")
    return facts


def _seed(session: "Session", signing: "Signing", article: str, now: datetime) -> bool:
    """Write the discussion unless other comments exist; return whether it is there."""
    from sqlalchemy import select

    from moderation.services.sites import registry
    from moderation.storage.models.accounts import Moderator
    from moderation.storage.models.comments import Comment

    from .appeal import AUTHOR, seed_appeal
    from .seed import reporter, seed
    from .thread import THREAD

    site = registry.find(session, SITE)
    authors = {remark.author for remark in THREAD} | {AUTHOR}
    if session.scalar(
        select(Comment.id)
        .where(Comment.site_id == site.id, Comment.author_name.not_in(authors))
        .limit(1)
    ):
        return False
    staff = session.scalars(select(Moderator.id).where(Moderator.login == LOGIN)).one()
    by = reporter(staff, LOGIN)
    seed(session, signing, site, POST, article, by, now=now)
    seed_appeal(session, signing, site, POST, article, by, now=now)
    return True


def _moderator(
    session: "Session", login: str, password: str, role: str, name: str, now: datetime
) -> dict[str, str]:
    """Create the moderator, or set a new password when the recorded one is missing."""
    from moderation.domain.errors import NotFound
    from moderation.services.accounts import authentication

    # Of nine random bytes one password in a thousand is refused as guessable, of fifteen none.
    password = password or secrets.token_urlsafe(15)
    if not _logs_in(session, login, password):
        try:
            authentication.set_password(session, login, password, now=now)
        except NotFound:
            authentication.add_moderator(
                session, login, password, role=role, display_name=name, now=now
            )
    return {"login": login, "password": password}


def _logs_in(session: "Session", login: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError
    from sqlalchemy import select

    from moderation.storage.models.accounts import Moderator

    known = session.scalar(select(Moderator.password_hash).where(Moderator.login == login))
    try:
        return known is not None and PasswordHasher().verify(known, password)
    except VerificationError:
        return False


def _write_private(path: Path, text: str) -> None:
    """Atomically write a file that only its owner can read."""
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.chmod(0o600)
    new.replace(path)


def _greeting(facts: dict[str, Any], service: str) -> str:
    logins = "\n".join(
        f"  Login           {each['login']:<10} password {each['password']}"
        for each in facts["moderators"]
    )
    curl = (
        f"curl -s '{service}/v1alpha1/comments:analyze?key={facts['perspective_key']}'"
        " -H 'Content-Type: application/json'"
        """ -d '{"comment": {"text": "You idiot."}, "requestedAttributes": {"TOXICITY": {}}}'"""
    )
    return f"""
  Article         {facts["article"]}
  Review console  {facts["console"]}
  API docs        {facts["docs"]}

{logins}
  API token       {facts["api_token"]}
  Webhook secret  {facts["webhook_secret"]}
  Keys            Perspective {facts["perspective_key"]}
                  Akismet     {facts["akismet_key"]}
                  OpenAI      {facts["openai_key"]}

  Score a text as Perspective does, from another terminal:

  {curl}

  All of this is in demo.json in the data folder as well. Stop with Ctrl-C; a second run keeps
  everything.
"""
