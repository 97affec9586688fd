"""Finding comments that wait by their words, with an index that the database itself keeps.

Only held comments are in it: they are what moderators search, few enough that no word of
theirs is too frequent, and everybody else's submission pays nothing for it. PostgreSQL has a
partial GIN index; SQLite has a full-text table without the texts, kept by triggers, so that
whoever changes a comment, the release before this one included, changes the index with it.
"""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import collate, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

#: Matches that are read from the index. A word of more is so frequent that whoever walks along
#: the queue has found a page of it soon.
MOST = 500

#: Tables and indexes that the models do not speak of.
NAMES = re.compile(r"(ix_)?comment_(words|numbers)\w*")

#: What PostgreSQL keeps an index of: without its signs a text is nothing but words.
_SIGNS = r""".,;:!?/\@&#%+=*~^$<>()[]{}|"'`-_"""
WORDS = "to_tsvector('simple', translate(author_name || ' ' || text, '{}', '{}'))".format(
    _SIGNS.replace("'", "''"), " " * len(_SIGNS)
)

_SQLITE = text(
    "SELECT n.comment_id FROM comment_words w JOIN comment_numbers n ON n.number = w.rowid"
    " WHERE comment_words MATCH :words LIMIT :most"
)
_POSTGRES = text(
    # Nothing that anybody typed is part of the statement.
    f"SELECT id FROM comments WHERE status = 'held' AND {WORDS}"  # noqa: S608
    " @@ to_tsquery('simple', :words) LIMIT :most"
)

_WORD = re.compile(r"[^\W_]+")
#: Writing without spaces between its words: there an index of words finds nothing.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def words_of(query: str) -> list[str]:
    """The words that a query asks for; none when only the texts themselves can tell."""
    return [] if _UNSPACED.search(query) else _WORD.findall(query.lower())


def held(session: Session, words: list[str]) -> list[UUID] | None:
    """Held comments with every one of the words, or one that begins so; None: look yourself."""
    postgres = session.get_bind().dialect.name == "postgresql"
    if postgres:
        asked = " & ".join(f"{word}:*" for word in words)
    else:
        asked = " AND ".join(f'"{word}"*' for word in words)
    try:
        found = session.execute(
            _POSTGRES if postgres else _SQLITE, {"words": asked, "most": MOST + 1}
        ).all()
    except OperationalError:
        # A letter that is too new for SQLite's table of them falls apart into a phrase.
        return None
    if len(found) > MOST:
        return None
    return [id if isinstance(id, UUID) else UUID(id) for (id,) in found]


def has(session: Session, column: Any, part: str) -> Any:
    """Where a column has these letters of English, in either case."""
    escaped = part.replace("/", "//").replace("%", "/%").replace("_", "/_")
    if session.get_bind().dialect.name == "sqlite":
        # Its LIKE asks for no case; `ilike` would copy every text in small letters first.
        return column.like(f"%{escaped}%", escape="/")
    # Without a language only these letters have case, at a third of the cost.
    return collate(column, "C").ilike(f"%{escaped}%", escape="/")


def purge(session: Session) -> None:
    """Leave no word in SQLite's index of what is no longer in it; PostgreSQL vacuums itself.

    Words that went stay in old parts of the index until these are merged.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO comment_words (comment_words) VALUES ('optimize')"))


def include_name(name: str | None, type_: str, _parents: object) -> bool:
    """Keep what is above out of comparisons with the models."""
    return type_ not in ("table", "index") or name is None or not NAMES.fullmatch(name)
