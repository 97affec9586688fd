"""Personal data that people should not publish: mail addresses, phones, accounts, cards, homes."""

import re
from collections.abc import Iterator
from types import MappingProxyType

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal, Span
from moderation.domain.reasons import Code

from .addresses import host_of, is_known_host
from .streets import somebody_lives_there, streets
from .text import Text, count_digits

MAX_SPANS = 20

_AT = r"@|\s?[\[({]\s?(?:at|ät|a|@|arroba)\s?[\])}]\s?"
_DOT = r"\.|\s?[\[({]\s?(?:dot|punkt|punto)\s?[\])}]\s?"
_MAIL = re.compile(
    rf"(?<![\w.+@-])(?P<name>[\w.+-]{{1,64}}(?:['’][\w.+-]{{1,32}})?)(?:{_AT})"
    rf"(?P<host>[\w-]{{1,63}}(?:(?:{_DOT})[\w-]{{1,63}}){{1,4}})(?![\w-])",
    re.IGNORECASE,
)
# With spaces around the sign the name must be none that a sentence has: "look at example dot com".
_SPACED_MAIL = re.compile(
    r"(?<![\w.+@-])(?=[\w.+-]{0,64}[a-z])(?P<name>[\w+-]{1,32}(?:[._+][\w+-]{1,32}|\d))"
    r" (?:at|@) (?P<host>[\w-]{1,63}(?:(?: dot |\.)[\w-]{1,63}){1,4})(?![\w-])",
    re.IGNORECASE,
)
_BRACKETED_AT = re.compile(r"[\[({]\s?(?:at|ät|a|@|arroba)\s?[\])}]")
_ANY_DOT = re.compile(rf"{_DOT}| dot ", re.IGNORECASE)
# What stands before the @ of an address such as https://user:word@example.com.
_USER_OF_LINK = re.compile(r"//[^\s/?#]{0,60}$")
# This begins with a class of characters, which is looked for faster than what stands before it.
_NUMBER = re.compile(
    r"[+(\d](?<![\w.,$€£#/-].)(?:(?<=\d)|\(?\d)(?:[ .()/\u2011\u2013-]{0,3}\d){6,18}"
    r"(?![\w])(?![.,/-]\d)"
)
_DATED = re.compile(
    r"(?:1[5-9]|20)\d\d([./-])\d{1,2}\1\d{1,2}\b|\d{1,2}([./ -])\d{1,2}\2(?:1[5-9]|20)\d\d\b"
    r"|\d{4}[./ -]\d{1,2}[./ -]\d{1,2}$|\d{1,2}[./ -]\d{1,2}[./ -]\d{4}$"
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_DECIMAL = re.compile(r"0\.|\d{1,2}\.\d{4,}$")
_THOUSANDS = re.compile(r"\+?\d{1,3}(?:[ .]\d{3})+")
_QUAD = re.compile(r"[0-2]?\d{1,2}(?:\.[0-2]?\d{1,2}){3}")
_NATIONAL = re.compile(r"\(?0|(?:1[ .-])?\(?[2-9]\d\d\)?[ .-]{1,2}\d{3}[ .-]\d{4}$")
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5\d{15}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|6\d{15}(?:\d{3})?"
)
_CARD_SHAPE = re.compile(
    r"\d{13,19}$|\d{4}([ .-]{1,2})(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{4,5})(?!\d)"
)
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
# How long an account number is, by country (ISO 13616).
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
# What says that a number is a phone's, and what says that it counts something else.
_PHONE_WORD = re.compile(
    r"\b(?P<sure>(?:tele)?phone|tel|mob|mobile|whats\s?app|fax|sms|handy\w{0,9}|"
    r"call (?:me|him|her|us|them)|telefon\w{0,9}|natel|ruf\w{0,3} (?:mich|ihn|sie)|t[eé]l[eé]phone|"
    r"portable|appelle[rz]?|tel[eé]fono|m[oó]vil|celular|ll[aá]ma(?:me|le)|"
    r"(?:my|his|her|their|your|our|this) number)\b"
    r"|\b(?:call(?! it\b)|cell|text(?! of\b)|ring|telegram|signal|dial)\b",
    re.IGNORECASE,
)
_OTHER_WORD = re.compile(
    r"\b(?:order|tracking|invoice|case|ticket|serial|model|account|customer|reference|ref|isbn|issn|"
    r"ean|bug|patent|commit|part|policy|booking|lottery|number of \w{1,20}|commande|facture|pedido|"
    r"aktenzeichen|(?!telefon|handy|mobil|ruf|fax)\w{3,20}(?:nummer|nr))\b",
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
    digits = count_digits(clean)
    if not digits:
        return
    for span in sorted(streets(clean, digits)):
        yield "a street address", 0.75 if somebody_lives_there(clean, span) else 0.4, span
    if digits < 7:
        return
    accounts = list(_accounts(clean)) if digits >= 11 else []
    for span in accounts:
        yield "a bank account number", 0.9, span
    ahead = iter(accounts)
    account = next(ahead, None)
    for match in _NUMBER.finditer(clean):
        begin, end = match.span()
        # Accounts and numbers come in the order of the text.
        while account is not None and account[1] <= begin:
            account = next(ahead, None)
        if account is not None and account[0] < end:
            continue
        if (length := _card(match[0])) and not _last(_OTHER_WORD, clean, begin):
            yield "a card number", 0.9, (begin, begin + length)
        elif score := _phone(clean, match[0], begin):
            yield "a phone number", score, (begin, end)


def _mails(clean: str, lower: str) -> Iterator[Span]:
    bracketed = "[" in clean or "(" in clean or "{" in clean
    at = "@" in clean
    if at or (bracketed and _BRACKETED_AT.search(lower)):
        for match in _MAIL.finditer(clean):
            length = _host_length(match["host"])
            if length and not (
                match["name"] == "git"
                or _USER_OF_LINK.search(clean, max(0, match.start() - 64), match.start())
            ):
                yield match.start(), match.start("host") + length
    if (at and " @ " in clean) or " AT " in clean or (" dot " in lower and " at " in lower):
        for match in _SPACED_MAIL.finditer(clean):
            # "Gate2 at example.com" is where somebody is.
            if " at " in match[0] and " dot " not in match["host"]:
                continue
            if length := _host_length(match["host"]):
                yield match.start(), match.start("host") + length


def _host_length(shown: str) -> int:
    """Return how much of what follows an @ is a host: a sentence may go on behind its dot."""
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


def _card(shown: str) -> int:
    """Return how many characters of a number are those of a card."""
    shape = _CARD_SHAPE.match(shown)
    if shape is None:
        return 0
    digits = "".join(c for c in shape[0] if c.isdigit() and c.isascii())
    if len(set(digits)) > 1 and _CARD.fullmatch(digits) and luhn(digits):
        return shape.end()
    return 0


def _last(words: re.Pattern[str], clean: str, begin: int) -> re.Match[str] | None:
    """Return the last of the words shortly before a number, if there is one."""
    found = None
    for found in words.finditer(clean, max(0, begin - 30), begin):  # noqa: B007 -- the last counts
        pass
    return found


def _phone(clean: str, shown: str, begin: int) -> float:
    """Return how surely a number is a phone's, 0 where nothing says so."""
    digits = "".join(c for c in shown if c.isdigit() and c.isascii())
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3:
        return 0.0
    groups = re.findall(r"\d+", shown)
    abroad = shown.startswith(("+", "(+", "00"))
    single = sum(len(group) == 1 for group in groups)
    if single > 2 or (single and not abroad and (single > 1 or len(groups[0]) > 1)):
        return 0.0
    pairs = all(len(group) == 2 for group in groups)
    if pairs and (len(groups) > 5 or len(set(re.findall(r"\D+", shown))) > 1):
        return 0.0
    if _DATED.match(shown) or _DECIMAL.match(shown) or _QUAD.fullmatch(shown):
        return 0.0
    if len(groups) > 1 and all(map(_YEAR.fullmatch, groups)):
        return 0.0
    said, said_else = _last(_PHONE_WORD, clean, begin), _last(_OTHER_WORD, clean, begin)
    if "/" in shown and len(digits) < 9:
        return 0.0
    thousands = _THOUSANDS.fullmatch(shown) is not None and shown[0] != "0"
    if thousands and (shown.endswith("000") or (shown[0] != "+" and not (said and said["sure"]))):
        return 0.0
    if shown.startswith("+") and len(digits) >= 9:
        return 0.8
    if said_else is not None and (said is None or said_else.start() > said.start()):
        return 0.0
    if said is not None:
        return 0.8
    if len(groups) == 1:
        return 0.75 if re.fullmatch(r"0[1-9]\d{8,9}", digits) and not _isbn(digits) else 0.0
    return 0.75 if len(digits) >= 9 and _NATIONAL.match(shown) else 0.0


def _isbn(digits: str) -> bool:
    return len(digits) == 10 and sum(i * int(d) for i, d in enumerate(digits, 1)) % 11 == 0


_NOTHING = Findings(scores=MappingProxyType({"personal_data": 0.0}))


class PersonalDataFilter:
    """Can hold a comment; the explanation names the kind and never repeats the data."""

    name = "personal_data"
    version = "2"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        found: dict[str, list[tuple[float, Span]]] = {}
        for kind, score, span in find(text):
            found.setdefault(kind, []).append((score, text.span(*span)))
        if not found:
            return _NOTHING
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
        return Findings(signals, {"personal_data": max(s.score for s in signals)})
