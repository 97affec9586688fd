"""Phone numbers: which numbers are, also those glued to words, and whose they are.

A helpline's or an authority's number is public: it is shown to moderators and holds nothing.
"""

import re
from collections.abc import Iterator

from moderation.domain.judgement import Span

# Begins with a character class, which `re` searches for faster than a lookbehind.
NUMBER = re.compile(
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
# Words before a phone number.
_PHONE_WORD = re.compile(
    r"\b(?P<sure>(?:tele)?phone|tel|mob|mobile|whats\s?app|fax|sms|handy\w{0,9}|"
    r"call (?:me|him|her|us|them)|telefon\w{0,9}|natel|ruf\w{0,3} (?:mich|ihn|sie)|t[eé]l[eé]phone|"
    r"portable|appelle[rz]?|tel[eé]fono|m[oó]vil|celular|ll[aá]ma(?:me|le)|cellulare|mobiel|"
    r"telem[oó]vel|ligue|komórk\w{1,4}|(?:za)?dzwoń\w{0,4}|телефон\w{0,3}|тел|(?:по)?звони\w{0,4}|"
    r"(?:по)?дзвон\w{1,4}|cep(?: tel\w{0,5})?|numaram|numarası|"
    r"(?:my|his|her|their|your|our|this|(?:seine|ihre|deine|meine)|son|mon|su|mi|suo|mio|zijn|haar|"
    r"mijn|jego|jej|mój|seu|meu|его|её|ее|мой|його|її|мій)(?: (?:phone|mobile|cell))? "
    r"(?:number|nummer|num[eé]ro|número|numer|номер))\b"
    r"|\b(?:call(?! it\b)|cell|text(?! of\b)|ring|telegram|signal|dial)\b",
    re.IGNORECASE,
)
#: Words before numbers of other kinds.
OTHER_WORD = re.compile(
    r"\b(?:order|tracking|invoice|case|ticket|serial|model|account|customer|reference|ref|isbn|issn|"
    r"ean|bug|patent|commit|part|policy|booking|lottery|number of \w{1,20}|commande|facture|pedido|"
    r"aktenzeichen|(?!telefon|handy|mobil|ruf|fax)\w{3,20}(?:nummer|nr))\b",
    re.IGNORECASE,
)
_PUBLIC = re.compile(
    r"\b(?:help-?\s?lines?|hot-?\s?lines?|crisis (?:line|team|text)|council(?:'s)?|samaritans|"
    r"childline|"
    r"(?:non-)?emergenc(?:y|ies)|police|fire (?:brigade|service)|ambulance|nhs|town hall|city hall|"
    r"switchboard|box office|tourist (?:office|information)|information line|press office|library|"
    r"museum|poison control|citizens advice|ombudsman|environment agency|coastguard|"
    r"notruf\w{0,8}|\w{0,12}seelsorge|bürger(?:telefon|amt|büro)|rathaus|gemeinde(?:amt|verwaltung)?|"
    r"polizei|feuerwehr|giftnotruf|stadtverwaltung|numéro vert|mairie|préfecture|ayuntamiento|"
    r"policía|teléfono de la esperanza|numero verde|comune di|carabinieri|gemeente|politie|"
    r"infolini\w|urz[ąę]d\w{0,3}|policj\w|telefon zaufania|prefeitura|câmara municipal|polícia|"
    r"горяч\w{2} лини\w|гаряч\w{1,2} ліні\w|телефон\w? (?:довер\w{2}|довіри)|"
    r"полици\w|поліці\w|"
    r"мэри\w|belediye\w{0,4}|polis|danışma hattı)\b",
    re.IGNORECASE,
)
_PRIVATE = re.compile(
    r"\b(?:my|his|her|their|whats\s?app|telegram|escorts?|call (?:me|him|her|them)|"
    r"text (?:me|him|her)|seine|ihre|meine|son|mon|suo|mio|его|её|мой)\b",
    re.IGNORECASE,
)
_IN_WORD = re.compile(r"\d(?<=[^\W\d_].|[:+(].)(?:[ .()/-]{0,2}\d){7,14}(?!\w)")
_LONGEST_WORD = 24
_ENDS_IN_PHONE_WORD = re.compile(
    r"(?<![^\W\d_])(?:call|ring|tele|phone|tel|tél|tlf|gsm|mob|mobile|cell|text|sms|fax|dial|whats|app|"
    r"telegram|signal|viber|handy|telefon|anruf|ruf|an|number|nummer|numero|número|numéro|numer|no|nr|"
    r"номер|тел|телефон|me|him|her|us|on|at|is|auf|unter){1,3}:?[+(]?$",
    re.IGNORECASE,
)
_BEFORE_WORD = re.compile(
    r"[+0](?<![\w.,$€£#/-].)\d{9,13}(?=(?:call|text|ring|whatsapp|sms|ask|for|or|and|now|anytime|me)\b)",
    re.IGNORECASE,
)


def glued(clean: str) -> Iterator[Span]:
    """Yield the spans of phone numbers that touch the word before or behind them."""
    for match in _IN_WORD.finditer(clean):
        begin = match.start()
        if _ENDS_IN_PHONE_WORD.search(clean, max(0, begin - _LONGEST_WORD), begin):
            yield match.span()
    for match in _BEFORE_WORD.finditer(clean):
        yield match.span()


def score_spoken(clean: str, digits: str, span: Span) -> float:
    """Return the score of digits in words as a phone number."""
    if _is_public(clean, *span):
        return 0.4
    is_phone = digits[0] == "0" or last_match(_PHONE_WORD, clean, span[0]) is not None
    return 0.75 if is_phone or len(digits) >= 9 else 0.4


def _is_public(clean: str, begin: int, end: int) -> bool:
    first, last = max(0, begin - 60), end + 40
    return (
        _PUBLIC.search(clean, first, last) is not None
        and _PRIVATE.search(clean, first, last) is None
    )


def last_match(words: re.Pattern[str], clean: str, begin: int) -> re.Match[str] | None:
    """Return the last match of the words shortly before a number, or None."""
    last = None
    for last in words.finditer(clean, max(0, begin - 30), begin):  # noqa: B007 -- the last counts
        pass
    return last


def score(clean: str, number: str, begin: int) -> float:
    """Return the score of a number as a phone number, 0 without evidence."""
    found = _score(clean, number, begin)
    return 0.4 if found and _is_public(clean, begin, begin + len(number)) else found


def _score(clean: str, number: str, begin: int) -> float:
    digits = "".join(c for c in number if c.isdigit() and c.isascii())
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3:
        return 0.0
    groups = re.findall(r"\d+", number)
    abroad = number.startswith(("+", "(+", "00"))
    single = sum(len(group) == 1 for group in groups)
    if single > 2 or (single and not abroad and (single > 1 or len(groups[0]) > 1)):
        return 0.0
    pairs = all(len(group) == 2 for group in groups)
    if pairs and (len(groups) > 5 or len(set(re.findall(r"\D+", number))) > 1):
        return 0.0
    if _DATED.match(number) or _DECIMAL.match(number) or _QUAD.fullmatch(number):
        return 0.0
    if len(groups) > 1 and all(map(_YEAR.fullmatch, groups)):
        return 0.0
    phone_word = last_match(_PHONE_WORD, clean, begin)
    other_word = last_match(OTHER_WORD, clean, begin)
    if "/" in number and len(digits) < 9:
        return 0.0
    thousands = _THOUSANDS.fullmatch(number) is not None and number[0] != "0"
    sure = number[0] == "+" or (phone_word is not None and phone_word["sure"])
    if thousands and (number.endswith("000") or not sure):
        return 0.0
    if number.startswith("+") and len(digits) >= 9:
        return 0.8
    if other_word is not None and (phone_word is None or other_word.start() > phone_word.start()):
        return 0.0
    if phone_word is not None:
        return 0.8
    if len(groups) == 1:
        return 0.75 if re.fullmatch(r"0[1-9]\d{8,9}", digits) and not _isbn(digits) else 0.0
    return 0.75 if len(digits) >= 9 and _NATIONAL.match(number) else 0.0


def _isbn(digits: str) -> bool:
    return len(digits) == 10 and sum(i * int(d) for i, d in enumerate(digits, 1)) % 11 == 0
