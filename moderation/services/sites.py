"""Sites: their settings, secrets and the rules that judgement applies to them."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from marshmallow import ValidationError, fields, validate
from sqlalchemy import Engine, bindparam, delete, select, update
from sqlalchemy.orm import Session

from moderation.domain.errors import AlreadyExists, FieldError, Invalid, SiteNotFound
from moderation.domain.judgement import DEFAULT_THRESHOLDS, Rules, WordLists
from moderation.domain.status import Actor
from moderation.storage.comments import Comment
from moderation.storage.dialects import begin_write
from moderation.storage.messages import OutboxMessage
from moderation.storage.prepared import Prepared, Turn
from moderation.storage.sites import Site, SiteSecret
from moderation.storage.versions import tell

from . import audit, staff_names
from .post_rules import LevelRules, SectionRules

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")


def _words() -> fields.List[str]:
    return fields.List(fields.String(validate=validate.Length(1, 100)))


class SiteSettings(LevelRules):
    """What a site may set, and the default of each."""

    thresholds = fields.Dict(
        keys=fields.String(validate=validate.OneOf(sorted(DEFAULT_THRESHOLDS))),
        values=fields.Float(validate=validate.Range(0.0, 1.01)),
        load_default=dict,
        metadata={"description": "Score from which a filter's finding holds a comment."},
    )
    block_words = _words()
    suspect_words = _words()
    allow_words = _words()
    block_domains = _words()
    allow_domains = _words()
    max_links = fields.Integer(validate=validate.Range(0, 100))
    hold_first = fields.Integer(validate=validate.Range(0, 1000))
    min_form_seconds = fields.Float(validate=validate.Range(0, 60))
    work_bits = fields.Integer(validate=validate.Range(0, 24))
    work_when = fields.String(validate=validate.OneOf(["flooded", "always"]))
    language = fields.String(validate=validate.Regexp(r"[a-z]{2,3}(-[A-Za-z]{2,8})?\Z"))
    announced_posts_only = fields.Boolean()
    premoderate = fields.Boolean()
    hold_everything = fields.Boolean()
    sections = fields.List(fields.Nested(SectionRules), validate=validate.Length(max=100))
    guidelines = fields.String(validate=validate.Length(max=2000))
    reserved_names = _words()


#: Setting → what it means; the documentation lists each of them.
SITE_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "thresholds": "Score from which a filter's findings hold a comment, by filter.",
        "block_words": "Words that refuse a comment; `*` stands for any letters.",
        "suspect_words": "Words that hold a comment.",
        "allow_words": "Words that no list of ours or yours may hold.",
        "block_domains": "Domains, with their subdomains, that refuse a comment.",
        "allow_domains": "Domains that count as the site's own: links to them are free.",
        "max_links": "Links to other sites that a comment may have before it is held (2).",
        "hold_first": "Hold the first N comments of every author (0).",
        "min_form_seconds": "Seconds under which a form was filled in by a program (2).",
        "work_bits": "Zero bits of the proof of work that a comment is asked for (0: none).",
        "work_when": "When it is asked for: flooded or always (flooded).",
        "language": "Language that applies when a text's own cannot be told (en).",
        "announced_posts_only": "Take comments only for posts that the site announced (false).",
        "premoderate": "Hold every comment, except where a section or a post is opened (false).",
        "hold_everything": "Hold every comment, whatever a section or a post says (false).",
        "close_after_days": "Days after which a post closes; 0 for never (0).",
        "slow_seconds": "Seconds between two comments of one author on a post (0).",
        "strict_thresholds": "Lower scores from which findings hold, by filter, for a while.",
        "strict_until": "When the strict thresholds end; null when somebody ends them.",
        "sections": "Rules for the posts whose id, address or path begins with a `prefix`.",
        "guidelines": "A line for commenters, shown at the form.",
        "reserved_names": "Names, beside those of moderators, under which only staff may write.",
    }
)


def check_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Validate a site's settings; Invalid names each that is wrong."""
    try:
        loaded: dict[str, Any] = SiteSettings(partial=True).load(settings)
    except ValidationError as error:
        raise Invalid("A setting is not valid.", errors=field_errors(error.messages)) from None
    return loaded


def field_errors(messages: Any, pointer: str = "#") -> tuple[FieldError, ...]:
    """Flatten marshmallow's messages into pointers."""
    if isinstance(messages, Mapping):
        found: list[FieldError] = []
        for key, inner in messages.items():
            deeper = pointer if key == "_schema" else f"{pointer}/{_escape(str(key))}"
            found.extend(field_errors(inner, deeper))
        return tuple(found)
    return tuple(FieldError(pointer, str(message)) for message in messages)


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


# Reading

_VERSION = Prepared(select(Site.id, Site.version).where(Site.name == bindparam("name")))
#: By store: sites as they were read, shared by all threads and never changed.
_known: WeakKeyDictionary[Engine, dict[str, Site]] = WeakKeyDictionary()


def find(session: Session, name: str) -> Site:
    """The site as it is now, detached and only to be read.

    Its version is asked for every time, its settings are read anew when that has moved.
    """
    # PostgreSQL cannot even be asked for a name with NUL in it.
    fits = _NAME.fullmatch(name)
    row = None
    if fits:
        with Turn(session.get_bind().engine) as turn:
            row = _VERSION.first(turn, {"name": name})
    if row is None:
        raise SiteNotFound("There is no such site. Check its name in the address.")
    sites = _known.setdefault(session.get_bind().engine, {})
    site = sites.get(name)
    if site is None or (site.id, site.version) != row:
        site = session.get_one(Site, row[0], populate_existing=True)
        session.expunge(site)
        sites[name] = site
    return site


def origins_seen(engine: Engine, name: str) -> list[str]:
    """The site's origins when it was last read; none when it was not. Asks no store."""
    site = _known.get(engine, {}).get(name)
    return site.origins if site else []


def reviewable(session: Session, site_ids: tuple[int, ...] | None) -> list[Site]:
    """The sites that a reviewer may see; None means every one."""
    statement = select(Site).order_by(Site.name)
    if site_ids is not None:
        statement = statement.where(Site.id.in_(site_ids))
    return list(session.scalars(statement))


def rules_of(site: Site) -> Rules:
    """The site's rules, compiled once for each version of its settings."""
    names = tuple(site.staff_names or ())
    return _compiled(site.id, site.version, tuple(site.origins), json.dumps(site.settings), names)


@lru_cache(maxsize=256)
def _compiled(
    site_id: int,
    version: int,
    origins: tuple[str, ...],
    settings: str,
    staff_names: tuple[str, ...],
) -> Rules:
    chosen = json.loads(settings)
    words = {kind: tuple(chosen.get(f"{kind}_words", ())) for kind in ("block", "suspect", "allow")}
    digest = hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16]
    hosts = {urlsplit(origin).hostname or "" for origin in origins}
    simple = {
        key: chosen[key]
        for key in ("max_links", "hold_first", "min_form_seconds", "language")
        if key in chosen
    }
    return Rules(
        thresholds={**DEFAULT_THRESHOLDS, **chosen.get("thresholds", {})},
        words=WordLists(**words, version=digest),
        blocked_domains=frozenset(chosen.get("block_domains", ())),
        allowed_domains=frozenset(chosen.get("allow_domains", ())),
        own_domains=frozenset(hosts - {""}),
        reserved_names=(*staff_names, *chosen.get("reserved_names", ())),
        version=f"site-{site_id}@{version}",
        **simple,
    )


def secrets_of(session: Session, site_id: int) -> list[str]:
    """The valid secrets, the newest first: it signs, all of them verify."""
    return list(
        session.scalars(
            select(SiteSecret.secret)
            .where(SiteSecret.site_id == site_id)
            .order_by(SiteSecret.id.desc())
        )
    )


#: Settings that are about posts and comments rather than about words and links.
RULES = (
    "premoderate",
    "hold_everything",
    "close_after_days",
    "slow_seconds",
    "strict_thresholds",
    "strict_until",
    "sections",
)


def rules_view(site: Site) -> dict[str, Any]:
    """The rules of a site and its sections, as moderators see them."""
    return {
        "site": site.name,
        "title": site.title,
        **{name: site.settings.get(name) for name in RULES},
        "thresholds": {**DEFAULT_THRESHOLDS, **site.settings.get("thresholds", {})},
    }


# Changing


def add(
    session: Session, name: str, *, title: str, origins: list[str], now: datetime
) -> tuple[Site, str]:
    """Create a site and its first webhook secret; commits."""
    if not _NAME.fullmatch(name):
        raise Invalid(
            "A site's name is 1 to 64 of a-z, 0-9, '.', '_' and '-', and begins with a letter "
            "or digit."
        )
    checked = [check_origin(origin) for origin in origins]
    begin_write(session)
    if session.scalar(select(Site.id).where(Site.name == name)) is not None:
        session.rollback()
        raise AlreadyExists(f"There is a site called {name} already.")
    site = Site(name=name, title=title, origins=checked, settings={}, created_at=now)
    session.add(site)
    session.flush()
    staff_names.refresh(session)
    secret = _new_secret(session, site.id, now)
    audit.write(session, now, Actor.SITE, "cli", "site.added", f"site:{name}", site_id=site.id)
    session.commit()
    return site, secret


def change(
    session: Session,
    site: Site,
    *,
    now: datetime,
    settings: Mapping[str, Any] | None = None,
    origins: list[str] | None = None,
    title: str | None = None,
    webhook_url: str | None = None,
    by: str = "cli",
    actor: Actor = Actor.SITE,
) -> None:
    """Change what is given; a setting of None goes back to its default. Commits."""
    kept = None
    if settings is not None:
        removed = {key for key, value in settings.items() if value is None}
        given = {key: value for key, value in settings.items() if value is not None}
        unknown = removed - SITE_SETTINGS.keys()
        if unknown:
            raise Invalid(f"There is no setting called {sorted(unknown)[0]}.")
        kept = {k: v for k, v in site.settings.items() if k not in removed} | check_settings(given)
    checked = None if origins is None else [check_origin(origin) for origin in origins]
    if webhook_url and not webhook_url.startswith(("http://", "https://")):
        raise Invalid("A webhook address begins with https:// or http://.")
    begin_write(session)
    site = session.get_one(Site, site.id, populate_existing=True)
    if kept is not None:
        site.settings = kept
    if checked is not None:
        site.origins = checked
    if title is not None:
        site.title = title
    if webhook_url is not None:
        # What happened before there was an address is not news to whoever listens there.
        if site.webhook_url is None:
            session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.site_id == site.id, OutboxMessage.state == "waiting")
                .values(state="dropped", finished_at=now)
            )
        site.webhook_url = webhook_url or None
        site.webhook_disabled_at = None
    site.version += 1
    tell(session, f"site:{site.id}")
    changed = sorted(settings or ()) + [
        name
        for name, value in (("origins", origins), ("title", title), ("webhook_url", webhook_url))
        if value is not None
    ]
    audit.write(
        session,
        now,
        actor,
        by,
        "site.changed",
        f"site:{site.name}",
        site_id=site.id,
        detail={"changed": changed},
    )
    session.commit()


def remove(session: Session, site: Site, *, now: datetime) -> None:
    """Remove a site with its posts, comments and secrets; commits."""
    begin_write(session)
    audit.write(session, now, Actor.SITE, "cli", "site.removed", f"site:{site.name}")
    # Threads are taken apart first: SQLite follows at most 1,000 cascades into each other.
    session.execute(update(Comment).where(Comment.site_id == site.id).values(parent_id=None))
    session.execute(delete(Site).where(Site.id == site.id))
    tell(session, f"site:{site.id}")
    session.commit()


def rotate_secret(session: Session, site: Site, *, now: datetime) -> str:
    """Add a secret; the one before it stays valid until the next rotation. Commits."""
    begin_write(session)
    secret = _new_secret(session, site.id, now)
    newest = session.scalars(
        select(SiteSecret.id)
        .where(SiteSecret.site_id == site.id)
        .order_by(SiteSecret.id.desc())
        .limit(2)
    ).all()
    session.execute(
        delete(SiteSecret).where(SiteSecret.site_id == site.id, SiteSecret.id.not_in(newest))
    )
    audit.write(
        session, now, Actor.SITE, "cli", "secret.rotated", f"site:{site.name}", site_id=site.id
    )
    session.commit()
    return secret


def drop_old_secrets(session: Session, site: Site, *, now: datetime) -> int:
    """Leave only the newest secret valid, ending a rotation; commits."""
    begin_write(session)
    newest = session.scalar(
        select(SiteSecret.id)
        .where(SiteSecret.site_id == site.id)
        .order_by(SiteSecret.id.desc())
        .limit(1)
    )
    dropped = session.execute(
        delete(SiteSecret).where(SiteSecret.site_id == site.id, SiteSecret.id != newest)
    )
    audit.write(
        session, now, Actor.SITE, "cli", "secret.removed", f"site:{site.name}", site_id=site.id
    )
    session.commit()
    return int(dropped.rowcount)  # type: ignore[attr-defined]


def _new_secret(session: Session, site_id: int, now: datetime) -> str:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    session.add(SiteSecret(site_id=site_id, secret=secret, created_at=now))
    session.flush()
    return secret


def check_origin(origin: str) -> str:
    """Accept `https://host[:port]` and nothing after it."""
    normal = origin.strip().lower().rstrip("/")
    if not _ORIGIN.fullmatch(normal):
        raise Invalid(f"{origin!r} is not an origin. Write it like https://news.example.")
    return normal
