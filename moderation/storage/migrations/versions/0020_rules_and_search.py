"""Rules of posts, and indexes that the review desk reads along

Everything is added as nullable, so that the release before goes on working. The indexes of
held comments carry what they are narrowed by, so that narrowing reads nothing else; the words
of held comments are kept by triggers on SQLite and by an index on PostgreSQL.

Revision ID: 0020
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from moderation.storage.migrations.locks import lock_tables

revision = '0020'
down_revision = '0012'
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.Uuid(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
HELD = sa.text("status = 'held'")
HIDDEN = sa.text("listing = 'hidden'")
ANSWER = sa.text("parent_id IS NOT NULL")
NARROWED = ['site_id', 'post_id', 'author_key', 'reasons', 'score', 'escalated_at']

NEW = "new.author_name || ' ' || new.text"
OLD = "old.author_name || ' ' || old.text"
ADD = f"""
  INSERT INTO comment_numbers (comment_id) VALUES (new.id);
  INSERT INTO comment_words (rowid, words)
    SELECT number, {NEW} FROM comment_numbers WHERE comment_id = new.id;"""
TAKE = f"""
  INSERT INTO comment_words (comment_words, rowid, words)
    SELECT 'delete', number, {OLD} FROM comment_numbers WHERE comment_id = old.id;
  DELETE FROM comment_numbers WHERE comment_id = old.id;"""
TRIGGERS = {
    'comment_words_came': f"""AFTER INSERT ON comments WHEN new.status = 'held' BEGIN {ADD} END""",
    'comment_words_back': f"""AFTER UPDATE OF status ON comments
WHEN old.status <> 'held' AND new.status = 'held' BEGIN {ADD} END""",
    'comment_words_left': f"""AFTER UPDATE OF status ON comments
WHEN old.status = 'held' AND new.status <> 'held' BEGIN {TAKE} END""",
    'comment_words_edited': f"""AFTER UPDATE OF text, author_name ON comments
WHEN old.status = 'held' AND new.status = 'held'
  AND (old.text <> new.text OR old.author_name <> new.author_name) BEGIN {TAKE} {ADD} END""",
    'comment_words_gone': f"""BEFORE DELETE ON comments WHEN old.status = 'held' BEGIN {TAKE} END""",
}

SIGNS = r""".,;:!?/\@&#%+=*~^$<>()[]{}|"'`-_"""


def upgrade() -> None:
    lock_tables('posts', 'comments')
    op.add_column('posts', sa.Column('rules', JSON, nullable=True))
    op.add_column('posts', sa.Column('published_at', MOMENT, nullable=True))
    op.add_column('comments', sa.Column('featured_at', MOMENT, nullable=True))
    op.add_column('comments', sa.Column('redacted_at', MOMENT, nullable=True))

    op.drop_index('ix_comments_priority', 'comments')
    op.create_index('ix_comments_priority', 'comments', ['priority_at', 'id', 'created_at', *NARROWED],
                    sqlite_where=HELD, postgresql_where=HELD)
    op.create_index('ix_comments_held', 'comments', ['created_at', 'id', *NARROWED],
                    sqlite_where=HELD, postgresql_where=HELD)
    op.drop_index('ix_comments_score', 'comments')
    op.create_index('ix_comments_unlisted', 'comments', ['post_id', 'created_at', 'id'],
                    sqlite_where=HIDDEN, postgresql_where=HIDDEN)
    # Sites are few: what goes over all of them reads each along ix_comments_queue.
    op.drop_index('ix_comments_status', 'comments')
    # Most comments answer nobody.
    op.drop_index('ix_comments_parent', 'comments')
    op.create_index('ix_comments_parent', 'comments', ['parent_id'],
                    sqlite_where=ANSWER, postgresql_where=ANSWER)

    if op.get_bind().dialect.name == 'postgresql':
        spaces = ' ' * len(SIGNS)
        signs = SIGNS.replace("'", "''")
        op.execute(sa.text(
            "CREATE INDEX ix_comment_words ON comments USING gin (to_tsvector('simple', "
            f"translate(author_name || ' ' || text, '{signs}', '{spaces}')))"
            " WHERE status = 'held'"
        ))
        return
    bind = op.get_bind()
    bind.exec_driver_sql(
        "CREATE TABLE comment_numbers (number INTEGER PRIMARY KEY,"
        " comment_id VARCHAR(36) NOT NULL UNIQUE)"
    )
    # Neither texts nor places are kept: only which word is in which comment.
    bind.exec_driver_sql(
        "CREATE VIRTUAL TABLE comment_words USING fts5(words, content='', columnsize=0,"
        " detail=none, tokenize=\"unicode61 remove_diacritics 0\")"
    )
    bind.exec_driver_sql(
        "INSERT INTO comment_numbers (comment_id)"
        " SELECT id FROM comments WHERE status = 'held' ORDER BY created_at"
    )
    bind.exec_driver_sql(
        "INSERT INTO comment_words (rowid, words) SELECT n.number, c.author_name || ' ' || c.text"
        " FROM comment_numbers n JOIN comments c ON c.id = n.comment_id"
    )
    for name, body in TRIGGERS.items():
        bind.exec_driver_sql(f"CREATE TRIGGER {name} {body}")


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.drop_index('ix_comment_words', 'comments')
    else:
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE comment_words")
        op.execute("DROP TABLE comment_numbers")
    op.drop_index('ix_comments_parent', 'comments')
    op.create_index('ix_comments_parent', 'comments', ['parent_id'])
    op.create_index('ix_comments_status', 'comments', ['status', 'created_at', 'id'])
    op.drop_index('ix_comments_unlisted', 'comments')
    op.create_index('ix_comments_score', 'comments', ['score', 'created_at', 'id'],
                    sqlite_where=HELD, postgresql_where=HELD)
    op.drop_index('ix_comments_held', 'comments')
    op.drop_index('ix_comments_priority', 'comments')
    op.create_index('ix_comments_priority', 'comments', ['priority_at', 'id'],
                    sqlite_where=HELD, postgresql_where=HELD)
    op.drop_column('comments', 'redacted_at')
    op.drop_column('comments', 'featured_at')
    op.drop_column('posts', 'published_at')
    op.drop_column('posts', 'rules')
