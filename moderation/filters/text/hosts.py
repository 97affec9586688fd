"""Hosts that links lead to, compared with lists of domains."""

from collections.abc import Iterable
from functools import cache

from moderation.domain.judgement import Rules

from .data_files import read_words
from .urls import Link

_LONGEST_DOMAIN = 253


@cache
def shorteners() -> frozenset[str]:
    """Return the hosts of link shorteners, which hide a link's target."""
    return read_words("shorteners.txt")


def covered(host: str, domains: frozenset[str]) -> bool:
    """Return whether a host or one of its parent domains is in the set."""
    if len(host) > _LONGEST_DOMAIN:
        # Each step copies the rest, and the set has no longer name.
        host = host[-_LONGEST_DOMAIN - 1 :].partition(".")[2]
    while host:
        if host in domains:
            return True
        _, _, host = host.partition(".")
    return False


def foreign(links: Iterable[Link], rules: Rules) -> list[Link]:
    """Return the links that lead neither to the site itself nor to an allowed domain."""
    return [
        link
        for link in links
        if not covered(link.host, rules.own_domains)
        and not covered(link.host, rules.allowed_domains)
    ]
