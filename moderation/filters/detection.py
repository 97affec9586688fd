"""Which language a text is in, told from its script and its commonest words.

Small words give a language away: ten of them are as good as a page. Letters that only some
languages write help, but never decide alone. A text with too little of both says "unknown",
which is an answer and not an error.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from .alphabet import SPELLED_OUT, without_accents
from .shipped import lines

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
#: Languages that share a script, by their own letters and small words; the first is the usual one.
_SHARING: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "ru": (
        (
            "ru",
            "ыэёъ",
            "и что это как но мы вы они был была было есть нет кто если только ещё еще уже для"
            " очень надо опять всегда потому когда где тоже или чтобы из от его её их все всё",
        ),
        (
            "uk",
            "іїєґ",
            "й що це як але ми ви вони є немає хто якщо тільки ще вже дуже треба знову завжди тому"
            " коли де теж або щоб із від його її їх усі та чому цей",
        ),
        (
            "bg",
            "ъ",
            "че това ние вие беше има няма кой ако още вече много трябва винаги защото кога къде"
            " също се са съм си като всички този тази",
        ),
        ("sr", "ђјљњћџ", "је како али ми ви био има нема ако још већ се су ће"),
        (
            "be",
            "ўі",
            "што гэта як але яны быў няма хто калі толькі яшчэ ўжо вельмі",
        ),
    ),
    "ar": (
        (
            "ar",
            "ةأإ",
            "من في على إلى هذا هذه أن لا التي الذي عن مع كان ولا هو هي كل ما لم لن قد بعد قبل نحن"
            " أنا أنت ليس كانت ذلك بين حتى أو ثم غير كما عند لكن",
        ),
        (
            "fa",
            "پچژگکی",
            "این که از را است با برای تو شما بود هم خیلی ولی اما نیست شد می چه هر یک آن بر تا در"
            " من ما او آنها باز دوباره چرا کجا وقتی اگر شود شده کرد کند دارد داریم همه هیچ بی",
        ),
        (
            "ur",
            "پچژگکیٹڈڑےںہھ",
            "ہے ہیں کے کی کا میں اور سے نے کو یہ وہ تو بھی نہیں کیا کر تھا تھی ہو ہم آپ جو پر",
        ),
    ),
}
_YEH_AND_KAF = str.maketrans("يك", "یک")
#: Of kana and Chinese characters, from this share of kana on it is Japanese and no quotation.
_KANA = 0.15
#: Danish and Norwegian share most small words, which are then a vote for either.
_KIN = ("da", "no")
_EITHER = "da or no"
_WORD = re.compile(r"\b[^\W\d_]++(?:'[^\W\d_]++)?\b")
_FOREIGN = re.compile("[\u0370-\U0010ffff]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+")
#: Letters that no accent is taken from, as people write them without.
_PLAIN = str.maketrans({"ł": "l", "đ": "d", "ı": "i", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss"})
_READ = 2000


@dataclass(frozen=True, slots=True)
class Language:
    """A language's two letters, or "unknown", and how sure that is."""

    code: str = "unknown"
    confidence: float = 0.0


@cache
def _listed() -> dict[str, tuple[str, frozenset[str]]]:
    """Letters and words of each language, as shipped."""
    rows = (line.split("\t") for line in lines("languages.tsv"))
    return {code: (letters, frozenset(words.split())) for code, letters, words in rows}


@cache
def _speakers() -> dict[str, tuple[float, tuple[str, ...]]]:
    """The languages of each word, spelled with its accents or without, and its vote for each."""
    found: dict[str, list[str]] = {}
    for code, (_, words) in _listed().items():
        for spelling in {spelling for word in words for spelling in _spellings(word)}:
            found.setdefault(spelling, []).append(code)
    speakers = ((word, _together(codes)) for word, codes in found.items())
    # A single letter may be part of a word spelled out.
    return {
        word: ((0.5 if len(word) == 1 else 1.0) / len(codes) ** 0.5, codes)
        for word, codes in speakers
    }


def _together(codes: Collection[str]) -> tuple[str, ...]:
    """Count languages that are nearly one as one."""
    if set(_KIN).issubset(codes):
        return (*(code for code in codes if code not in _KIN), _EITHER)
    return tuple(codes)


def _spellings(word: str) -> Iterable[str]:
    yield word
    if not word.isascii():
        bare = without_accents(word).translate(_PLAIN)
        # Short words would be other languages' words without their accents.
        if len(bare) > 3:
            yield bare
            yield word.translate(SPELLED_OUT)


@cache
def _writers() -> dict[str, frozenset[str]]:
    """The languages that write each letter outside a to z."""
    found: dict[str, set[str]] = {}
    for code, (letters, _) in _listed().items():
        for letter in letters:
            found.setdefault(letter, set()).add(code)
    return {letter: frozenset(codes) for letter, codes in found.items()}


@cache
def _only_english() -> frozenset[str]:
    return frozenset(word for word, (_, codes) in _speakers().items() if codes == ("en",))


def detect(text: str) -> Language:
    """Return the language of a lower-case text; only its beginning is read."""
    text = text[:_READ]
    if "://" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    if not text.isascii():
        by_script = _by_script(text)
        if by_script is not None:
            return by_script
        text = text.replace("’", "'")
    # Most comments are English, and a glance tells.
    seen = text[:600].split()
    heard = _only_english().intersection(seen)
    if len(heard) > 5 and 8 * len(heard) > len(seen):
        return Language("en", 1.0)
    return _by_words(_WORD.findall(text))


def _by_words(words: list[str]) -> Language:
    speakers = _speakers()
    votes: dict[str, float] = {}
    letters: dict[str, float] = {}
    # Letters on their own are a word spelled out rather than a small word said often.
    spelled_out = set()
    for word in words:
        if len(word) == 1:
            if word in spelled_out:
                continue
            spelled_out.add(word)
        known = speakers.get(word)
        if known is None and "'" in word:
            known = speakers.get(word[: word.index("'") + 1])
        if known is not None:
            share, codes = known
            for code in codes:
                votes[code] = votes.get(code, 0.0) + share
        elif not word.isascii():
            writers = _written(word)
            for code in writers:
                letters[code] = letters.get(code, 0.0) + 1 / len(writers)
    # Letters confirm what words say: a name can have any letter.
    votes = {code: vote + min(vote, letters.get(code, 0.0)) for code, vote in votes.items()}
    if _EITHER in votes:
        likelier = max(_KIN, key=lambda code: votes.get(code, 0.0))
        votes[likelier] = votes.pop(_EITHER) + sum(votes.pop(code, 0.0) for code in _KIN)
    if not votes:
        return Language()
    best, score = max(votes.items(), key=lambda vote: vote[1])
    second = max((v for code, v in votes.items() if code != best), default=0.0)
    # Two words of evidence, a lead, and not all other words strange.
    lead = (score - second) / score
    confidence = min(1.0, score / 3.5) * lead * min(1.0, 6 * score / len(words))
    if score < 1.4 or confidence < 0.2:
        return Language()
    return Language(best, round(confidence, 2))


def _written(word: str) -> tuple[str, ...]:
    """Return the languages that write all letters of a word."""
    writers = _writers()
    strange = (writers.get(letter, frozenset()) for letter in set(word) if not letter.isascii())
    return _together(frozenset.intersection(*strange))


def _by_script(text: str) -> Language | None:
    foreign = _FOREIGN.findall(text)
    if not foreign:
        return None
    counts: dict[str, int] = {}
    # Of a text in another script only a few dozen characters are different.
    characters = Counter("".join(foreign))
    for character, times in characters.items():
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
        kana, chinese = counts.pop("ja"), counts.pop("zh")
        counts["ja" if kana >= _KANA * (kana + chinese) else "zh"] = kana + chinese
    code, count = max(counts.items(), key=lambda c: c[1])
    letters = sum(map(str.isalpha, text))
    if count < 4 or count < 0.5 * letters:
        return None
    if code in _SHARING:
        code = _of_one_script(code, text, characters)
    return Language(code, round(count / letters, 2))


def _of_one_script(script: str, text: str, characters: Mapping[str, int]) -> str:
    """Return which of the languages that share a script has most of its own in a text."""
    words = Counter(_WORD.findall(text))
    if script == "ar":
        # Persian is often typed with the Arabic letters that look the same.
        for word in [word for word in words if "ي" in word or "ك" in word]:
            words[word.translate(_YEH_AND_KAF)] += words[word]
    best, most = script, 0
    for code, letters, own in _sharing(script):
        found = sum(characters.get(letter, 0) for letter in letters)
        found += 2 * sum(words[word] for word in own.intersection(words))
        if found > most:
            best, most = code, found
    return best


@cache
def _sharing(script: str) -> tuple[tuple[str, str, frozenset[str]], ...]:
    return tuple((code, letters, frozenset(own.split())) for code, letters, own in _SHARING[script])
