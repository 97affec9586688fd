"""A text as the model reads it: folded, cut into words, without quotes and addresses."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from moderation.domain.judgement import Span

#: Nothing past this many code points is read.
MAX_LENGTH: Final = 65_536
#: Stands for any word that names a group of people; a private-use code point.
SOMEONE: Final = "\ue000"
_KEPT_MARKS: Final = "!?'*@#$"


def _ascii_table() -> bytes:
    table = bytearray(b" " * 256)
    for code in range(128):
        character = chr(code)
        if character.isalpha():
            table[code] = ord(character.lower())
        elif character.isdigit():
            table[code] = ord("0")
        elif character in _KEPT_MARKS:
            table[code] = code
    return bytes(table)


_ASCII: Final = _ascii_table()
_NOT_CAPITAL: Final = bytes(code for code in range(256) if not 65 <= code <= 90)
_QUOTED_LINE: Final = re.compile(r"^[ \t]*>[^\n]*", re.MULTILINE)
_URL: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
# Longer words are read in pieces, which bounds what one remembered word can cost.
PIECE: Final = 40
_TOKEN: Final = re.compile(rf"[\w'*@#$]{{1,{PIECE}}}|[!?]{{1,{PIECE}}}")
_WHOLE: Final = re.compile(r"[\w'*@#$]+|[!?]+")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")


def _fold(character: str) -> str:
    """Return a character as the model reads it: mostly one, sometimes none or several."""
    if character in "‘’":
        return "'"
    folded = []
    for part in unicodedata.normalize("NFKD", character).casefold():
        category = unicodedata.category(part)
        if part < "\x80":
            folded.append(chr(_ASCII[ord(part)]))
        elif category[0] != "M" and category != "Cf":
            folded.append(" " if category[0] in "ZPC" else part)
    return "".join(folded)


class _Folds(dict[int, str]):
    """Folded characters by code point, kept for the few thousand that are in use."""

    def __missing__(self, code: int) -> str:
        if len(self) >= 8192:
            self.clear()
        folded = self[code] = _fold(chr(code))
        return folded


_folds: Final = _Folds()


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


@dataclass(frozen=True)
class Reading:
    """A text as the model reads it: folded, without quoted lines and addresses."""

    typed: str
    folded: str
    tokens: list[str]
    capitals: int

    @classmethod
    def of(cls, text: str) -> "Reading":
        """Fold a text and cut it into words, in time linear in its length."""
        text = text[:MAX_LENGTH]
        if ">" in text:
            text = _QUOTED_LINE.sub(_blank, text)
        if "://" in text or "www." in text:
            text = _URL.sub(_blank, text)
        if text.isascii():
            raw = text.encode()
            folded = raw.translate(_ASCII).decode()
            # Deleting everything but capitals counts them at C speed.
            capitals = len(raw.translate(None, _NOT_CAPITAL))
            if "!" not in folded and "?" not in folded:
                tokens = folded.split()
                if max(map(len, tokens), default=0) <= PIECE:
                    return cls(text, folded, tokens, capitals)
        else:
            folded = text.translate(_folds)
            capitals = sum(map(str.isupper, text))
        return cls(text, folded, words(folded), capitals)

    @cached_property
    def spans(self) -> list[Span]:
        """Where each token was typed; a word read in pieces is one place for all of them."""
        spans: list[Span] = []
        where = self._places()
        for whole in _WHOLE.finditer(self.folded):
            word = whole.group()
            bare = word.strip("'*") or word
            begin = whole.start() + word.index(bare)
            pieces = -(-len(word) // PIECE)
            spans += [(where[begin], where[begin + len(bare)])] * pieces
        return spans

    def _places(self) -> Sequence[int]:
        if self.typed.isascii():
            return range(len(self.typed) + 1)
        places = []
        for place, character in enumerate(self.typed):
            places += [place] * len(_folds[ord(character)])
        # One more: what follows the last letter, and what was dropped after it.
        return [*places, len(self.typed)]


def words(folded: str) -> list[str]:
    """Cut a folded text into words, long ones into pieces."""
    return _TOKEN.findall(folded)


def normal(token: str) -> str:
    """Return the word a token is a spelling of: no marks around it, nothing stretched."""
    return _STRETCHED.sub(r"\1\1", token.strip("'*"))
