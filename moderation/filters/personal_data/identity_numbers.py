"""Numbers that a state gives to a person, and number plates.

Those with a distinctive shape or a checksum are found anywhere, others beside a word for them.
"""

import re
from collections.abc import Iterator

from moderation.domain.judgement import Span

_SIGNS = r"[\s:#=.,()'’\"-]{0,4}"
_FILLERS = (
    "(?:card|number|no|nr|num|nº|n°|numéro|número|numero|nummer|numer|numarası|numaram|номер|серия|"
    "серія|is|was|ist|lautet|es|est|è|é|to|jest|reads?|with|mit|the|of|id)"
)
_ID_WORDS = (
    r"ssn|social (?:security|insurance)|sozialversicherungs\w{0,8}|national insurance|nino|"
    r"ni(?= n)|dni|nif|seguridad social|(?:sécu|sécurité sociale)|insee|codice fiscale|pesel|bsn|"
    r"burgerservice\w{0,8}|sofi\w{0,8}|cpf|t\.?c\.?(?= (?:kimlik|no))|kimlik|steuer-?id\w{0,25}|"
    r"idnr|tax(?:payer)?(?= (?:id|n))|person-?nummer|fødsels\w{0,8}|cpr-?n\w{1,7}|hetu|"
    r"henkilötunnu\w{0,3}|rijksregister\w{0,8}|rodné číslo|aadhaa?r|nhs(?= n)|medicare|"
    r"pass(?:port|eport|aport\w{0,3}|aporto|aporte)|pasaporte|reisepass\w{0,8}|paspoort\w{0,8}|"
    r"paszport\w{0,3}|dowód(?: osobisty)?|personalausweis\w{0,8}|ausweis-?\w{0,8}|паспорт\w{0,3}|"
    r"снилс|инн|іпн|рнокпп|driv(?:ing|er'?s?) licen[cs]e|führerschein\w{0,8}|(?:identity|id)"
    r"(?= (?:card|n))"
)
_ID = re.compile(
    rf"(?<!\w)(?:{_ID_WORDS}){_SIGNS}(?:{_FILLERS}{_SIGNS}){{0,4}}(?<!\w)"
    r"(?P<number>[A-Z]{0,5} ?\d(?:[ ./-]{0,2}(?:\d|[A-Z](?![A-Z]{2}))){5,17}(?!\w))",
    re.IGNORECASE,
)
#: The beginnings of these words.
_ID_STEMS = (
    *("ssn", "social ", "sozialv", "national ", "nino", "ni n", "dni", "nif", "seguridad", "sécu"),
    *(
        "insee",
        "codice",
        "pesel",
        "bsn",
        "burgers",
        "sofi",
        "cpf",
        "t.c",
        "tc ",
        "kimlik",
        "steuer",
    ),
    *(
        "steuer",
        "idnr",
        "tax",
        "person",
        "fødsel",
        "cpr",
        "hetu",
        "henkilö",
        "rijks",
        "rodné",
        "aadha",
    ),
    *(
        "nhs n",
        "medicare",
        "pass",
        "pasaport",
        "reisep",
        "paspoort",
        "paszport",
        "dowód",
        "ausweis",
    ),
    *(
        "ausweis",
        "паспорт",
        "снилс",
        "инн",
        "іпн",
        "рнокпп",
        "driv",
        "führersch",
        "identity ",
        "id ",
    ),
)
_PLATE = re.compile(
    r"(?<!\w)(?:reg(?:istration)?|(?:(?:number|licen[cs]e)[ -])?plates?|kfz-kennzeichen|"
    r"kennzeichen|nummernschild|plaque|immatricul\w{1,8}|matr[ií]cula|targa|kenteken\w{0,8}|"
    r"rejestra\w{1,8}|nr rej|placa|plaka\w{0,4}|гос\.? ?номер|номер\w{0,2} (?:машин|авто)\w{0,8}|"
    rf"номерн\w{{1,3}} знак){_SIGNS}(?:(?:plate|mark|{_FILLERS[3:-1]}){_SIGNS}){{0,3}}(?<!\w)"
    r"(?P<number>(?-i:[A-ZÄÖÜА-ЯІЇЄ\d]{1,4}(?:[ -]?[A-ZÄÖÜА-ЯІЇЄ\d]{1,5}){1,2})(?!\w)"
    r"|[a-z]{2}\d\d ?[a-z]{3}\b)",
    re.IGNORECASE,
)
_PLATE_STEMS = (
    *("reg", "plate", "kfz-", "kennzeichen", "nummernsch", "plaque", "immatri", "matr", "targa"),
    *("kenteken", "rejestra", "nr rej", "placa", "plaka", "гос", "номер"),
)
#: Begins with a digit, for which `re` searches fast; letters before it are looked up.
_LETTERED = re.compile(
    r"\d(?<!\d\d)(?:\d ?\d\d ?\d\d ?[A-D](?!\w)"
    r"|\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z](?!\w)"
    r"|\d{6,7}[ -]?[A-Z](?!\w)|\d?\.\d{3}\.\d{3}[ -]?[A-Z](?!\w)"
    r"|\d{5}[-+A]\d{3}[A-Y\d](?!\w)"
    r"|[ ]?\d\d[ ]?\d\d[ ]?2[AB][ ]?\d{3}[ ]?\d{3}[ ]?\d\d(?!\d))",
    re.IGNORECASE,
)
_NINO_PREFIX = re.compile(r"(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?$")
_SIX_LETTERS = re.compile(r"(?<!\w)[A-Za-z]{6}$")
_NIE_PREFIX = re.compile(r"(?<!\w)[XYZxyz][ -]?$")
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ODD_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD_LETTERS = (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
#: Values of the characters at odd places of an Italian fiscal code.
_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (*_ODD_DIGITS, *_ODD_DIGITS, *_ODD_LETTERS),
        strict=True,
    )
)
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}")


def beside_words(clean: str, lower: str, digits: int) -> Iterator[tuple[str, float, Span]]:
    """Yield (kind, score, span) of the numbers and plates that a word names."""
    if digits >= 6:
        for match in _at(_ID_STEMS, _ID, clean, lower):
            if sum(map(str.isdigit, match["number"])) >= 6 and not _is_year(match["number"]):
                yield "an identity number", 0.85, match.span("number")
    if digits >= 2:
        for match in _at(_PLATE_STEMS, _PLATE, clean, lower):
            number = match["number"]
            count = sum(map(str.isdigit, number))
            letters = sum(map(str.isalpha, number))
            if count >= 2 and letters >= 1 and 5 <= count + letters <= 9:
                yield "a number plate", 0.75, match.span("number")


def _at(
    stems: tuple[str, ...], pattern: re.Pattern[str], clean: str, lower: str
) -> Iterator[re.Match[str]]:
    """Yield the matches that begin with one of the stems; a search would try every letter."""
    places = []
    for stem in stems:
        place = lower.find(stem)
        while place >= 0:
            places.append(place)
            place = lower.find(stem, place + 1)
    reached = 0
    for place in sorted(places):
        if place >= reached and (match := pattern.match(clean, place)):
            reached = match.end()
            yield match


def _is_year(number: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d\D{1,3}(?:19|20)?\d\d", number) is not None


def lettered(clean: str) -> Iterator[Span]:
    """Yield the spans of British, Spanish, Italian, Finnish and Corsican numbers with letters."""
    for match in _LETTERED.finditer(clean):
        begin, end = match.span()
        before = clean[max(0, begin - 7) : begin]
        number = re.sub(r"[ .-]", "", match[0]).upper()
        length = _letters_before(before, number)
        if length is None and not before[-1:].isalnum() and before[-1:] != "-":
            length = 0 if _stands_alone(number, match[0]) else None
        if length is not None:
            yield begin - length, end


def _letters_before(before: str, number: str) -> int | None:
    """Return the length of the letters that make this number one of a person, or None."""
    if len(number) == 7 and (prefix := _NINO_PREFIX.search(before)):
        return len(prefix[0])
    if len(number) == 8 and (prefix := _NIE_PREFIX.search(before)):
        digits = str("XYZ".index(prefix[0][0].upper())) + number[:7]
        return len(prefix[0]) if _DNI_LETTERS[int(digits) % 23] == number[7] else None
    if len(number) == 10 and _SIX_LETTERS.search(before):
        return 6 if _fiscal_code(before[-6:].upper() + number) else None
    return None


def _stands_alone(number: str, typed: str) -> bool:
    if len(number) == 9 and number[:8].isdigit():
        return _DNI_LETTERS[int(number[:8]) % 23] == number[8]
    if typed[6:7] in "-+Aa" and number[:6].isdigit():
        value = int(typed[:6] + typed[7:10])
        is_date = 1 <= int(typed[:2]) <= 31 and 1 <= int(typed[2:4]) <= 12
        return is_date and _HETU_LETTERS[value % 31] == typed[-1].upper()
    if len(number) == 15 and number[0] in "12":
        key = int(number[:13].replace("A", "0").replace("B", "0"))
        key -= 1_000_000 if "A" in number else 2_000_000
        return 97 - key % 97 == int(number[13:])
    return False


def is_identity_number(number: str) -> bool:
    """Return whether digits and their separators are those of a person's number by checksum."""
    digits = re.sub(r"\D", "", number)
    if len(digits) not in (9, 11, 13, 15) or len(set(digits)) < 3:
        return False
    if len(digits) == 9:
        return _SSN.fullmatch(number) is not None
    if len(digits) == 11:
        values = [int(digit) for digit in digits]
        if re.fullmatch(r"\d{3}\.\d{3}\.\d{3}-\d\d", number):
            return _cpf(values)
        if re.fullmatch(r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d", number):
            nine = int(digits[:9])
            return 97 - nine % 97 == int(digits[9:]) or 97 - (2 * 10**9 + nine) % 97 == int(
                digits[9:]
            )
        return number.isdigit() and (_pesel(digits, values) or _kimlik(values))
    if len(digits) == 15 and digits[0] in "12":
        return _is_month(digits[3:5]) and 97 - int(digits[:13]) % 97 == int(digits[13:])
    if re.fullmatch(r"756\.\d{4}\.\d{4}\.\d\d", number):
        return sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(digits)) % 10 == 0
    return False


def _cpf(values: list[int]) -> bool:
    for end in (9, 10):
        total = sum(value * (end + 1 - n) for n, value in enumerate(values[:end]))
        if total * 10 % 11 % 10 != values[end]:
            return False
    return True


def _pesel(digits: str, values: list[int]) -> bool:
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    month = int(digits[2:4]) % 20
    total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    return 1 <= month <= 12 and 1 <= int(digits[4:6]) <= 31 and total % 10 == 0


def _kimlik(values: list[int]) -> bool:
    tenth = (7 * sum(values[0:9:2]) - sum(values[1:8:2])) % 10
    return values[0] != 0 and tenth == values[9] and sum(values[:10]) % 10 == values[10]


def _fiscal_code(code: str) -> bool:
    total = sum(
        (int(c) if c.isdigit() else ord(c) - 65) if n % 2 else _ODD[c]
        for n, c in enumerate(code[:15])
    )
    return chr(65 + total % 26) == code[15]


def _is_month(month: str) -> bool:
    # Registers also use 20 to 99 for people whose month is unknown.
    return 1 <= int(month) <= 12 or 20 <= int(month) <= 42
