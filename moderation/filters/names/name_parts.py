"""The parts of an author's name that say whose account it is, or what its owner does.

Only takes names apart; the filter compares the parts with reserved names.
"""

import re
from collections.abc import Iterator

#: Signs that set a role apart from a name: "Ann [editor]", "Ann | editor", "Ann - editor".
_APART = re.compile(r"[\[\](){}<>|•·:;,/\\~*«»]+|(?:^|\s)[-–—]+(?=\s)|[–—]")
_ACCOUNT = (
    "account|profile|page|channel|konto|profil|seite|compte|cuenta|perfil|conta|pagina|página|"
    "аккаунт|акаунт|профиль|профіль|страница|сторінка|hesabı|hesap"
)
_OWNED = re.compile(
    r"(?P<who>\S.{0,78}?)(?P<s>['’`´ʼ]s|s['’`´ʼ]?|['’`´ʼ])?"
    rf"(?:\s+(?:new|real|official|second|other|own|private|backup|neues|zweites))?\s+(?:{_ACCOUNT})",
    re.IGNORECASE,
)
_MAY_BE_OWNED = re.compile(rf"['’`´ʼ]|{_ACCOUNT}", re.IGNORECASE)
_POSSESSIVE = re.compile(r"(?P<who>\S.{0,78}?)['’`´ʼ]s", re.IGNORECASE)
_ELIDED = re.compile(rf"(?:{_ACCOUNT})\s+d['’](?P<who>.+)", re.IGNORECASE)
#: Letters upside down that no table of look-alikes has; the others are read elsewhere.
_TURNED = str.maketrans(dict(zip("∀ᗺℲ⅁ſ⋊⅂Ԁᴚ⊥∩⅄ƃ", "ABFGJKLPRTUYg", strict=True)))


def upright(name: str) -> str:
    """Return the name with its upside-down letters put right, each in its place."""
    return name if name.isascii() else name.translate(_TURNED)


def badges(name: str) -> Iterator[str]:
    """Yield the parts of a name that stand in brackets or behind a separator."""
    parts = _APART.split(name)
    yield from (part for part in parts[1:] if part and not part.isspace())


def owners(name: str) -> Iterator[str]:
    """Yield the possible owners that a name names: Ann of "Ann's account"."""
    if not _MAY_BE_OWNED.search(name):
        return
    name = name.strip()
    for pattern in (_OWNED, _POSSESSIVE, _ELIDED):
        if match := pattern.fullmatch(name):
            yield match["who"]
            if pattern is _OWNED and match["s"] in ("s", "S"):
                # "James account" is that of James.
                yield match["who"] + match["s"]
