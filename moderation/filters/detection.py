"""Which language a text is in, told from its script and its commonest words.

Small words give a language away: ten of them are as good as a page. A text with too few says
"unknown", which is an answer and not an error.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

_WORDS = {
    "en": "the and of to is that it for was on are with as this be have not you he she they his her"
    " but from or an we were been has had will would there what who which their if about just so"
    " them your my all can do how when by at i me no up out people like don't it's than because",
    "de": "der die das und ist nicht ein eine zu den mit von auf für sich dem ich sie er es wir"
    " auch werden sind war wird bei nur noch aus nach wie dass wenn aber oder haben hat kann über"
    " mehr einen einer des im vom zum zur ihr mir dir uns was schon sehr doch",
    "fr": "le la les et est une des dans que qui pour pas sur avec ce il elle au par plus ne sont"
    " vous nous je mais ou du cette leur ont être fait tout aussi bien comme même très c'est aux"
    " mon ton ses ces sans moi toi était",
    "es": "el los las y es una que en por con para no se del al lo como más pero sus su le ya o"
    " este"
    " porque muy sin sobre también me hasta hay donde quien desde todo nos está fue son era mi yo"
    " esta ser tiene",
    "it": "il gli e è di che non una per sono con del della si più ma come anche da al le ha nel"
    " questo alla dei delle essere mi ho cosa molto perché io tutto ci c'è era degli sei ed",
    "pt": "o os as e é um uma que em não para com do da dos das no na por mais se como mas foi ao"
    " ele ela eu você muito seu sua ou quando já isso está também são até tem ser pelo nos num",
    "nl": "de het een en van is dat niet op te in zijn voor met die aan er ik je hij maar ook als"
    " was naar dan nog wel wat geen door over bij uit kan worden heeft deze hebben mijn zo ze u"
    " moet zou kunt",
    "sv": "och att det är som en på för med den inte av till har om jag de ett var men så ni vi kan"
    " från eller när man också efter mycket alla han hon nu hade skulle slut bara",
    "da": "og at det er en på for med den ikke af til har om jeg de et var men så vi kan fra eller"
    " når man også efter meget alle han hun nu havde skulle bare blev hvad",
    "no": "og at det er en på for med den ikke av til har om jeg de et var men så vi kan fra eller"
    " når man også etter mye alle han hun nå hadde skulle bare ble hva",
    "fi": "ja on ei että se oli en hän mutta kun niin mitä tämä ovat myös kuin olla joka sen"
    " vain nyt"
    " minä sinä ole mukaan jos tai sitä",
    "pl": "i w nie na się z to jest że do jak o ale po co tak za od czy już tylko być są przez dla"
    " może jego był który tym ma jej ten",
    "tr": "ve bir bu da de için ile çok ne var ben o gibi daha ama sen değil mi olarak her kadar en"
    " olan sonra ki ya hiç şey",
    "ro": "și de la nu în este cu că pe o un se din sunt pentru mai ce a fi dar sau ca le am ai"
    " fost"
    " această care",
    "id": "yang dan di itu dengan untuk tidak dari dalam ini adalah akan pada juga ke bisa ada saya"
    " kamu mereka sudah atau karena",
    "vi": "là của và không có được cho một người trong với này đã để các những khi từ tôi bạn nhưng"
    " cũng như",
    "hu": "a az és nem hogy is van egy ez de volt meg csak mint már még vagy ha el lesz ki azt",
    "cs": "a je se na že to v s z do o ale jako jsem po za byl by co tak už jen pro když není si",
    "la": "et in est non ad cum sed qui quae quod ut ex per sunt esse hoc ab si aut nec",
    "ja": "shita shimashita kimashita watashi kore desu"
    " wa ga wo ni no kara made kudasai masu shite deshita arigatou",
}

_SCRIPTS = (
    (0x0370, 0x0400, "el"),
    (0x0400, 0x0530, "ru"),
    (0x0530, 0x0590, "hy"),
    (0x0590, 0x0600, "he"),
    (0x0600, 0x0780, "ar"),
    (0x0900, 0x0980, "hi"),
    (0x0980, 0x0A00, "bn"),
    (0x0B80, 0x0C00, "ta"),
    (0x0E00, 0x0E80, "th"),
    (0x10A0, 0x1100, "ka"),
    (0x1F00, 0x2000, "el"),
    (0x3040, 0x3100, "ja"),
    (0x3400, 0xA000, "zh"),
    (0xAC00, 0xD7B0, "ko"),
)
_KIN = {"da": "no", "no": "da"}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FOREIGN = re.compile("[\u0370-\U0010ffff]+")
_READ = 4000
_UKRAINIAN = frozenset("іїєґІЇЄҐ")
_PERSIAN = frozenset("پچژگک")


@dataclass(frozen=True, slots=True)
class Language:
    """A language's two letters, or "unknown", and how sure that is."""

    code: str = "unknown"
    confidence: float = 0.0


@cache
def _speakers() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for code, words in _WORDS.items():
        for word in dict.fromkeys(words.split()):
            found.setdefault(word, []).append(code)
    return {word: tuple(codes) for word, codes in found.items()}


@cache
def _only_english() -> frozenset[str]:
    return frozenset(word for word, codes in _speakers().items() if codes == ("en",))


def detect(text: str) -> Language:
    """Return the language of a lower-case text; only its beginning is read."""
    text = text[:_READ]
    if not text.isascii():
        by_script = _by_script(text)
        if by_script is not None:
            return by_script
    # Most comments are English, and a glance tells.
    heard = _only_english().intersection(text[:600].split())
    if len(heard) > 5:
        return Language("en", 1.0)
    speakers = _speakers()
    votes: dict[str, float] = {}
    words = _WORD.findall(text)
    for word in words:
        codes = speakers.get(word)
        if codes is not None:
            share = 1 / len(codes)
            for code in codes:
                votes[code] = votes.get(code, 0.0) + share
    if not votes:
        return Language()
    best, score = max(votes.items(), key=lambda vote: vote[1])
    # Danish and Norwegian share most small words: their vote is not divided.
    kin = _KIN.get(best, best)
    score += votes.get(kin, 0.0) if kin != best else 0.0
    second = max((v for code, v in votes.items() if code not in {best, kin}), default=0.0)
    # Two words of evidence, a lead, and not all other words strange.
    lead = (score - second) / score
    confidence = min(1.0, score / 4) * lead * min(1.0, 6 * score / len(words))
    if score < 1.5 or confidence < 0.2:
        return Language()
    return Language(best, round(confidence, 2))


def _by_script(text: str) -> Language | None:
    foreign = _FOREIGN.findall(text)
    if not foreign:
        return None
    counts: dict[str, int] = {}
    # Of a text in another script only a few dozen characters are different.
    for character, times in Counter("".join(foreign)).items():
        point = ord(character)
        if not character.isalpha():
            continue
        for low, high, code in _SCRIPTS:
            if low <= point < high:
                counts[code] = counts.get(code, 0) + times
                break
    if not counts:
        return None
    if "ja" in counts and "zh" in counts:
        counts["ja"] += counts.pop("zh")
    code, count = max(counts.items(), key=lambda c: c[1])
    letters = sum(map(str.isalpha, text))
    if count < 4 or count < 0.5 * letters:
        return None
    if code == "ru" and any(c in _UKRAINIAN for c in text):
        code = "uk"
    elif code == "ar" and any(c in _PERSIAN for c in text):
        code = "fa"
    return Language(code, round(count / letters, 2))
