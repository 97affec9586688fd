"""Links: their number, their targets, and labels that hide the target.

Judges addresses only; the spam filter judges the text around them.
"""

import re
from collections.abc import Iterator
from types import MappingProxyType

from moderation.domain.judgement import (
    AUTHOR_NAME,
    AUTHOR_WEBSITE,
    Draft,
    Facts,
    Findings,
    Rules,
    Signal,
    Span,
)
from moderation.domain.reasons import Code

from .text.document import Text
from .text.hosts import covered, foreign, shorteners
from .text.urls import Link, host_of

MAX_SPANS = 50
_MESSENGERS = (
    "telegram|tg|whats ?app|wechat|weixin|line id|kik|snap(?:chat)?|insta(?:gram)?|ig|viber|"
    "discord|skype|zalo|tik ?tok|only ?fans|cash ?app"
)
#: "Telegram: name", "IG @name" and "@name on Telegram". Telegram Sam is a person.
_HANDLE = re.compile(
    rf"\b(?P<there>{_MESSENGERS})(?: id)?\s?(?:[:=]\s?@?|@)\s?\w[\w.]{{2,}}"
    rf"|@\s?\w[\w.]{{2,}} (?:on |at |auf |via |en |sur |su |op |na |в |у )?(?P<on>{_MESSENGERS})\b",
    re.IGNORECASE,
)
#: A place behind a first name: Max.Berlin.
_PLACES = frozenset(("berlin", "london", "paris", "wien", "koeln", "hamburg", "nyc", "amsterdam"))

_NOTHING = Findings(scores=MappingProxyType({"links": 0.0}))


class LinksFilter:
    """Counts links to other sites; the site's own and the allowed domains are free."""

    name = "links"
    version = "3"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        guest = draft.author_name and not facts.staff
        signals = _in_name(text.name(draft.author_name), rules) if guest else []
        if not (text.links or draft.author_website or signals) and rules.max_links >= 0:
            return _NOTHING
        links = foreign(text.links, rules)
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
        shortened = [link for link in links if covered(link.host, shorteners())]
        if shortened:
            hosts = ", ".join(dict.fromkeys(link.host for link in shortened[:5]))
            signals.append(
                Signal(
                    Code.SHORTENED_LINK,
                    0.6,
                    f"{hosts} hides where the link leads.",
                    _spans(shortened),
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


def _in_name(name: Text, rules: Rules) -> list[Signal]:
    """Return the signals for a name that is or has an address or an account elsewhere."""
    whole = (0, len(name.raw))
    links = foreign(name.links, rules)
    if blocked := [link.host for link in links if covered(link.host, rules.blocked_domains)]:
        explanation = f"The name links to {blocked[0]}, which the site blocks."
        return [Signal(Code.BLOCKED_LINK, 1.0, explanation, (whole,), AUTHOR_NAME)]
    for link in links:
        first, _, ending = link.host.rpartition(".")
        if ending not in _PLACES or not first.isalpha():
            explanation = f"The name links to {link.host}."
            return [Signal(Code.LINK_IN_NAME, 0.8, explanation, (link.span,), AUTHOR_NAME)]
    if match := _HANDLE.search(name.clean) if "@" in name.clean or ":" in name.clean else None:
        explanation = f"The name is an account of {match['there'] or match['on']}."
        span = name.span(*match.span())
        return [Signal(Code.LINK_IN_NAME, 0.7, explanation, (span,), AUTHOR_NAME)]
    return []


def _spans(links: list[Link]) -> tuple[Span, ...]:
    return tuple(link.span for link in links[:MAX_SPANS])


def hosts(text: Text) -> Iterator[str]:
    """Yield each host that a text links to once; storage keeps the link history by these."""
    yield from dict.fromkeys(link.host for link in text.links)
