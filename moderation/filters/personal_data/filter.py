"""Personal data: e-mail and home addresses, phone, account, card and identity numbers, plates.

`phones` scores phone numbers, `digits` reads numbers in other writing, `identity_numbers` and
`street_addresses` find theirs.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from types import MappingProxyType

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal, Span
from moderation.domain.reasons import Code

from ..text.document import Text, count_digits
from ..text.fields import shown, where
from ..text.urls import host_of, is_known_host
from . import phones
from .digits import spoken, written_out
from .identity_numbers import beside_words, is_identity_number, lettered
from .street_addresses import homes, is_home_address, streets

MAX_SPANS = 20

_AT = r"@|\s?[\[({]\s?(?:at|ät|a|@|arroba)\s?[\])}]\s?"
_DOT = r"\.|\s?[\[({]\s?(?:dot|punkt|punto)\s?[\])}]\s?"
_MAIL = re.compile(
    rf"(?<![\w.+@-])(?P<name>[\w.+-]{{1,64}}(?:['’][\w.+-]{{1,32}})?)(?:{_AT})"
    rf"(?P<host>[\w-]{{1,63}}(?:(?:{_DOT})[\w-]{{1,63}}){{1,4}})(?![\w-])",
    re.IGNORECASE,
)
# With spaces around the sign, skip names that are ordinary words: "look at example dot com".
_SPACED_MAIL = re.compile(
    r"(?<![\w.+@-])(?=[\w.+-]{0,64}[a-z])(?P<name>[\w+-]{1,32}(?:[._+][\w+-]{1,32}|\d))"
    r" (?:at|@) (?P<host>[\w-]{1,63}(?:(?: dot |\.)[\w-]{1,63}){1,4})(?![\w-])",
    re.IGNORECASE,
)
_BRACKETED_AT = re.compile(r"[\[({]\s?(?:at|ät|a|@|arroba)\s?[\])}]")
_ANY_DOT = re.compile(rf"{_DOT}| dot ", re.IGNORECASE)
# The user part of a URL such as https://user:word@example.com.
_USER_OF_LINK = re.compile(r"//[^\s/?#]{0,60}$")
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5\d{15}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|6\d{15}(?:\d{3})?"
)
_CARD_SHAPE = re.compile(
    r"\d{13,19}$|\d{4}([ .-]{1,2})(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{4,5})(?!\d)"
)
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
# Length of an account number by country (ISO 13616).
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}


def luhn(digits: str) -> bool:
    """Return whether the digits pass the checksum of card numbers."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban(text: str) -> bool:
    """Return whether the text passes the checksum of international account numbers."""
    compact = text.replace(" ", "").replace("-", "").upper()
    if not 15 <= len(compact) <= 34:
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def find(text: Text) -> Iterator[tuple[str, float, Span]]:
    """Yield (kind, score, span in `clean`) of everything that looks personal."""
    clean = text.clean
    for span in _mails(clean, text.lower):
        yield "an e-mail address", 0.75, span
    for digits, span in spoken(text.lower):
        yield "a phone number", phones.score_spoken(clean, digits, span), span
    if not (count := count_digits(clean)):
        return
    found = sorted(streets(clean, count))
    for span in found:
        yield "a street address", 0.75 if is_home_address(clean, span) else 0.4, span
    for span in homes(clean, text.lower):
        if not _overlaps(span, found[:MAX_SPANS]):
            yield "a street address", 0.75, span
    if count < 2:
        return
    if count >= 4:
        clean = written_out(clean)
    yield from _numbers(clean, text.lower)


def _numbers(clean: str, lower: str) -> Iterator[tuple[str, float, Span]]:
    """Yield what is made of digits; only the first kind that a stretch has."""
    digits = count_digits(clean)
    named = sorted(beside_words(clean, lower, digits), key=lambda found: found[2])
    yield from named
    if digits < 6:
        return
    taken = [span for _, _, span in named]
    for span in lettered(clean):
        if not phones.last_match(phones.OTHER_WORD, clean, span[0]):
            yield "an identity number", 0.8, span
            taken.append(span)
    if digits < 7:
        return
    for span in _accounts(clean) if digits >= 11 else ():
        yield "a bank account number", 0.9, span
        taken.append(span)
    taken.sort()
    glued = [span for span in phones.glued(clean) if not _overlaps(span, taken)]
    for span in glued:
        yield "a phone number", 0.8, span
    taken += glued
    ahead = iter(sorted(taken))
    known = next(ahead, None)
    for match in phones.NUMBER.finditer(clean):
        begin, end = match.span()
        # Both are in the order of the text.
        while known is not None and known[1] <= begin:
            known = next(ahead, None)
        if known is not None and known[0] < end:
            continue
        length = _card(match[0])
        certain = length or is_identity_number(match[0])
        if certain and phones.last_match(phones.OTHER_WORD, clean, begin):
            certain = False
        if certain and length:
            yield "a card number", 0.9, (begin, begin + length)
        elif certain:
            yield "an identity number", 0.8, (begin, end)
        elif score := phones.score(clean, match[0], begin):
            yield "a phone number", score, (begin, end)


def _overlaps(span: Span, taken: list[Span]) -> bool:
    """Return whether a span overlaps one of these, sorted by their begin."""
    after = bisect_left(taken, (span[1], 0))
    return any(begin < span[1] and span[0] < end for begin, end in taken[max(0, after - 3) : after])


def _mails(clean: str, lower: str) -> Iterator[Span]:
    bracketed = "[" in clean or "(" in clean or "{" in clean
    has_at = "@" in clean
    if has_at or (bracketed and _BRACKETED_AT.search(lower)):
        for match in _MAIL.finditer(clean):
            length = _host_length(match["host"])
            if length and not (
                match["name"] == "git"
                or _USER_OF_LINK.search(clean, max(0, match.start() - 64), match.start())
            ):
                yield match.start(), match.start("host") + length
    if (has_at and " @ " in clean) or " AT " in clean or (" dot " in lower and " at " in lower):
        for match in _SPACED_MAIL.finditer(clean):
            # "Gate2 at example.com" names a place.
            if " at " in match[0] and " dot " not in match["host"]:
                continue
            if length := _host_length(match["host"]):
                yield match.start(), match.start("host") + length


def _host_length(shown: str) -> int:
    """Return the length of the host after an @; a sentence may continue after its dot."""
    dots = [(d.start(), d.end()) for d in _ANY_DOT.finditer(shown)]
    ends = [begin for begin, _ in dots[1:]] + [len(shown)]
    for end in reversed(ends):
        if is_known_host(host_of(_ANY_DOT.sub(".", shown[:end]))):
            return end
    return 0


def _accounts(clean: str) -> Iterator[Span]:
    for match in _IBAN.finditer(clean):
        length = _IBAN_LENGTHS.get(match[0][:2].upper(), 0)
        begin = end = match.start()
        while length and end < match.end():
            length -= clean[end].isalnum()
            end += 1
        if not length and not clean[end : end + 1].isalnum() and iban(clean[begin:end]):
            yield begin, end


def _card(number: str) -> int:
    """Return the length of a card number at the start, or 0."""
    shape = _CARD_SHAPE.match(number)
    if shape is None:
        return 0
    digits = "".join(c for c in shape[0] if c.isdigit() and c.isascii())
    if len(set(digits)) > 1 and _CARD.fullmatch(digits) and luhn(digits):
        return shape.end()
    return 0


_NOTHING = Findings(scores=MappingProxyType({"personal_data": 0.0}))


class PersonalDataFilter:
    """Flags personal data; the explanation names the kind and never repeats the data."""

    name = "personal_data"
    version = "3"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        found: dict[tuple[str, str], list[tuple[float, Span]]] = {}
        for field, view in shown(text, draft):
            for kind, score, span in find(view):
                found.setdefault((field, kind), []).append((score, view.span(*span)))
        if not found:
            return _NOTHING
        signals = tuple(
            Signal(
                Code.PERSONAL_DATA,
                max(score for score, _ in items),
                f"Contains {kind}{where(field)}."
                if len(items) == 1
                else f"Contains {kind}{where(field)} and {len(items) - 1} more of the kind.",
                tuple(span for _, span in items[:MAX_SPANS]),
                field,
            )
            for (field, kind), items in found.items()
        )
        return Findings(signals, {"personal_data": max(s.score for s in signals)})
