"""Full-text search in held comments, with an index that the database maintains.

Only held comments are indexed: moderators search these, they are few enough that no word is too
frequent, and published comments cost nothing. PostgreSQL has a partial GIN index; SQLite has a
contentless full-text table, maintained by triggers, so that every writer, the previous release
included, updates the index.
"""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import collate, or_, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from moderation.domain.writing import (
    PLAIN_LETTERS,
    UNSPACED_RANGES,
    VOWEL_POINTS,
    is_unspaced,
    search_words,
)

#: Matches that are read from the index. A more frequent word is found faster by scanning the
#: queue.
MOST = 500

#: Tables and indexes that are not in the models.
NAMES = re.compile(r"(ix_)?comment_(words|numbers)\w*")

# The expression of PostgreSQL's index: words as `domain.writing.searched` returns them, of scripts
# with spaces between words. It must equal that of the index (migration 0051), or PostgreSQL reads
# every held comment.
_SIGNS = r""".,;:!?/\@&#%+=*~^$<>()[]{}|"'`-_"""
_NO_WORDS = (
    f"{UNSPACED_RANGES}\u3099\u309a\u00a0-\u00bf\u2000-\u206f\u2190-\u2bff\u3000-\u303f\ufe30-\ufe4f"
    "\uff01-\uff0f\U0001f000-\U0001faff"
)
_CAPITALS = "".join(
    chr(point)
    for point in (*range(0x391, 0x3AA), *range(0x400, 0x430), *range(0x531, 0x557), 0x3C2)
    if point != 0x3A2
)
_BOTH_CASES = {"ß": "ss", "ẞ": "ss"}
for _letter, _plain in PLAIN_LETTERS.items():
    _BOTH_CASES[_letter] = _plain
    if len(_letter.upper()) == 1 and not _letter.upper().isascii():
        _BOTH_CASES[_letter.upper()] = _plain


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _postgres_words() -> str:
    typed = "author_name || ' ' || text"
    plain = f"normalize({typed}, NFKD)"
    for letter, spelled in _BOTH_CASES.items():
        plain = f"replace({plain}, {_quoted(letter)}, {_quoted(spelled)})"
    points = "".join(map(chr, VOWEL_POINTS))
    plain = f"translate({plain}, {_quoted(_CAPITALS + points)}, {_quoted(_CAPITALS.lower())})"
    plain = f"regexp_replace({plain}, '[\u0300-\u036f]+', '', 'g')"
    plain = f"regexp_replace({plain}, '[{_NO_WORDS}]+', ' ', 'g')"
    # Most texts are ASCII, which needs none of that.
    plain = f"CASE WHEN octet_length({typed}) = length({typed}) THEN {typed} ELSE {plain} END"
    plain = f"translate({plain}, {_quoted(_SIGNS)}, '{' ' * len(_SIGNS)}')"
    return f"to_tsvector('simple', {plain})"


WORDS = _postgres_words()

#: The marker in SQLite's index of comments with joined words (migration 0051).
_JOINED = "x0joined0x"

_SQLITE = text(
    "SELECT n.comment_id FROM comment_words w JOIN comment_numbers n ON n.number = w.rowid"
    " WHERE comment_words MATCH :words LIMIT :most"
)
_POSTGRES = text(
    # No user input is part of the statement.
    f"SELECT id FROM comments WHERE status = 'held' AND {WORDS}"  # noqa: S608
    " @@ to_tsquery('simple', :words) LIMIT :most"
)


def words_of(query: str) -> list[str]:
    """Return the words of a query; empty when it can only be matched against the texts."""
    return search_words(query)


def is_indexed(word: str) -> bool:
    """Return whether words of this script are indexed."""
    return not is_unspaced(word)


def held_with_words(session: Session, words: list[str]) -> list[UUID] | None:
    """Return held comments with words of all these prefixes; None when the index cannot answer."""
    postgres = session.get_bind().dialect.name == "postgresql"
    if postgres:
        match = " & ".join(f"{word}:*" for word in words)
    else:
        # The index distinguishes full-width letters.
        match = " AND ".join(f'("{word}"* OR "{_wide(word)}"*)' for word in words)
    try:
        rows = session.execute(
            _POSTGRES if postgres else _SQLITE, {"words": match, "most": MOST + 1}
        ).all()
    except OperationalError:
        # SQLite splits a letter that is too new for its tables into a phrase.
        return None
    if len(rows) > MOST:
        return None
    return [id if isinstance(id, UUID) else UUID(id) for (id,) in rows]


def held_with_joined_words(session: Session) -> list[UUID] | None:
    """Return held comments with words that SQLite indexes only as parts of Chinese or Korean.

    None when these are too many.
    """
    if session.get_bind().dialect.name == "postgresql":
        return []
    rows = session.execute(_SQLITE, {"words": f'"{_JOINED}"', "most": MOST + 1}).all()
    return [UUID(id) for (id,) in rows] if len(rows) <= MOST else None


#: Variants of ASCII letters: accents, marks, widths and ligatures.
_VARIANTS = (
    "\u00aa\u00b2-\u00be\u00c0-\u02af\u0300-\u036f\u1d00-\u1eff\u2070-\u209c\u2100-\u218b\u2460-\u24ff"
    "\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff\U0001f100-\U0001f16f"
)


def _wide(word: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() else c for c in word)


def may_have(session: Session, column: Any, part: str) -> Any:
    """Return the condition that a column may have these ASCII letters, or variants of them."""
    escaped = part.replace("/", "//").replace("%", "/%").replace("_", "/_")
    if session.get_bind().dialect.name == "sqlite":
        # Its LIKE ignores case; `ilike` would first copy every text in lower case.
        plain = column.like(f"%{escaped}%", escape="/")
        return or_(plain, column.op("GLOB")(f"*[{_VARIANTS}]*"))
    # In the C collation only ASCII letters have case, at a third of the cost.
    plain = collate(column, "C").ilike(f"%{escaped}%", escape="/")
    return or_(plain, column.op("~")(f"[{_VARIANTS}]"))


def purge(session: Session) -> None:
    """Remove deleted words from SQLite's index for good; PostgreSQL vacuums itself.

    Deleted words stay in old segments of the index until these are merged.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO comment_words (comment_words) VALUES ('optimize')"))


def include_name(name: str | None, type_: str, _parents: object) -> bool:
    """Exclude the search tables from comparisons with the models."""
    return type_ not in ("table", "index") or name is None or not NAMES.fullmatch(name)
