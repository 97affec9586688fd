"""The filters' rules, compiled from a site's settings and word lists."""

import hashlib
import json
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from moderation.domain.judgement import Rules, WordLists, thresholds_of
from moderation.filters.profanity import site_word_lists
from moderation.storage.models.sites import Site

from . import reserved_names


def rules_of(site: Site) -> Rules:
    """Return the site's rules, compiled once for each version of its settings.

    Its word lists are compiled with them, since long ones take too long in a filter.
    """
    cached = _rules.get(site)
    if cached is None or cached[0] != site.version:
        rules = _compiled(site)
        _rules[site] = cached = (site.version, rules, site_word_lists.compiled(rules.words))
    return cached[1]


#: By cached site: the version of its settings, the compiled rules, and the compiled lists,
#: which this reference keeps alive.
_rules: WeakKeyDictionary[Site, tuple[int, Rules, site_word_lists.SiteLists | None]] = (
    WeakKeyDictionary()
)


def _compiled(site: Site) -> Rules:
    chosen = site.settings
    words = {kind: tuple(chosen.get(f"{kind}_words", ())) for kind in ("block", "suspect", "allow")}
    digest = hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16]
    hosts = {(urlsplit(origin).hostname or "").removeprefix("*.") for origin in site.origins}
    simple = {
        key: chosen[key] for key in ("max_links", "hold_first", "min_form_seconds") if key in chosen
    }
    return Rules(
        thresholds=thresholds_of(chosen.get("thresholds", {})),
        words=WordLists(**words, version=digest),
        blocked_domains=frozenset(chosen.get("block_domains", ())),
        allowed_domains=frozenset(chosen.get("allow_domains", ())),
        own_domains=frozenset(hosts - {""}),
        reserved_names=(*(site.staff_names or ()), *chosen.get("reserved_names", ())),
        own_names=None if chosen.get("allow_staff_names") else reserved_names.own_names(site),
        languages=tuple(chosen.get("languages", ())),
        version=f"site-{site.id}@{site.version}",
        **simple,
    )
