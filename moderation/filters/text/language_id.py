"""Language identification by script and by the most common words.

Ten common short words identify a language as well as a page of text. Letters that only some
languages use add evidence, but never decide alone. Without enough of either the language is
"unknown", which is a regular result.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from .characters import SPELLED_OUT, without_accents
from .data_files import read_lines

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
#: Languages that share a script, with their own letters and short words; the first is the default.
_SHARING: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "ru": (
        (
            "ru",
            "ыэёъ",
            "и что это эта эти как но мы вы они был была было есть нет кто если только ещё еще уже"
            " для очень надо опять всегда потому когда где тоже или чтобы из от его её их все всё"
            " с со мне меня он она он мой наш нас нам был сейчас сегодня можно нельзя лучше хорошо"
            " спасибо почему зачем какой такая такой этого чего ничего никто сколько люди через"
            " после перед даже вот бы же не за в на у по до от да так",
        ),
        (
            "uk",
            "їєґ",
            "і й що це ця цей як але ми ви вони він вона був була було є немає нема хто якщо тільки"
            " ще вже дуже треба знову завжди тому коли де теж або щоб із від його її їх усі всі та"
            " чому чи мій наш нас нам мені мене зараз сьогодні вчора завтра буде можна краще добре"
            " дякую навіщо який яка така такий цього нічого ніхто скільки люди людина після перед"
            " навіть лише бо до зі про не за на у в",
        ),
        (
            "bg",
            "ъ",
            "че това тази този тези ние вие те той тя беше бяха има няма кой която ако още вече"
            " много трябва винаги защо защото кога къде също се са съм си като всички всичко да"
            " ще с със във но или и ни ви му й ми им без преди след само днес вчера тук там добре"
            " благодаря какво нищо никой колко хора може моля до от за в на не така пак по",
        ),
        (
            "sr",
            "ђћљњџј",
            "је како али ми ви био била било има нема ко ако још већ се су ће то ово овај ова шта"
            " што где када зашто зато само данас јуче сутра овде тамо добро хвала ништа нико колико"
            " људи може треба увек опет сви смо сам сте није нису му јој и да у на не од за са или"
            " мој наш наша после тако",
        ),
        (
            "be",
            "ўыэ",
            "што гэта гэты гэтая гэтым як але мы вы яны ён яна быў была было ёсць няма ніхто хто"
            " калі толькі яшчэ ўжо вельмі трэба зноў заўсёды таму дзе таксама або каб з ад яго яе"
            " іх усе чаму ці мой наш нас нам мне мяне зараз сёння учора ўчора заўтра будзе можна"
            " лепш добра дзякуй які якая такая нічога колькі людзі пасля нават бо да і пра не за"
            " на у так",
        ),
        (
            "mk",
            "ѓќѕјљњџ",
            "е и на во се да не од со што како ќе го ја ги ми му им ни ве тоа таа тој овој оваа"
            " овие многу само но или ако јас ти ние вие сум сме сте беше беа имаше има нема кој"
            " која кое кои каде кога зошто исто дури денес вчера утре сега тука таму добро"
            " благодарам ништо никој никогаш колку луѓе може треба секогаш пак сите дека за до веќе"
            " по кај толку при",
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
#: The letters of languages in Cyrillic; any other letter of it is evidence against the language.
_CYRILLIC = "абвгдежзиклмнопрстуфхцчш"
_ALPHABETS: Mapping[str, frozenset[str]] = {
    code: frozenset(_CYRILLIC + more).difference(fewer)
    for code, more, fewer in (
        ("ru", "ёйщъыьэюя", ""),
        ("uk", "ґєіїйщьюя", ""),
        ("bg", "ѝйщъьюя", ""),
        ("sr", "ђјљњћџ", ""),
        ("be", "ёійўыьэюя", "и"),
        ("mk", "ѐѝѓѕјљњќџ", ""),
    )
}
#: The letters that not all of them have.
_TELLING = frozenset("и").union(*_ALPHABETS.values()).difference(_CYRILLIC.replace("и", ""))
#: Endings of words of five letters and more in Cyrillic, such as articles and infinitives.
_ENDINGS: Mapping[str, tuple[str, ...]] = {
    "ru": ("ть", "ью", "ться", "ого", "ый", "ая", "ые", "ите", "ют", "ет", "ся", "ешь"),
    "uk": ("ти", "тися", "ння", "ого", "ий", "ають", "ить", "ся", "уть"),
    "bg": ("ата", "ята", "ите", "ото", "ът", "ият", "ия", "хме", "ха"),
    "be": ("ць", "цца", "ага", "ая", "юць", "ае", "лі"),
    "mk": ("ата", "ите", "ото", "иот", "от", "аат", "вме"),
    "sr": ("ити", "ати", "ао", "ије", "има", "ско"),
}
_YEH_AND_KAF = str.maketrans("يك", "یک")
#: The share of kana among kana and Chinese characters from which a text counts as Japanese.
_KANA = 0.15
#: Relatives share most short words, which then count as a vote for either.
_KIN = (("da", "no"), ("hr", "sr"))
_WORD = re.compile(r"\b[^\W\d_]++(?:'[^\W\d_]++)?\b")
_FOREIGN = re.compile("[\u0370-\U0010ffff]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+")
#: Letters without a decomposition, and their common replacements.
_PLAIN = str.maketrans({"ł": "l", "đ": "d", "ı": "i", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss"})
_READ = 2000
#: Fewer words in a shared script need evidence for one language.
_FEW = 4


@dataclass(frozen=True, slots=True)
class Language:
    """A language's two-letter code, or "unknown", and the confidence in it."""

    code: str = "unknown"
    confidence: float = 0.0


@cache
def _listed() -> dict[str, tuple[str, frozenset[str]]]:
    """Return the shipped letters and words of each language."""
    rows = (line.split("\t") for line in read_lines("languages.tsv"))
    return {code: (letters, frozenset(words.split())) for code, letters, words in rows}


@cache
def _word_votes() -> dict[str, tuple[float, tuple[str, ...]]]:
    """Return the languages of each word, with and without accents, and its vote for each."""
    found: dict[str, list[str]] = {}
    for code, (_, words) in _listed().items():
        for spelling in {spelling for word in words for spelling in _spellings(word)}:
            found.setdefault(spelling, []).append(code)
    speakers = ((word, _merge_similar(codes)) for word, codes in found.items())
    # A single letter may be part of a spelled-out word.
    return {
        word: ((0.5 if len(word) == 1 else 1.0) / len(codes) ** 0.5, codes)
        for word, codes in speakers
    }


def _merge_similar(codes: Collection[str]) -> tuple[str, ...]:
    """Merge languages that are too similar to distinguish."""
    merged = tuple(codes)
    for kin in _KIN:
        if set(kin).issubset(merged):
            merged = (*(code for code in merged if code not in kin), _either(kin))
    return merged


def _either(kin: tuple[str, str]) -> str:
    return " or ".join(kin)


def _spellings(word: str) -> Iterable[str]:
    yield word
    if not word.isascii():
        bare = without_accents(word).translate(_PLAIN)
        # Without accents, short words collide with words of other languages.
        if len(bare) > 3:
            yield bare
            yield word.translate(SPELLED_OUT)


@cache
def _writers() -> dict[str, frozenset[str]]:
    """Return the languages that use each letter outside a to z."""
    found: dict[str, set[str]] = {}
    for code, (letters, _) in _listed().items():
        for letter in letters:
            found.setdefault(letter, set()).add(code)
    return {letter: frozenset(codes) for letter, codes in found.items()}


@cache
def _only_english() -> frozenset[str]:
    return frozenset(word for word, (_, codes) in _word_votes().items() if codes == ("en",))


def codes() -> Iterable[str]:
    """Return the code of every language that can be recognised."""
    yield from _listed()
    yield from (code for _, _, code in _SCRIPTS)
    yield from (code for rows in _SHARING.values() for code, _, _ in rows)


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
    # A fast path for English, the most common language.
    words = text[:600].split()
    english = _only_english().intersection(words)
    if len(english) > 5 and 8 * len(english) > len(words):
        return Language("en", 1.0)
    return _by_words(_WORD.findall(text))


def _by_words(words: list[str]) -> Language:
    speakers = _word_votes()
    votes: dict[str, float] = {}
    letters: dict[str, float] = {}
    # A sequence of single letters is a spelled-out word, not a repeated short word.
    spelled_out = set()
    for word in words:
        if len(word) == 1:
            if word in spelled_out:
                continue
            spelled_out.add(word)
        vote_and_codes = speakers.get(word)
        if vote_and_codes is None and "'" in word:
            vote_and_codes = speakers.get(word[: word.index("'") + 1])
        if vote_and_codes is not None:
            share, codes = vote_and_codes
            for code in codes:
                votes[code] = votes.get(code, 0.0) + share
        elif not word.isascii():
            writers = _languages_writing(word)
            for code in writers:
                letters[code] = letters.get(code, 0.0) + 1 / len(writers)
    # Letters only confirm the words: a name can have any letter.
    votes = {code: vote + min(vote, letters.get(code, 0.0)) for code, vote in votes.items()}
    for kin in _KIN:
        if _either(kin) in votes:
            likelier = max(kin, key=lambda code: votes.get(code, 0.0))
            votes[likelier] = votes.pop(_either(kin)) + sum(votes.pop(code, 0.0) for code in kin)
    if not votes:
        return Language()
    best, score = max(votes.items(), key=lambda vote: vote[1])
    second = max((v for code, v in votes.items() if code != best), default=0.0)
    # Require two words of evidence, a lead, and some words that the language has.
    lead = (score - second) / score
    confidence = min(1.0, score / 3.5) * lead * min(1.0, 6 * score / len(words))
    if score < 1.4 or confidence < 0.2:
        return Language()
    return Language(best, round(confidence, 2))


def _languages_writing(word: str) -> tuple[str, ...]:
    """Return the languages that use every letter of a word."""
    writers = _writers()
    strange = (writers.get(letter, frozenset()) for letter in set(word) if not letter.isascii())
    return _merge_similar(frozenset.intersection(*strange))


def _by_script(text: str) -> Language | None:
    foreign = _FOREIGN.findall(text)
    if not foreign:
        return None
    counts: dict[str, int] = {}
    # Even a long text in another script has only a few dozen different characters.
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
        if code == Language().code:
            return Language()
    return Language(code, round(count / letters, 2))


def _of_one_script(script: str, text: str, characters: Mapping[str, int]) -> str:
    """Return the language, among those of a script, with the most evidence in a text."""
    words = Counter(_WORD.findall(text))
    if script == "ar":
        # Persian is often typed with the Arabic letters that look the same.
        for word in [word for word in words if "ي" in word or "ك" in word]:
            words[word.translate(_YEH_AND_KAF)] += words[word]
    found = words.keys()
    scores = {
        code: sum(map(characters.__getitem__, letters.intersection(characters)))
        + 2 * sum(map(words.__getitem__, own.intersection(found)))
        for code, letters, own in _sharing(script)
    }
    if script == "ru":
        _weigh_cyrillic(scores, characters, words)
    # The first of equal ones is the script's default.
    best = max(scores, key=scores.__getitem__)
    if script == "ru" and len(words) < _FEW and list(scores.values()).count(scores[best]) > 1:
        return Language().code
    return best


def _weigh_cyrillic(
    scores: dict[str, int], characters: Mapping[str, int], words: Mapping[str, int]
) -> None:
    """Add the evidence of endings, and that of letters which a language does not have."""
    for word, times in words.items():
        if len(word) > 4:
            for code in _by_ending(word[-4:]):
                scores[code] += times
    for letter in _TELLING.intersection(characters):
        for code, alphabet in _ALPHABETS.items():
            if letter not in alphabet:
                scores[code] -= 3 * characters[letter]


@lru_cache(maxsize=4096)
def _by_ending(end: str) -> tuple[str, ...]:
    return tuple(code for code, endings in _ENDINGS.items() if end.endswith(endings))


@cache
def _sharing(script: str) -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    return tuple(
        (code, frozenset(letters), frozenset(own.split()))
        for code, letters, own in _SHARING[script]
    )
