"""Sites: their settings, secrets and the rules that judgement applies to them."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from marshmallow import ValidationError, fields, validate
from sqlalchemy import Engine, bindparam, select, update
from sqlalchemy.orm import Session, load_only

from moderation.domain.errors import (
    AlreadyExists,
    FieldError,
    Invalid,
    SettingsChanged,
    SiteNotFound,
)
from moderation.domain.judgement import DEFAULT_THRESHOLDS, Rules, WordLists
from moderation.domain.kept import Kept
from moderation.domain.status import Actor
from moderation.filters import sitewords
from moderation.storage.dialects import begin_write
from moderation.storage.messages import OutboxMessage
from moderation.storage.prepared import Prepared, Turn
from moderation.storage.sites import Site, SiteSecret
from moderation.storage.versions import tell

from . import audit, site_changes, site_entries, site_secrets, staff_names
from .post_rules import LevelRules, SectionRules
from .site_entries import Entries

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")


class SiteSettings(LevelRules):
    """What a site may set, and the default of each."""

    thresholds = fields.Dict(
        keys=fields.String(validate=validate.OneOf(sorted(DEFAULT_THRESHOLDS))),
        values=fields.Float(validate=validate.Range(0.0, 1.01)),
        load_default=dict,
        metadata={"description": "Score from which a filter's finding holds a comment."},
    )
    block_words = Entries(site_entries.word)
    suspect_words = Entries(site_entries.word)
    allow_words = Entries(site_entries.word)
    block_domains = Entries(site_entries.domain)
    allow_domains = Entries(site_entries.domain)
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
    reserved_names = Entries(site_entries.name)


#: Setting → what it means; the documentation lists each of them.
SITE_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "thresholds": "Score from which a filter's findings hold a comment, by filter.",
        "block_words": "Words that refuse a comment; `*` stands for any letters.",
        "suspect_words": "Words that hold a comment.",
        "allow_words": "Words that no list of ours or yours may hold.",
        "block_domains": "Domains, with their subdomains, that refuse a comment.",
        "allow_domains": "Domains that count as the site's own: links to them are free.",
        "max_links": "Links to other sites that a comment may have before it is held.",
        "hold_first": "Hold the first N comments of every author.",
        "min_form_seconds": "Seconds under which a form was filled in by a program.",
        "work_bits": "Zero bits of the proof of work that a comment is asked for.",
        "work_when": "When it is asked for: flooded or always.",
        "language": "Language of the pages without scripts, where a reader asks for none.",
        "announced_posts_only": "Take comments only for posts that the site announced.",
        "premoderate": "Hold every comment, except where a section or a post is opened.",
        "hold_everything": "Hold every comment, whatever a section or a post says.",
        "close_after_days": "Days after which a post closes; 0 for never.",
        "slow_seconds": "Seconds between two comments of one author on a post.",
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
#: Bytes of the sites that are kept for each store, with the rules and word lists made of them.
KEPT_BYTES = 256 * 1024 * 1024


def _weight(site: Site) -> int:
    """Estimate the bytes of a site: an entry of a list is there as read and as compiled."""
    lists = (value for value in site.settings.values() if isinstance(value, list))
    return 8192 + 600 * sum(map(len, lists))


#: By store: sites as they were read, shared by all threads and never changed.
_known: WeakKeyDictionary[Engine, Kept[str, Site]] = WeakKeyDictionary()


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
    engine = session.get_bind().engine
    sites = _known.setdefault(engine, Kept(KEPT_BYTES, _weight))
    site = sites.get(name)
    if site is None or (site.id, site.version) != row:
        site = session.get_one(Site, row[0], populate_existing=True)
        session.expunge(site)
        sites.keep(name, site)
    return site


def origins_seen(engine: Engine, name: str) -> list[str]:
    """The site's origins when it was last read; none when it was not. Asks no store."""
    sites = _known.get(engine)
    site = None if sites is None else sites.get(name)
    return site.origins if site else []


def is_origin_seen(engine: Engine, origin: str) -> bool:
    """Return whether a site that has been read has this origin. Asks no store."""
    sites = _known.get(engine)
    return sites is not None and any(origin in site.origins for site in sites.values())


def reviewable(session: Session, site_ids: tuple[int, ...] | None) -> list[Site]:
    """The sites that a reviewer may see; None means every one."""
    # Word lists can be long, and nobody asks for them here.
    names = load_only(Site.id, Site.name, Site.title)
    statement = select(Site).options(names).order_by(Site.name)
    if site_ids is not None:
        statement = statement.where(Site.id.in_(site_ids))
    return list(session.scalars(statement))


def rules_of(site: Site) -> Rules:
    """The site's rules, compiled once for each version of its settings.

    With its word lists: a filter has no time for long ones.
    """
    known = _rules.get(site)
    if known is None or known[0] != site.version:
        rules = _compiled(site)
        _rules[site] = known = (site.version, rules, sitewords.compiled(rules.words))
    return known[1]


#: By site as it was read: the version of its settings, the rules that they make, and their
#: lists, which are kept by being here.
_rules: WeakKeyDictionary[Site, tuple[int, Rules, sitewords.SiteLists | None]] = WeakKeyDictionary()


def _compiled(site: Site) -> Rules:
    chosen = site.settings
    words = {kind: tuple(chosen.get(f"{kind}_words", ())) for kind in ("block", "suspect", "allow")}
    digest = hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16]
    hosts = {urlsplit(origin).hostname or "" for origin in site.origins}
    simple = {
        key: chosen[key] for key in ("max_links", "hold_first", "min_form_seconds") if key in chosen
    }
    return Rules(
        thresholds={**DEFAULT_THRESHOLDS, **chosen.get("thresholds", {})},
        words=WordLists(**words, version=digest),
        blocked_domains=frozenset(chosen.get("block_domains", ())),
        allowed_domains=frozenset(chosen.get("allow_domains", ())),
        own_domains=frozenset(hosts - {""}),
        reserved_names=(*(site.staff_names or ()), *chosen.get("reserved_names", ())),
        version=f"site-{site.id}@{site.version}",
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
    secret = site_secrets.add(session, site.id, now)
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
    expected: int | None = None,
) -> None:
    """Change what is given and nothing else; a setting of None goes back to its default. Commits.

    With the version that somebody read `expected`, SettingsChanged when it is not that any more.
    """
    removed, given = _asked(settings or {})
    checked = None if origins is None else _check_origins(origins)
    if webhook_url and not webhook_url.startswith(("http://", "https://")):
        raise Invalid("A webhook address begins with https:// or http://.")
    begin_write(session)
    found = session.get(Site, site.id, populate_existing=True, with_for_update=True)
    if found is None:
        session.rollback()
        raise SiteNotFound("There is no such site any more.")
    site = found
    if expected is not None and site.version != expected:
        changed_by = audit.last(session, "site.changed", f"site:{site.name}")
        session.rollback()
        raise SettingsChanged(
            "The settings were changed since you read them. Read them again, then change them.",
            change=changed_by,
        )
    before = _told(site)
    if settings is not None:
        kept = {key: value for key, value in site.settings.items() if key not in removed}
        site.settings = kept | given
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
        detail={"changed": changed, "values": site_changes.differences(before, _told(site))},
    )
    session.commit()


def _asked(settings: Mapping[str, Any]) -> tuple[set[str], dict[str, Any]]:
    """The settings that go back to their defaults, and the others, checked."""
    removed = {key for key, value in settings.items() if value is None}
    unknown = removed - SITE_SETTINGS.keys()
    if unknown:
        raise Invalid(f"There is no setting called {sorted(unknown)[0]}.")
    return removed, check_settings({k: v for k, v in settings.items() if v is not None})


def _told(site: Site) -> dict[str, Any]:
    """A site's settings as the audit trail compares them."""
    own = {"origins": site.origins, "title": site.title}
    return {**site.settings, **own, "webhook_url": site_changes.address(site.webhook_url)}


def _check_origins(origins: list[str]) -> list[str]:
    """The origins as they are kept; Invalid names each that is none."""
    wrong = []
    for place, origin in enumerate(origins):
        try:
            check_origin(origin)
        except Invalid as error:
            wrong.append(FieldError(f"#/origins/{place}", error.detail))
    if wrong:
        raise Invalid(wrong[0].detail, errors=tuple(wrong))
    return list(dict.fromkeys(check_origin(origin) for origin in origins))


def check_origin(origin: str) -> str:
    """Accept `https://host[:port]` and nothing after it."""
    normal = origin.strip().lower().rstrip("/")
    if not _ORIGIN.fullmatch(normal):
        raise Invalid(f"{origin!r} is not an origin. Write it like https://news.example.")
    return normal
