"""Common words, by which disguised letters are recognised as a word."""

from functools import cache

from .characters import without_accents
from .data_files import read_lines, read_words


@cache
def targets() -> frozenset[str]:
    """Return the words that people disguise most, with and without accents."""
    listed = read_words("disguised.txt") | {
        line.split("\t")[0] for line in read_lines("words.en.tsv")
    }
    return frozenset(spelling for word in listed for spelling in (word, without_accents(word)))


@cache
def known_words() -> frozenset[str]:
    """Return common words of several languages, with and without accents, and the targets."""
    common = set(read_words("vocabulary.txt"))
    for line in read_lines("languages.tsv"):
        common.update(word for word in line.split("\t")[2].split() if len(word) > 2)
    bare = {without_accents(word) for word in common if len(word) > 3 and not word.isascii()}
    return frozenset(common | bare | targets())


@cache
def _longest() -> int:
    return max(map(len, known_words()))


#: Letters in one row; longer rows are rare, and their division would take long.
LONGEST_ROW = 60


@cache
def letter_words(kind: str) -> frozenset[str]:
    """Return the words of one kind that a row of letters is divided with or left for."""
    rows = (line.split("\t") for line in read_lines("letter_words.tsv"))
    return frozenset(word for row, words in rows if row == kind for word in words.split())


def is_short(word: str) -> bool:
    """Return whether a word is a common one of one or two letters."""
    return word.lower() in letter_words("short")


def divided(letters: str) -> list[str]:
    """Return the known words that a row of letters is made of, the longest first; or none.

    "killyourself" is "kill" and "yourself". At least half of the letters must be those of words
    with three letters and more.
    """
    size = len(letters)
    if size > LONGEST_ROW:
        return []
    known = known_words()
    # The cost of the best division of each beginning, and where its last word begins.
    costs: list[float] = [0.0] + [float("inf")] * size
    begins = [0] * (size + 1)
    for end in range(1, size + 1):
        for begin in range(max(0, end - _longest()), end):
            word = letters[begin:end]
            if word in known and end - begin > 2:
                cost = costs[begin] + 1.0
            elif end - begin < 3 and is_short(word):
                cost = costs[begin] + 2.0
            else:
                continue
            if cost < costs[end]:
                costs[end], begins[end] = cost, begin
    if costs[size] == float("inf"):
        return []
    words: list[str] = []
    end = size
    while end:
        words.append(letters[begins[end] : end])
        end = begins[end]
    long = sum(len(word) for word in words if len(word) > 2)
    return words[::-1] if 2 * long >= size and long > 3 else []
