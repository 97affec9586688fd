"""Street addresses as the English, Germans, French and Spanish write them.

Finds them; what a comment that has one is worth is for the filter in `personal_data` to say.
"""

import re
from collections.abc import Iterator

from moderation.domain.judgement import Span

# The patterns begin with a class of characters, which is looked for faster than what stands
# before it.
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
_POSTCODE = re.compile(r"[A-Z](?<!\w.)[A-Z]?\d[A-Z\d]? ?\d[A-Z]{2}\b")
_POSTCODE_END = re.compile(r"\d[A-Z]{2}\b")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# A text without one of these words has no street, and asking for words is fast.
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
_ADDRESSED = re.compile(
    r"\b(?:live[sd]?(?! from\b| on (?:air|tv)\b)|living|address|resid(?:es?|ing)|"
    r"(?:my|your|his|her|our|their|whose)(?: \w{1,12})? (?:house|home|place|flat|apartment|door)|"
    r"come (?:round|over|by)|(?:visit|find|get) (?:him|her|them|me)|"
    r"wohn(?:t|e|en|haft)|adresse|habite[sz]?|domicile|viv(?:e|es|en|o)|(?:mi|tu|su) casa|"
    r"direcci[oó]n|domicilio)\b",
    re.IGNORECASE,
)


def streets(clean: str, digits: int) -> Iterator[Span]:
    """Yield where street addresses stand in a text with so many digits, in no order."""
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
    if digits > 1 and _POSTCODE_END.search(clean):
        patterns.append(_POSTCODE)
    for pattern in patterns:
        for match in pattern.finditer(clean):
            yield match.span()


def somebody_lives_there(clean: str, span: Span) -> bool:
    """Say whether the words around an address call it somebody's."""
    begin, end = span
    return _ADDRESSED.search(clean[max(0, begin - 40) : end + 20]) is not None
