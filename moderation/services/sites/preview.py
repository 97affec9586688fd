"""A site's settings as people see them, with their defaults, and a trial of what they do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from marshmallow import fields

from moderation import filters, policy
from moderation.domain.judgement import DEFAULT_THRESHOLDS, Draft, Facts, Rules
from moderation.domain.status import PostState
from moderation.policy.post_rules import resolve
from moderation.storage.sites import Site

from .review import because
from .sites import SITE_SETTINGS, SiteSettings, rules_of
from .told import cause_record

_RULES = Rules()
#: What applies where a site says nothing; settings that are not here are off or empty.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "thresholds": dict(DEFAULT_THRESHOLDS),
        "max_links": _RULES.max_links,
        "hold_first": _RULES.hold_first,
        "min_form_seconds": _RULES.min_form_seconds,
        "work_bits": 0,
        "work_when": "flooded",
        "language": "en",
    }
)


#: What a setting of each kind is where a site leaves it out and `DEFAULTS` has none.
_OFF: tuple[tuple[type[fields.Field[Any]], Any], ...] = (
    (fields.Boolean, False),
    (fields.Number, 0),
    (fields.List, []),
    (fields.Dict, {}),
    (fields.String, ""),
)


def default_of(name: str) -> Any:
    """Return the value that applies where a site leaves a setting out; None means never."""
    if name in DEFAULTS:
        return DEFAULTS[name]
    declared = SiteSettings().fields[name]
    return next((off for kind, off in _OFF if isinstance(declared, kind)), None)


def view(site: Site) -> dict[str, Any]:
    """All that is set for a site; None where the default applies."""
    return {
        "site": site.name,
        "version": site.version,
        "title": site.title,
        "origins": site.origins,
        "staff_names": site.staff_names or [],
        "settings": {name: site.settings.get(name) for name in SITE_SETTINGS},
        "defaults": dict(DEFAULTS),
    }


def trial(site: Site, draft: Draft, *, now: datetime) -> dict[str, Any]:
    """How the site would judge a newcomer's comment on a new post; keeps nothing of it."""
    of_post = resolve(site.settings, external_id="")
    rules = rules_of(site)
    rules = replace(rules, thresholds=of_post.thresholds_at(now, rules.thresholds))
    facts = Facts(post_premoderated=of_post.state is PostState.PREMODERATED)
    verdict = policy.decide(filters.run(draft, facts, rules), rules)
    causes = [cause_record(cause) for cause in verdict.causes]
    return {
        "outcome": verdict.outcome,
        "because": because(causes, verdict.outcome),
        "reasons": causes,
        "scores": {name: round(score, 4) for name, score in verdict.scores.items()},
    }
