"""Detection of street addresses, as eleven languages write them, and of where a person lives.

Only finds them; the `personal_data` filter gives the score.
"""

import re
from collections.abc import Iterator

from moderation.domain.judgement import Span

# The patterns begin with a character class, which `re` searches for faster than a lookbehind.
_CAPITAL = "A-ZÀ-ÖØ-Þ"
_ENGLISH_STREET = re.compile(
    r"\d(?<!\w.)\d{0,4}[a-zA-Z]?,? (?:[A-Z][a-zA-Z'’.-]{0,20} ){1,4}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Way|Terrace|Boulevard|Blvd|"
    r"Crescent|Place|Pl|Square|Sq|Gardens)\b\.?"
)
_GERMAN_STREET = re.compile(
    r"[A-ZÄÖÜ](?<!\w.)(?:"
    r"[a-zäöüß]{2,30}(?:-[A-ZÄÖÜ][a-zäöüß]{1,20}){0,3}(?:(?<=[a-zß])(?:straße|strasse|str\.|weg|gasse|"
    r"allee|platz)|[ -](?:Straße|Strasse|Str\.|Weg|Gasse|Allee|Platz))"
    r"|(?:(?<=A)(?:m|n der)|(?<=Z)u[mr]|(?<=U)nter den) (?:[A-ZÄÖÜ][a-zäöüß]{2,20} )?(?:Markt|Tor|"
    r"Bahnhof|Park|Wald|See|Berg|Hang|Bach|Ufer|Kirche|Linden|Anger|Graben|Hof|Dom|Brunnen|Rathaus|"
    r"Mühle)) \d{1,4}[a-z]?\b"
)
_FRENCH_STREET = re.compile(
    r"\d(?<!\w.)\d{0,3}(?: ?(?:bis|ter))?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Ii]mpasse|"
    r"[Aa]llée|place|[Qq]uai)(?: (?:de|du|des|la|le|les)){0,2} (?:[dl]['’])?"
    rf"[{_CAPITAL}][\w'’-]{{1,25}}(?: [{_CAPITAL}][\w'’-]{{1,25}}){{0,2}}"
)
_SPANISH_STREET = re.compile(
    r"[CAPcap](?<!\w.)(?:alle|/|venida|laza|aseo)(?: ?(?:de|del|la|las|los|el)\b){0,3}"
    rf"(?: ?[{_CAPITAL}][\w-]{{1,25}}){{1,3}},? \d{{1,4}}\b"
)
_ITALIAN_STREET = re.compile(
    r"[VvPpCcL](?<!\w.)(?:iale|ia|iazza|orso|icolo|argo) (?:[a-z]{2,5} ){0,2}"
    rf"[{_CAPITAL}][\w'’.-]{{1,25}}(?: [{_CAPITAL}][\w'’.-]{{1,25}}){{0,2}},? "
    r"(?:n\.? ?)?\d{1,4}\b"
)
_DUTCH_STREET = re.compile(
    r"[A-Z](?<!\w.)[a-zë]{2,30}(?:straat|laan|plein|gracht|kade|singel|dreef) \d{1,4}[a-z]?\b"
)
_POLISH_STREET = re.compile(
    r"[uaop](?<!\w.)(?:l|s)\. ?[A-ZĄĆĘŁŃÓŚŹŻ]\w{1,25}(?: [A-ZĄĆĘŁŃÓŚŹŻ]\w{1,25}){0,2} "
    r"\d{1,4}[a-zA-Z]?(?:/\d{1,4})?\b"
)
_PORTUGUESE_STREET = re.compile(
    r"[RrAaTtPp](?<!\w.)(?:ua|venida|ravessa|raça) (?:(?:d[aeo]s?) ){0,2}"
    rf"[{_CAPITAL}][\w-]{{1,25}}(?: (?:d[aeo]s? )?[{_CAPITAL}][\w-]{{1,25}}){{0,3}},? "
    r"(?:n\.?º? ?)?\d{1,4}\b"
)
_EASTERN_STREET = re.compile(
    r"[упв](?<!\w.)(?:л\.|лиц[аеыу]|росп\.|роспект\w?|ер\.|ереул\w{2,4}|ул\.|улиц[яію]|ров\.) ?"
    r"[А-ЯІЇЄҐ][\w'’-]{1,25}(?: [А-ЯІЇЄҐ][\w'’-]{1,25})?,? "
    r"(?:д\.? ?|дом |буд\.? ?)?\d{1,4}[а-яa-z]?\b",
    re.IGNORECASE,
)
_TURKISH_STREET = re.compile(
    r"[CSMB](?<!\w.)(?:addesi|ad\.|okak|okağı|ok\.|ahallesi|ulvarı),? (?:[Nn]o ?[:.]? ?)?\d{1,4}\b"
)
_POSTCODE = re.compile(r"[A-Z](?<!\w.)[A-Z]?\d[A-Z\d]? ?\d[A-Z]{2}\b")
_POSTCODE_END = re.compile(r"\d[A-Z]{2}\b")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# A text without any of these words has no street; the set look-up is fast.
_ENGLISH_WORDS = frozenset(
    word + sign
    for word in _words(
        "Street St Road Rd Avenue Ave Lane Ln Drive Dr Close Court Ct Way Terrace Boulevard Blvd "
        "Crescent Place Pl Square Sq Gardens"
    )
    for sign in ("", *",.;:!?)\"'”’", "'s", "’s", ".)", "),", '",')
)
_GERMAN_WORDS = _words("Straße Strasse Str. Weg Gasse Allee Platz Am An Zum Zur Unter")
_GERMAN_ENDINGS = ("traße ", "trasse ", "tr. ", "weg ", "gasse ", "llee ", "latz ")
_FRENCH_WORDS = _words(
    "rue avenue boulevard chemin impasse allée place quai "
    "Rue Avenue Boulevard Chemin Impasse Allée Quai"
)
_SPANISH_WORDS = _words("calle avenida plaza paseo Calle Avenida Plaza Paseo")
_ITALIAN_WORDS = _words("via Via viale Viale piazza Piazza corso Corso vicolo Vicolo largo Largo")
_DUTCH_ENDINGS = ("straat ", "laan ", "plein ", "gracht ", "kade ", "singel ", "dreef ")
_POLISH_STARTS = ("ul. ", "al. ", "os. ", "pl. ")
_PORTUGUESE_WORDS = _words("rua Rua avenida Avenida travessa Travessa praça Praça")
_EASTERN_STARTS = ("ул.", "улиц", "просп", "пер.", "переул", "вул", "пров.")
_TURKISH_WORDS = _words("Caddesi Cad. Sokak Sokağı Sok. Mahallesi Bulvarı")
#: Another person's home: "he lives at 9 Elm", "find her at Flat 3, Tower Court".
_HOME = re.compile(
    r"\b(?:(?:he|she|they|who|guy|woman|man|bastard|idiot) lives? "
    r"(?:at|on|in(?= (?:flat|apartment|apt|number|no|house|unit)))"
    r"|(?:his|her|their|whose) (?:home )?(?:address|house|flat|home|place) is(?: at| on)?"
    r"|(?:find|visit|get) (?:him|her|them) at(?: home,?(?: at)?)?"
    r"|(?:show|turn) up at (?:his|her|their) (?:house|home|place|flat),?)"
    r"[ :]{1,2}(?P<where>(?P<unit>(?:number|no\.?|nr\.?|flat|apartment|apt\.?|house|unit) )?"
    rf"\d{{1,4}}[a-z]?,? (?-i:[{_CAPITAL}])[\w'’-]{{2,25}}"
    r"|(?:the )?(?-i:[A-Z])[\w'’-]{2,20}(?: (?-i:[A-Z])[\w'’-]{2,20}){0,2},? "
    r"(?:house|flat|apartment|no\.?|number) \d{1,4}[a-z]?)",
    re.IGNORECASE,
)
_HOME_PHRASES = (
    *("lives at ", "lives on ", "lives in ", "they live ", "address is", "house is", "flat is"),
    *(
        "home is",
        "place is",
        "him at",
        "her at",
        "them at",
        "up at his ",
        "up at her",
        "up at their",
    ),
)
#: Units of what may follow a number and is no street.
_NO_STREET = _words("Euros Dollars Pounds Minutes Miles Years Hours")
_ADDRESSED = re.compile(
    r"\b(?:live[sd]?(?! from\b| on (?:air|tv)\b)|living|address|resid(?:es?|ing)|"
    r"(?:my|your|his|her|our|their|whose)(?: \w{1,12})? (?:house|home|place|flat|apartment|door)|"
    r"come (?:round|over|by)|(?:visit|find|get) (?:him|her|them|me)|"
    r"wohn(?:t|e|en|haft)|adresse|habite[sz]?|domicile|viv(?:e|es|en|o)|(?:mi|tu|su) casa|"
    r"direcci[oó]n|domicilio|abit[ao]|indirizzo|woon(?:t|achtig)|adres(?:ie|i)?|(?:za)?mieszka\w{0,3}|"
    r"mora(?:da)?|endereço|жив[её]т|прожива\w{2,3}|адрес\w{0,2}|мешка\w{1,3}|живе|oturuyor|yaşıyor)\b",
    re.IGNORECASE,
)


def streets(clean: str, digits: int) -> Iterator[Span]:
    """Yield the spans of street addresses in a text with `digits` digits, in no order."""
    words = set(clean.split())
    patterns = []
    if words & _ENGLISH_WORDS:
        patterns.append(_ENGLISH_STREET)
    if words & _GERMAN_WORDS or any(ending in clean for ending in _GERMAN_ENDINGS):
        patterns.append(_GERMAN_STREET)
    if words & _FRENCH_WORDS:
        patterns.append(_FRENCH_STREET)
    if words & _SPANISH_WORDS or "C/" in clean:
        patterns.append(_SPANISH_STREET)
    if words & _ITALIAN_WORDS:
        patterns.append(_ITALIAN_STREET)
    if any(ending in clean for ending in _DUTCH_ENDINGS):
        patterns.append(_DUTCH_STREET)
    if any(start in clean for start in _POLISH_STARTS):
        patterns.append(_POLISH_STREET)
    if words & _PORTUGUESE_WORDS:
        patterns.append(_PORTUGUESE_STREET)
    if not clean.isascii() and any(start in clean for start in _EASTERN_STARTS):
        patterns.append(_EASTERN_STREET)
    if words & _TURKISH_WORDS:
        patterns.append(_TURKISH_STREET)
    if digits > 1 and _POSTCODE_END.search(clean):
        patterns.append(_POSTCODE)
    for pattern in patterns:
        for match in pattern.finditer(clean):
            yield match.span()


def homes(clean: str, lower: str) -> Iterator[Span]:
    """Yield the spans of addresses that a phrase gives as another person's home, in any form."""
    if not any(phrase in lower for phrase in _HOME_PHRASES):
        return
    for match in _HOME.finditer(clean):
        if match["where"].split()[-1] not in _NO_STREET:
            yield match.span("where")


def is_home_address(clean: str, span: Span) -> bool:
    """Return whether the words around an address mark it as a person's home."""
    begin, end = span
    return _ADDRESSED.search(clean[max(0, begin - 40) : end + 20]) is not None
