"""The word that disguised letters spell, or none where they are probably not a disguise."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from .characters import COINS, alphabet, without_accents
from .vocabulary import LONGEST_ROW, divided, is_short, known_words, letter_words, targets

#: The letters that a digit or sign stands for, the likeliest first. 2 and 6 rarely do.
_READINGS = {
    "0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a",
    "!": "il", "|": "li", "+": "t", "§": "s", **COINS,
}  # fmt: skip
LEET_SIGNS = "".join(_READINGS)
#: More digits in one word are no disguise, and have too many readings.
_MOST_SIGNS = 5
#: A number with its unit, an ordinal: "5km", "20th", "1er".
_MEASURE = re.compile(
    r"[$€£¥]?\d\d+[a-z]{1,2}"
    r"|\d+(?:st|nd|rd|th|er|re|[cku]?m|mm|kg|m[lg]|hrs?|[ap]m|in|ft|lbs?|oz|[a-z]|min|mph|rpm|yrs?)",
    re.IGNORECASE,
)
_ROMAN = re.compile("[IVXLCDM]+")
_SEPARATORS = re.compile(r"[.\-_*/|~+·•]+")
_TWINS = dict(zip("aeopcyxkmtbhij", "аеорсухкмтвніј", strict=True))
_TO_CYRILLIC = {**_TWINS, **{latin.upper(): letter.upper() for latin, letter in _TWINS.items()}}
#: Letters of other alphabets that no reader can tell from Latin ones.
_EXACT = frozenset("аеорсухіјѕһԁԛԝӏοαρνυϲАЕОРСУХІЈЅКМТВНΑΒΕΖΗΙΚΜΝΟΡΤΥΧкмт")
_CYRILLIC_LOWER = "".join(map(chr, range(0x430, 0x460)))
_CYRILLIC = re.compile("[\u0400-\u052f]")
_NON_LATIN = re.compile(f"(?![{''.join(_EXACT)}])[\u0370-\u1fff\u3040-\ud7ff]")


def _spelled(signs: str) -> Iterator[str]:
    """Yield the words in lower case that letters and signs may spell."""
    readings = [_READINGS.get(sign, sign) for sign in signs.lower()]
    if sum(len(reading) > 1 for reading in readings) <= _MOST_SIGNS:
        yield from map("".join, product(*readings))
        if not signs.isascii():
            yield from map("".join, product(*map(without_accents, readings)))


@lru_cache(maxsize=4096)
def read_leet(piece: str) -> str | None:
    """Return a word typed with digits and signs in plain letters; None where it is no disguise.

    Known words only, and not where the digits are a number beside a word: "1st", "5km", "MP3".
    """
    letters = [character for character in piece if character.isalpha()]
    signs = len(piece) - len(letters)
    if len(piece) == 2 and "0" in piece:
        return next(filter(is_short, _spelled(piece)), None)
    if len(piece) < 3 or not letters or signs > len(letters) + 1 or len(piece) > 24:
        return None
    if _MEASURE.fullmatch(piece) or piece[0] == "@":
        # A leading @ is a mention.
        return None
    begin = len(piece) - len(piece.lstrip("0123456789"))
    end = len(piece.rstrip("0123456789!"))
    inner = piece[begin:end].lower()
    beside = (begin or end < len(piece)) and begin < end
    for word in _spelled(piece):
        if word in targets():
            # Also where the rest is a word: "5hit".
            return word
        if word in known_words():
            if len(piece) < 4 and piece.isupper() and piece[1] != "0":
                # More often a name than a word: "A1R".
                continue
            # A number beside a word: "level5", "4all".
            if beside and (inner in known_words() or len(inner) < 2):
                continue
            if end < len(piece) and (signs > 1 or len(inner) < 3):
                continue
            return word
    return None


@lru_cache(maxsize=8192)
def read_lookalikes(word: str, among_latin: bool) -> str | None:
    """Return a word with letters of several alphabets in those of one; None to leave it.

    A word of nothing but look-alikes is Latin only among Latin words. Accents are a disguise in
    words that people disguise most, unless they belong to a known word.
    """
    table = alphabet()
    latin = sum(map(str.isascii, word))
    # Letters such as é are Latin.
    foreign = [c for c in word if not c.isascii() and (c in table.lookalikes or ord(c) > 0x24F)]
    known = known_words()
    if len(word) > 64:
        return None
    if not foreign:
        bare = without_accents(word)
        accented = bare.lower() in targets() and word.lower() not in known
        return bare if accented and len(bare) > 2 else None
    cyrillic = _in_cyrillic(word) if latin and _CYRILLIC.search(word) else None
    if not table.lookalikes.issuperset(foreign):
        return cyrillic
    reading = "".join(map(_latin, word))
    bare = without_accents(reading)
    if bare.lower() in known and reading.lower() not in known:
        reading = bare
    exact = _EXACT.issuperset(foreign)
    # A single letter may be one of a separated word.
    is_word = len(word) == 1 or reading.lower() in known or is_short(reading)
    if among_latin and (latin or exact) and is_word:
        return reading
    if cyrillic is not None and (cyrillic.lower() in known or not among_latin):
        return cyrillic
    if latin and among_latin and (exact or _CYRILLIC.search(word)) and not _has_ending(word):
        return reading
    # Generators of fancy text take the letters of any alphabet.
    fancy = among_latin and len(word) > 2 and table.fancy.issuperset(foreign)
    return reading if fancy and reading.lower() in known else None


def non_latin(text: str) -> int:
    """Return the number of letters of other alphabets that no Latin letter looks like."""
    return len(_NON_LATIN.findall(text))


def _latin(character: str) -> str:
    if character.isascii() or character not in alphabet().lookalikes:
        return character
    letter = chr(96 + int(alphabet().letters[ord(character)]))
    return letter.upper() if character.isupper() else letter


def _has_ending(word: str) -> bool:
    """Return whether a word is a Latin abbreviation with a Cyrillic ending: "SMSки"."""
    latin = word.rstrip(_CYRILLIC_LOWER)
    return len(latin) > 1 and latin.isascii() and latin.isupper()


def _in_cyrillic(word: str) -> str | None:
    """Return a Cyrillic word without the Latin letters that look like its own."""
    if _has_ending(word) or not _TO_CYRILLIC.keys() >= {c for c in word if c.isascii()}:
        return None
    return "".join(_TO_CYRILLIC.get(c, c) for c in word)


@lru_cache(maxsize=4096)
def joined_row(letters: str, dotted: bool, least: int) -> tuple[str, ...]:
    """Return the words that separated single letters spell; none to leave them.

    Words with fewer letters than the given number must be among those that people disguise.
    """
    if not 3 <= len(letters) <= LONGEST_ROW or 2 * sum(map(str.isalpha, letters)) <= len(letters):
        return ()
    for word in _spelled(letters):
        if word in letter_words("abbreviation") or (letters.isupper() and dotted and len(word) < 4):
            continue
        if word in known_words() and (len(word) >= least or word in targets()):
            return (word,)
        words = divided(word) if len(word) > 3 else []
        if words:
            return tuple(words)
    return ()


@lru_cache(maxsize=4096)
def joined_parts(core: str) -> str | None:
    """Return the word that the parts of a divided word make; None to leave them.

    Hyphens, slashes and underscores usually divide words: more evidence is wanted there.
    """
    parts = _SEPARATORS.split(core)
    together = "".join(parts)
    if not 4 <= len(together) <= 24 or (together.isupper() and len(together) < 5):
        return None
    if any(part[:1].isupper() for part in parts[1:]) and not together.isupper():
        return None
    dots = set(core) - set(together) <= {"."}
    known, prefixes = known_words(), letter_words("prefix")
    single = sum(len(part) == 1 for part in parts)
    broken = any(
        len(part) > 1
        and part.lower() not in known
        and part.lower() not in prefixes
        and not is_short(part)
        for part in parts
    )
    for word in _spelled(together):
        if word not in known or word in letter_words("abbreviation"):
            continue
        if single > 1 and 2 * single >= len(parts):
            return word
        if word in targets() and (
            broken or (single == 1 and len(parts) == 2 and len(parts[0]) == 1)
        ):
            return word
        if dots and (broken or (together.islower() and single != 1)):
            return word
    return None


@lru_cache(maxsize=4096)
def shortened(word: str) -> tuple[int, ...]:
    """Return the places of a word's letters, of runs of more than three equal ones one or two."""
    runs: list[list[int]] = []
    for place, letter in enumerate(word):
        if runs and word[runs[-1][0]].lower() == letter.lower():
            runs[-1].append(place)
        else:
            runs.append([place])
    if max(map(len, runs)) < 4 or _ROMAN.fullmatch(word):
        return tuple(range(len(word)))
    once, twice = (
        [place for run in runs for place in (run[:kept] if len(run) > 3 else run)]
        for kept in (1, 2)
    )
    spelled = "".join(word[place] for place in once)
    is_once = spelled.lower() in known_words() or is_short(spelled)
    is_twice = "".join(word[place] for place in twice).lower() in known_words()
    return tuple(once if is_once and not is_twice else twice)
