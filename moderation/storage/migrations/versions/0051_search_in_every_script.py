"""The words of held comments are found without accents, and beside writing without spaces

The index is made anew. The release before goes on searching it: on SQLite by the same words, on
PostgreSQL by reading the held comments.

Revision ID: 0051
Revises: 0050
"""

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice

import sqlalchemy as sa
from alembic import op

from moderation.storage.migrations.indexes import create_indexes

revision = '0051'
down_revision = '0050'
branch_labels = None
depends_on = None

HELD = sa.text("status = 'held'")
# Letters that neither database takes apart.
PLAIN = {'æ': 'ae', 'œ': 'oe', 'þ': 'th', 'ø': 'o', 'đ': 'd', 'ð': 'd', 'ł': 'l', 'ħ': 'h',
         'ŧ': 't', 'ı': 'i', 'և': 'եւ'}
# Marks of Arabic and Hebrew for how a word sounds.
POINTS = [*range(0x591, 0x5BE), 0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7, *range(0x610, 0x61B),
          *range(0x64B, 0x660), 0x640, 0x670]
# Scripts that set no spaces between words: no index of words finds anything there.
UNSPACED = (
    '\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf'
    '\u3005-\u3007\u3031-\u3035\u303b\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u318f'
    '\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\ua9e0-\ua9ff\uaa60-\uaadf'
    '\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\uffa1-\uffdc\U0001b000-\U0001b16f'
    '\U00020000-\U0003ffff'
)
NO_WORDS = UNSPACED + (
    '\u3099\u309a\u00a0-\u00bf\u2000-\u206f\u2190-\u2bff\u3000-\u303f\ufe30-\ufe4f'
    '\uff01-\uff0f\U0001f000-\U0001faff'
)
CAPITALS = ''.join(
    chr(point)
    for point in [*range(0x391, 0x3AA), *range(0x400, 0x430), *range(0x531, 0x557), 0x3C2]
    if point != 0x3A2
)
SIGNS = r""".,;:!?/\@&#%+=*~^$<>()[]{}|"'`-_"""
# Letters and marks of scripts without capitals that set spaces: SQLite would take the marks for
# ends of words. ª and º are no letters of such a script to it, but of words.
SPACED = [*range(0x590, 0x900), *range(0x900, 0xE00), *range(0x1200, 0x13A0), 0xAA, 0xBA]
# SQLite takes what lies in these for letters, under any list of categories.
IDEOGRAPHS = '\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff'
SPELLED = '0-9A-Za-z\u00c0-\u052f'
JOINED = 'x0joined0x'
# Letters to SQLite, in writing without spaces.
JOINERS = 'ๆໆ々〱〲〳〴〵〻ゝゞーヽヾｰﾞﾟ'


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def both_cases() -> dict[str, str]:
    found = {'ß': 'ss', 'ẞ': 'ss'}
    for small, plain in PLAIN.items():
        found[small] = plain
        if len(small.upper()) == 1 and not small.upper().isascii():
            found[small.upper()] = plain
    return found


def postgres_words() -> str:
    typed = "author_name || ' ' || text"
    plain = f"normalize({typed}, NFKD)"
    for letter, spelled in both_cases().items():
        plain = f"replace({plain}, {quoted(letter)}, {quoted(spelled)})"
    points = ''.join(map(chr, POINTS))
    plain = f"translate({plain}, {quoted(CAPITALS + points)}, {quoted(CAPITALS.lower())})"
    plain = f"regexp_replace({plain}, '[\u0300-\u036f]+', '', 'g')"
    plain = f"regexp_replace({plain}, '[{NO_WORDS}]+', ' ', 'g')"
    plain = f"CASE WHEN octet_length({typed}) = length({typed}) THEN {typed} ELSE {plain} END"
    plain = f"translate({plain}, {quoted(SIGNS)}, '{' ' * len(SIGNS)}')"
    return f"to_tsvector('simple', {plain})"


def sqlite_letters() -> Iterator[tuple[str, dict[str, str]]]:
    """What SQLite does not do by itself, and which letters tell that there is something to do.

    It takes accents off Latin letters.
    """
    latin = both_cases()
    yield ''.join(latin), latin
    yield 'Ά-ώ', taken_apart(range(0x386, 0x3CF)) | {'ς': 'σ'}
    yield 'ЁЃЇЌЎЙйёѓїќў', taken_apart(range(0x400, 0x460))
    yield '\u0591-\u05c7', dict.fromkeys(map(chr, POINTS[:51]), '')
    yield '\u0610-\u061a\u0640\u064b-\u065f\u0670', dict.fromkeys(map(chr, POINTS[51:]), '')


def taken_apart(letters: range) -> dict[str, str]:
    bare = {chr(point): unicodedata.normalize('NFD', chr(point))[0] for point in letters}
    return {letter: plain for letter, plain in bare.items() if letter != plain}


def sqlite_words(row: str) -> str:
    typed = f"{row}.author_name || ' ' || {row}.text"
    more = ' || '.join([joined(typed), *(also(typed, *some) for some in sqlite_letters())])
    # Most texts are ASCII, for which all of that is nothing.
    is_ascii = f"length({typed}) = length(CAST({typed} AS BLOB))"
    return f"{typed} || CASE WHEN {is_ascii} THEN '' ELSE {more} END"


def joined(typed: str) -> str:
    """A word for the index where letters stand beside ones that no tokenizer of SQLite parts."""
    either = [f"{typed} GLOB '*[{a}][{b}]*'" for a, b in ((SPELLED, IDEOGRAPHS), (IDEOGRAPHS, SPELLED))]
    return f"CASE WHEN {' OR '.join(either)} THEN ' {JOINED}' ELSE '' END"


def also(typed: str, telling: str, letters: dict[str, str]) -> str:
    """The text once more with other letters, where it has any of these."""
    # A step replaces a few: SQLite reads no expression of a hundred levels, all of this counted.
    source = f"(SELECT {typed} AS words)"
    for step in batched(letters.items(), 10):
        plain = 'words'
        for letter, spelled in step:
            plain = f"replace({plain}, {quoted(letter)}, {quoted(spelled)})"
        source = f"(SELECT {plain} AS words FROM {source})"
    return f"CASE WHEN {typed} GLOB '*[{telling}]*' THEN ' ' || {source} ELSE '' END"


def batched(items: Iterable[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    waiting = iter(items)
    while step := list(islice(waiting, size)):
        yield step


def tokenizer() -> str:
    spaced = ''.join(
        chr(point)
        for point in SPACED
        if unicodedata.category(chr(point)) in ('Lo', 'Mn', 'Mc') and point not in POINTS
    )
    return (
        f"unicode61 remove_diacritics 2 categories 'Lu Ll Lt Lm N*' tokenchars '{spaced}'"
        f" separators '{JOINERS}'"
    )


NAMES = ('came', 'back', 'left', 'edited', 'gone')


def triggers(new: str, old: str) -> dict[str, str]:
    add = f"""
  INSERT INTO comment_numbers (comment_id) VALUES (new.id);
  INSERT INTO comment_words (rowid, words)
    SELECT number, {new} FROM comment_numbers WHERE comment_id = new.id;"""
    take = f"""
  INSERT INTO comment_words (comment_words, rowid, words)
    SELECT 'delete', number, {old} FROM comment_numbers WHERE comment_id = old.id;
  DELETE FROM comment_numbers WHERE comment_id = old.id;"""
    return {
        'came': f"AFTER INSERT ON comments WHEN new.status = 'held' BEGIN {add} END",
        'back': f"""AFTER UPDATE OF status ON comments
WHEN old.status <> 'held' AND new.status = 'held' BEGIN {add} END""",
        'left': f"""AFTER UPDATE OF status ON comments
WHEN old.status = 'held' AND new.status <> 'held' BEGIN {take} END""",
        'edited': f"""AFTER UPDATE OF text, author_name ON comments
WHEN old.status = 'held' AND new.status = 'held'
  AND (old.text <> new.text OR old.author_name <> new.author_name) BEGIN {take} {add} END""",
        'gone': f"BEFORE DELETE ON comments WHEN old.status = 'held' BEGIN {take} END",
    }


def made_anew(tokenize: str, new: str, old: str, words: str) -> None:
    bind = op.get_bind()
    for name in NAMES:
        bind.exec_driver_sql(f"DROP TRIGGER comment_words_{name}")
    bind.exec_driver_sql("DROP TABLE comment_words")
    bind.exec_driver_sql(
        "CREATE VIRTUAL TABLE comment_words USING fts5(words, content='', columnsize=0,"
        f' detail=none, tokenize="{tokenize}")'
    )
    bind.exec_driver_sql(
        f"INSERT INTO comment_words (rowid, words) SELECT n.number, {words}"
        " FROM comment_numbers n JOIN comments c ON c.id = n.comment_id"
    )
    for name, body in triggers(new, old).items():
        bind.exec_driver_sql(f"CREATE TRIGGER comment_words_{name} {body}")


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        create_indexes(
            'comments', {'ix_comment_words_plain': [sa.text(postgres_words())]}, HELD, using='gin'
        )
        op.drop_index('ix_comment_words', 'comments')
        return
    made_anew(tokenizer(), sqlite_words('new'), sqlite_words('old'), sqlite_words('c'))


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        signs = quoted(SIGNS)
        op.drop_index('ix_comment_words_plain', 'comments')
        op.execute(sa.text(
            "CREATE INDEX ix_comment_words ON comments USING gin (to_tsvector('simple', "
            f"translate(author_name || ' ' || text, {signs}, '{' ' * len(SIGNS)}')))"
            " WHERE status = 'held'"
        ))
        return
    typed = {row: f"{row}.author_name || ' ' || {row}.text" for row in ('new', 'old', 'c')}
    made_anew('unicode61 remove_diacritics 0', typed['new'], typed['old'], typed['c'])
