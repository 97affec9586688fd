"""Tokens of sentences: pieces of words from the encoder's vocabulary.

The vocabulary is that of Google's Universal Sentence Encoder, multilingual, version 3, without the
pieces of scripts that no judged language uses; see docs/licences.md. A word is divided as
SentencePiece does it (Kudo 2018): into the pieces whose scores have the highest sum. That library
itself has no wheels for all platforms that this service runs on.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import chain
from typing import Final

import numpy as np

from .data_files import FOLDER

VOCABULARY: Final = FOLDER / "reader.pieces.npz"
#: Ids of the marks around a sentence, which only the encoder reads, and of what is no piece.
BEGIN: Final = 1
END: Final = 2
UNKNOWN: Final = 0
#: Ids below this one are marks, not pieces.
_FIRST_PIECE: Final = 6
#: The longest sentence, in tokens; the rest of a longer one is not read.
LONGEST: Final = 80
#: Stands for the blank before a word.
_BLANK: Final = "\u2581"
#: By how much an unknown letter scores below the rarest piece, as in SentencePiece.
_UNKNOWN_PENALTY: Final = 10.0


class Vocabulary:
    """The pieces with their ids and scores."""

    def __init__(self, pieces: list[str], scores: Iterable[float]) -> None:
        """Take the pieces in the order of their ids, and a score for each."""
        # An array has no object for each number.
        self._scores = array("d", scores)
        self._pieces = dict(
            zip(pieces[_FIRST_PIECE:], range(_FIRST_PIECE, len(pieces)), strict=True)
        )
        self._longest = max(map(len, self._pieces))
        self._unknown = min(self._scores) - _UNKNOWN_PENALTY

    def __len__(self) -> int:
        """Return the number of ids."""
        return len(self._scores)

    def __contains__(self, piece: str) -> bool:
        return piece in self._pieces

    def divide(self, word: str) -> tuple[int, ...]:
        """Return the ids of a word's pieces; letters that are unknown in a row have one id."""
        word = _BLANK + word
        size = len(word)
        best = [0.0] + [float("-inf")] * size
        came: list[tuple[int, int]] = [(0, UNKNOWN)] * (size + 1)
        pieces, scores, longest = self._pieces, self._scores, self._longest
        for begin in range(size):
            so_far = best[begin]
            if word[begin] not in pieces and so_far + self._unknown > best[begin + 1]:
                best[begin + 1], came[begin + 1] = so_far + self._unknown, (begin, UNKNOWN)
            for end in range(begin + 1, min(begin + longest, size) + 1):
                found = pieces.get(word[begin:end])
                if found is not None and so_far + scores[found] > best[end]:
                    best[end], came[end] = so_far + scores[found], (begin, found)
        ids: list[int] = []
        while size:
            size, number = came[size]
            if number != UNKNOWN or not ids or ids[-1] != UNKNOWN:
                ids.append(number)
        return tuple(reversed(ids))


@cache
def vocabulary() -> Vocabulary:
    """Return the shipped vocabulary, loaded on first use."""
    with np.load(VOCABULARY, allow_pickle=False) as stored:
        pieces = stored["pieces"].tobytes().decode().split("\n")
        return Vocabulary(pieces, stored["scores"].tolist())


@lru_cache(maxsize=32_768)
def _divided(word: str) -> tuple[int, ...]:
    return vocabulary().divide(word)


def quiet(text: str) -> str:
    """Return a text in lower case if it shouts, character for character; else the text."""
    upper = sum(map(str.isupper, text))
    if upper < _FEW_CAPITALS or upper * 5 < 3 * sum(map(str.isalpha, text)):
        return text
    lower = text.lower()
    return lower if len(lower) == len(text) else text


_FEW_CAPITALS: Final = 5
_EMOJI: Final = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")
_SKINS: Final = range(0x1F3FB, 0x1F400)


def named(text: str) -> str:
    """Return a text with the names of the emoji that the vocabulary does not have."""
    return text if text.isascii() else _EMOJI.sub(_name, text)


def _name(match: re.Match[str]) -> str:
    return _name_of(match[0])


@lru_cache(maxsize=2048)
def _name_of(emoji: str) -> str:
    if ord(emoji) in _SKINS:
        return ""
    return emoji if emoji in vocabulary() else f" {unicodedata.name(emoji, '').lower()} "


def tokens(sentences: list[str]) -> list[list[int]]:
    """Return the ids of each sentence's tokens: at least one, at most LONGEST of them."""
    return [_tokens(each)[:LONGEST] or [UNKNOWN] for each in sentences]


def _tokens(sentence: str) -> list[int]:
    if not sentence.isascii():
        sentence = unicodedata.normalize("NFKC", named(sentence))
    return list(chain.from_iterable(map(_divided, sentence.split())))
