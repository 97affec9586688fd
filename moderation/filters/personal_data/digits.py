"""Numbers as readers read them: digits of any script, letters for digits, and digits in words.

Only rewrites and finds them; the filter decides which are personal.
"""

import re
from collections.abc import Iterator

from moderation.domain.judgement import Span

#: The zeros of other scripts; each is followed by its digits up to nine.
_ZEROS = "٠۰߀०০੦૦୦௦౦೦൦෦๐໐༠၀႐០᠐᥆᧐᪀᪐᭐᮰᱀᱐꘠꣐꤀꧐꧰꩐꯰０"
_FOREIGN_DIGIT = re.compile(f"[{''.join(f'{zero}-{chr(ord(zero) + 9)}' for zero in _ZEROS)}]")
_ASCII_DIGITS = {ord(zero) + value: str(value) for zero in _ZEROS for value in range(10)}
_LETTER_BESIDE = re.compile(r"\d(?:(?<=[oO].)|(?=[oOlI]))")
# A group of digits and the letters that pass for them; "10l" is a volume.
_MIXED = re.compile(r"(?<!\w)(?=[OoIl]{0,8}\d)(?!\d{1,4}l\b)[\dOoIl]{3,20}(?!\w)")
_AS_DIGITS = str.maketrans("OoIl", "0011")

_VALUES = {
    word: value
    for value, words in enumerate(
        (
            "zero oh o nought null cero zéro nul ноль нуль sıfır",
            "one eins uno un um een jeden один bir",
            "two zwei zwo dos deux due dois twee dwa два iki",
            "three drei tres trois tre três drie trzy три üç",
            "four vier cuatro quatre quattro quatro cztery четыре чотири dört",
            "five fünf cinco cinq cinque vijf pięć пять beş",
            "six sechs seis sei zes sześć шесть шість altı",
            "seven sieben siete sept sette sete zeven siedem семь сім yedi",
            "eight acht ocho huit otto oito osiem восемь вісім sekiz",
            "nine neun nueve neuf nove negen dziewięć девять dokuz",
        )
    )
    for word in words.split()
}
_TIMES = {"double": 2, "treble": 3, "triple": 3, "doppel": 2, "doble": 2, "dubbel": 2}
_WORD = "|".join(sorted(_VALUES, key=len, reverse=True))
_TOKEN = rf"(?:(?:{'|'.join(_TIMES)})[ -]?)?(?:(?:{_WORD})(?!\w)|\d{{1,4}}(?!\w))"
_SPOKEN = re.compile(rf"(?<![\w.,-]){_TOKEN}(?:[ ,.…-]{{1,3}}{_TOKEN}){{4,18}}")
_PART = re.compile(rf"(?:({'|'.join(_TIMES)})[ -]?)?(?:({_WORD})|(\d+))(?!\w)")
_WORDS = frozenset(word + sign for word in (*_VALUES, *_TIMES) for sign in ("", ",", ".", ";"))
_RISING = "012345678901234567890"


def written_out(clean: str) -> str:
    """Return the text, of equal length, with every digit of a number as one of 0 to 9."""
    if not clean.isascii() and _FOREIGN_DIGIT.search(clean):
        clean = clean.translate(_ASCII_DIGITS)
    if _LETTER_BESIDE.search(clean):
        clean = _MIXED.sub(lambda match: match[0].translate(_AS_DIGITS), clean)
    return clean


def spoken(lower: str) -> Iterator[tuple[str, Span]]:
    """Yield the numbers whose digits are words, with their digits and span."""
    if len(_WORDS.intersection(lower.replace("-", " ").split())) < 3:
        return
    for match in _SPOKEN.finditer(lower):
        digits = ""
        words = 0
        for times, word, typed in _PART.findall(match[0]):
            digits += (typed or str(_VALUES[word])) * _TIMES.get(times, 1)
            words += bool(word)
        # People also count aloud, and name scores.
        counted = digits in _RISING or digits in _RISING[::-1]
        if words >= 3 and 7 <= len(digits) <= 15 and len(set(digits)) > 2 and not counted:
            yield digits, match.span()
