"""Author names that advertise: readers see the name, so spam puts its message there."""

import re
from functools import cache

from moderation.domain.judgement import Rules, Span

from ..text.data_files import read_lines
from ..text.document import Text
from ..text.hosts import foreign
from ..text.string_matcher import Matcher
from .phrases import has_phone_number, phrases, reading

#: Words beside which the name of a trade is an advertisement: "Plumber Leeds" is a person's trade,
#: "Best Plumber Leeds" and "Escorts in Leeds" are for sale.
_SELLING = re.compile(
    r"\b(?:cheap|best|buy|online|free|top|no ?1|official|services?|agency|agencies|company"
    r"|near me|for sale"
    r"|prices?|deals?|discounts?|store|shop|expert|experts|24/7|24x7|hire|in [a-z]{3,20}|tips"
    r"|bonus|bonuses|promo"
    r"|login|apk|download|review|reviews|trusted|dr\.?|doctor|kaufen|günstig|en ligne|comprar"
    r"|barato|rápidos?"
    r"|offer|urgent|quick|easy|fast|signals?|investment|recovery|hari ini|terpercaya|resmi"
    r"|siteleri)\b"
)
#: Words that no one has as a name.
_SOLD = re.compile(
    r"\b(?:viagra|cialis|levitra|tramadol|gacor|maxwin|togel|judi|slot88|sbobet|escorts?"
    r"|call girls?|callgirls?"
    r"|payday loans?|buy followers|backlinks?|iptv|onlyfans|xxx|porn|cam girls?|sex ?chat"
    r"|casino bonus"
    r"|bitcoin recovery|crypto recovery|spell ?caster|bahis|eskort|vavada|1xbet|1win|melbet)\b"
    r"|казино|ставки на|эскорт|赌场|娱乐城|微信|สล็อต|บาคาร่า|nhà cái"
)
_HANDLE = re.compile(
    r"(?<![\w.])@[a-z_]\w{2,30}(?![\w.]*@)|\b(?:telegram|tele|whats ?app|wa|wechat|ig|insta|snap"
    r"|kik|line|tg)"
    r"(?: id)? ?[:@]+ ?@?[\w.]{3,30}|\b(?:telegram|whats ?app|wechat)\b.{0,12}[\d_]"
)
#: A first word as in "Buy Followers Today" orders the reader.
_ORDER = re.compile(
    r"^(?:buy|order|visit|click|subscribe|join|hire|rent|download|watch|earn|win|contact|call"
    r"|text|dm|follow)"
    r" (?!me\b.{0,3}$)\w+ (?:\w+ ){0,5}(?:now|today|online|here|free|us|channel|money|cash"
    r"|followers|site|page|\d[\d ()+-]{6,})"
)
#: Without digits and signs a name has no link, account or number.
_LETTERS_ONLY = re.compile(r"(?:[^\W\d_]|[ '-])+")


@cache
def _trades() -> Matcher:
    return Matcher(read_lines("trades.en.txt"))


def advertised_in_name(name: Text, rules: Rules) -> Span | None:
    """Return the part of an author's name that advertises."""
    lower, typed = reading(name)
    plain = _LETTERS_ONLY.fullmatch(lower) is not None
    if not plain and (links := foreign(name.links, rules)):
        return links[0].span
    if found := [phrase for phrase in phrases(name) if not phrase.weak]:
        return typed(*found[0].span)
    for pattern in (_SOLD, _ORDER) if plain else (_SOLD, _ORDER, _HANDLE):
        if match := pattern.search(lower):
            return typed(*match.span())
    if not plain and has_phone_number(lower):
        return typed(0, len(lower))
    if (selling := _SELLING.search(lower)) and (trade := _trade(lower, selling.span())):
        return typed(min(selling.start(), trade[0]), max(selling.end(), trade[1]))
    return None


def _trade(lower: str, beside: Span) -> Span | None:
    """Return the name of a trade that stands apart from the given words."""
    for _, begin, end in _trades().find_all(lower):
        end += lower.startswith("s", end)
        whole = (
            not lower[max(0, begin - 1) : begin].isalnum() and not lower[end : end + 1].isalnum()
        )
        if whole and (end <= beside[0] or beside[1] <= begin):
            return begin, end
    return None
