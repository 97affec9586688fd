"""A site's settings with their defaults, and a trial judgement with them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from moderation.domain.judgement import DEFAULT_THRESHOLDS, Draft, Facts, Rules
from moderation.domain.status import PostState
from moderation.domain.verdict_records import because, cause_record
from moderation.policy.post_rules import resolve
from moderation.policy.reports import HOLD_FROM, REPORT_DAYS
from moderation.storage.models.sites import Site

from .. import undelivered
from ..judging import judge
from .judgement_rules import rules_of
from .settings_schema import SITE_SETTINGS, SiteSettings, check_settings

_RULES = Rules()
#: Defaults of settings; settings that are missing here are off or empty.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "thresholds": dict(DEFAULT_THRESHOLDS),
        "max_links": _RULES.max_links,
        "hold_first": _RULES.hold_first,
        "min_form_seconds": _RULES.min_form_seconds,
        "work_bits": 0,
        "work_when": "flooded",
        "page_language": "en",
        "coral_status": "PREMOD",
        "coral_reject": True,
        "akismet_spam_from": 0.9,
        "akismet_toxic": "review",
        "akismet_review_hours": 24,
        "foreign_days": 30,
        "perspective_language": "en",
        "identity": "guests",
        "sign_on_algorithm": "off",
        "votes": "off",
        "reports": True,
        "reports_hold": HOLD_FROM,
        "report_days": REPORT_DAYS,
    }
)


#: Defaults by field type, for settings without an entry in `DEFAULTS`.
_OFF: tuple[tuple[type[fields.Field[Any]], Any], ...] = (
    (fields.Boolean, False),
    (fields.Number, 0),
    (fields.List, []),
    (fields.Dict, {}),
    (fields.String, ""),
)


def default_of(name: str) -> Any:
    """Return a setting's default; None means never."""
    if name in DEFAULTS:
        return DEFAULTS[name]
    declared = SiteSettings().fields[name]
    return next((off for kind, off in _OFF if isinstance(declared, kind)), None)


def view(session: Session, site: Site) -> dict[str, Any]:
    """Return all settings of a site; None where the default applies."""
    return {
        "site": site.name,
        "version": site.version,
        "title": site.title,
        "origins": site.origins,
        "staff_names": site.staff_names or [],
        "settings": {name: site.settings.get(name) for name in SITE_SETTINGS},
        "defaults": dict(DEFAULTS),
        "webhook": undelivered.webhook_state(session, site),
    }


def preview_judgement(
    site: Site, draft: Draft, *, now: datetime, changes: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the site's judgement of a newcomer's comment on a new post; stores nothing.

    `changes` are unsaved settings to judge with; None restores a default.
    """
    if changes:
        site = _changed(site, changes)
    of_post = resolve(site.settings, external_id="")
    rules = rules_of(site)
    rules = replace(rules, thresholds=of_post.thresholds_at(now, rules.thresholds))
    facts = Facts(post_premoderated=of_post.state is PostState.PREMODERATED)
    verdict = judge(draft, facts, rules)
    causes = [cause_record(cause) for cause in verdict.causes]
    return {
        "outcome": verdict.outcome,
        "because": because(causes, verdict.outcome),
        "reasons": causes,
        "scores": {name: round(score, 4) for name, score in verdict.scores.items()},
    }


def _changed(site: Site, changes: Mapping[str, Any]) -> Site:
    """Return a copy of a site with other settings, which no session knows."""
    settings = {
        name: value for name, value in {**site.settings, **changes}.items() if value is not None
    }
    return Site(
        id=site.id,
        name=site.name,
        title=site.title,
        origins=site.origins,
        staff_names=site.staff_names,
        staff_logins=site.staff_logins,
        version=site.version,
        settings=check_settings(settings),
    )
