"""Words of a text as the n-gram model reads them: folded, without quotes and URLs."""

import re
import unicodedata
from typing import Final

#: Code points beyond this are ignored.
MAX_LENGTH: Final = 65_536
#: Placeholder for any word that names a group of people; a private-use code point.
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
_QUOTED_LINE: Final = re.compile(r"^[ \t]*>[^\n]*", re.MULTILINE)
_URL: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
# Longer words are split, which bounds the size of one cached word.
PIECE: Final = 40
_TOKEN: Final = re.compile(rf"[\w'*@#$]{{1,{PIECE}}}|[!?]{{1,{PIECE}}}")
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
    """A cache of folded characters by code point, for the few thousand that are in use."""

    def __missing__(self, code: int) -> str:
        if len(self) >= 8192:
            self.clear()
        folded = self[code] = _fold(chr(code))
        return folded


_folds: Final = _Folds()


def words(text: str) -> list[str]:
    """Fold a text and split it into words, without quoted lines and URLs; long words in pieces."""
    text = text[:MAX_LENGTH]
    if ">" in text:
        text = _QUOTED_LINE.sub(" ", text)
    if "://" in text or "www." in text:
        text = _URL.sub(" ", text)
    if text.isascii():
        folded = text.encode().translate(_ASCII).decode()
        if "!" not in folded and "?" not in folded:
            found = folded.split()
            if max(map(len, found), default=0) <= PIECE:
                return found
    else:
        folded = text.translate(_folds)
    return _TOKEN.findall(folded)


def normal(token: str) -> str:
    """Return the normal form of a token: without marks around it and stretched letters."""
    return _STRETCHED.sub(r"\1\1", token.strip("'*"))
