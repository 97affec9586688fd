"""Personal data that people should not publish: mail addresses, phones, accounts, cards, homes."""

import re
from collections.abc import Iterator

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal, Span
from moderation.domain.reasons import Code

from .text import Text, count_digits

MAX_SPANS = 20

_MAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}(?:@|\s?[\[(]\s?at\s?[\])]\s?)"
    r"[\w-]{1,63}(?:(?:\.|\s?[\[(]\s?dot\s?[\])]\s?)[\w-]{1,63}){1,4}(?![\w-])",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\w.,$€£#/-])\+?\(?\d(?:[ .()/\u2011-]{0,2}\d){6,18}(?![\w])(?![.,/-]\d)"
)
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?(?!\w)")
_STREET = re.compile(
    r"(?<!\w)(?:\d{1,5}[a-zA-Z]?,? (?:[A-Z][a-zA-Z'’.-]{1,20} ){1,4}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Way|Terrace|Boulevard|Blvd|"
    r"Crescent|Place|Pl|Square|Sq|Gardens)\b\.?"
    r"|[A-ZÄÖÜ][a-zäöüß-]{2,30}(?:straße|strasse|str\.|weg|gasse|allee|platz) \d{1,4}[a-z]?\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b)"
)
_POSTCODE = re.compile(r"\d[A-Z]{2}\b")
_STREETS = (
    *(
        " Street",
        " St ",
        " St.",
        " St,",
        " Road",
        " Rd",
        " Avenue",
        " Ave",
        " Lane",
        " Ln",
        " Drive",
    ),
    *(" Dr", " Close", " Court", " Ct", " Way", " Terrace", " Boulevard", " Blvd", " Crescent"),
    *(" Place", " Pl", " Square", " Sq", " Gardens", "straße", "strasse", "str.", "weg ", "gasse"),
    *("allee ", "platz "),
)
_ADDRESSED = re.compile(
    r"\b(?:live[sd]?|address|house|home|wohnt|resid(?:es|ing)|door|come (?:round )?to|visit|"
    r"find (?:him|her|them|me))\b",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(
    r"\b(?:call|phone|tel|mobile|cell|text|ring|whats\s?app|number|telegram|signal|fax|sms)\b",
    re.IGNORECASE,
)


def luhn(digits: str) -> bool:
    """Say whether the digits pass the check of card numbers."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban(text: str) -> bool:
    """Say whether the text passes the check of international account numbers."""
    compact = text.replace(" ", "").upper()
    if not 15 <= len(compact) <= 34:
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def find(text: Text) -> Iterator[tuple[str, float, Span]]:
    """Yield (kind, score, span in `clean`) of everything that looks personal."""
    clean = text.clean
    if "@" in clean or "at]" in clean or "at)" in clean or "at ]" in clean or "at )" in clean:
        for match in _MAIL.finditer(clean):
            yield "an e-mail address", 0.75, match.span()
    digits = count_digits(clean)
    if not digits:
        return
    if any(name in clean for name in _STREETS) or (digits > 1 and _POSTCODE.search(clean)):
        for match in _STREET.finditer(clean):
            around = clean[max(0, match.start() - 40) : match.end() + 20]
            score = 0.75 if _ADDRESSED.search(around) else 0.4
            yield "a street address", score, match.span()
    if digits < 7:
        return
    accounts: list[Span] = []
    for match in _IBAN.finditer(clean):
        if iban(match[0]):
            accounts.append(match.span())
            yield "a bank account number", 0.9, match.span()
    for match in _NUMBER.finditer(clean):
        begin, end = match.span()
        if any(b < end and begin < e for b, e in accounts):
            continue
        found = _number(clean, match[0], begin)
        if found is not None:
            yield (*found, (begin, end))


def _number(clean: str, shown: str, begin: int) -> tuple[str, float] | None:
    digits = "".join(c for c in shown if c.isdigit() and c.isascii())
    grouped = len(re.findall(r"\d+", shown)) > 1
    if 13 <= len(digits) <= 19 and luhn(digits) and len(set(digits)) > 1 and digits[0] in "3456":
        return "a card number", 0.9
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3:
        return None
    if re.fullmatch(r"\d{4}[./ -]\d{1,2}[./ -]\d{1,2}|\d{1,2}[./ -]\d{1,2}[./ -]\d{4}", shown):
        return None
    if re.fullmatch(r"(?:1[5-9]|20)\d\d ?[-/] ?(?:1[5-9]|20)\d\d", shown):
        return None
    if re.fullmatch(r"\d{1,3}(?:[ .]\d{3})+", shown) and not shown.startswith("0"):
        return None
    before = clean[max(0, begin - 30) : begin]
    if shown.startswith("+") and len(digits) >= 9:
        return "a phone number", 0.8
    if _PHONE_WORD.search(before) is not None:
        return "a phone number", 0.8
    if (
        grouped
        and len(digits) >= 9
        and (digits[0] == "0" or re.match(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}$", shown))
    ):
        return "a phone number", 0.75
    return None


class PersonalDataFilter:
    """Can hold a comment; the explanation names the kind and never repeats the data."""

    name = "personal_data"
    version = "1"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        found: dict[str, list[tuple[float, Span]]] = {}
        for kind, score, span in find(text):
            found.setdefault(kind, []).append((score, text.span(*span)))
        signals = tuple(
            Signal(
                Code.PERSONAL_DATA,
                max(score for score, _ in items),
                f"Contains {kind}."
                if len(items) == 1
                else f"Contains {kind} and {len(items) - 1} more of the kind.",
                tuple(span for _, span in items[:MAX_SPANS]),
            )
            for kind, items in found.items()
        )
        return Findings(signals, {"personal_data": max((s.score for s in signals), default=0.0)})
