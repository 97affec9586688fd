"""Links: how many, to where, and whether they are what they seem.

Judges addresses only. What the text around them says is spam's business.
"""

import re
from collections.abc import Iterator
from functools import cache
from types import MappingProxyType

from moderation.domain.judgement import (
    AUTHOR_WEBSITE,
    Draft,
    Facts,
    Findings,
    Rules,
    Signal,
    Span,
)
from moderation.domain.reasons import Code

from .addresses import Link, host_of
from .shipped import listed
from .text import Text

MAX_SPANS = 50
_LONGEST_DOMAIN = 253


@cache
def shorteners() -> frozenset[str]:
    """Hosts that hide where a link leads."""
    return listed("shorteners.txt")


def covered(host: str, domains: frozenset[str]) -> bool:
    """Say whether a host or a domain above it is in the set."""
    if len(host) > _LONGEST_DOMAIN:
        # Each step copies the rest, and no longer name can be in the set.
        host = host[-_LONGEST_DOMAIN - 1 :].partition(".")[2]
    while host:
        if host in domains:
            return True
        _, _, host = host.partition(".")
    return False


_NOTHING = Findings(scores=MappingProxyType({"links": 0.0}))


class LinksFilter:
    """Counts foreign links; the site's own and the allowed ones are free."""

    name = "links"
    version = "2"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        if not text.links and not draft.author_website and rules.max_links >= 0:
            return _NOTHING
        links = [
            link
            for link in text.links
            if not covered(link.host, rules.own_domains)
            and not covered(link.host, rules.allowed_domains)
        ]
        signals: list[Signal] = []
        blocked = [link for link in links if covered(link.host, rules.blocked_domains)]
        if blocked:
            hosts = ", ".join(dict.fromkeys(link.host for link in blocked[:5]))
            signals.append(
                Signal(
                    Code.BLOCKED_LINK,
                    1.0,
                    f"Links to {hosts}, which the site blocks.",
                    _spans(blocked),
                )
            )
        website = host_of(
            re.sub(r"^[a-z]{1,10}://", "", draft.author_website.strip(), flags=re.IGNORECASE)
        )
        if website and covered(website, rules.blocked_domains):
            signals.append(
                Signal(
                    Code.BLOCKED_LINK,
                    1.0,
                    f"The author's website {website} is one the site blocks.",
                    ((0, len(draft.author_website)),),
                    AUTHOR_WEBSITE,
                )
            )
        short = [link for link in links if covered(link.host, shorteners())]
        if short:
            hosts = ", ".join(dict.fromkeys(link.host for link in short[:5]))
            signals.append(
                Signal(
                    Code.SHORTENED_LINK,
                    0.6,
                    f"{hosts} hides where the link leads.",
                    _spans(short),
                )
            )
        for link in [link for link in links if link.pretends][:10]:
            signals.append(
                Signal(
                    Code.DECEPTIVE_LINK,
                    0.8,
                    f"Looks like {link.pretends} but leads to {link.host}.",
                    (link.span,),
                )
            )
        count = len(links)
        limit = rules.max_links
        if count > limit:
            score = min(0.9, 0.4 + 0.1 * (count - limit))
            score = max(0.5, score)
            signals.append(
                Signal(
                    Code.LINKS,
                    score,
                    f"{count} links to other sites, more than the {limit} allowed.",
                    _spans(links),
                )
            )
        else:
            score = 0.45 * count / (limit + 1)
        return Findings(
            tuple(signals), {"links": max([score, *(s.score for s in signals)], default=score)}
        )


def _spans(links: list[Link]) -> tuple[Span, ...]:
    return tuple(link.span for link in links[:MAX_SPANS])


def hosts(text: Text) -> Iterator[str]:
    """Yield the hosts that a text links to, each once; storage counts their history by these."""
    yield from dict.fromkeys(link.host for link in text.links)
