"""Claims, priority, batches and authors' standings

Everything is added with a default, so that the release before goes on working.

Revision ID: 0010
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0001'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(36).with_variant(sa.Uuid(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
HELD = sa.text("status = 'held'")
#: Where the release before stores a comment without knowing of priorities: last, never lost.
LAST = '2999-01-01 00:00:00.000000'


def upgrade() -> None:
    op.add_column('comments', sa.Column('score', sa.Float(), nullable=False, server_default='0'))
    op.add_column(
        'comments', sa.Column('priority_at', MOMENT, nullable=False, server_default=LAST)
    )
    op.add_column('comments', sa.Column('escalated_at', MOMENT, nullable=True))
    op.add_column('decisions', sa.Column('batch_id', ID, nullable=True))
    op.execute("UPDATE comments SET priority_at = created_at")
    op.create_index('ix_comments_priority', 'comments', ['priority_at', 'id'],
                    sqlite_where=HELD, postgresql_where=HELD)
    op.create_index('ix_comments_score', 'comments', ['score', 'created_at', 'id'],
                    sqlite_where=HELD, postgresql_where=HELD)
    by_people = sa.text("actor = 'moderator'")
    op.create_index('ix_decisions_people', 'decisions', ['actor_name', 'created_at', 'id'],
                    sqlite_where=by_people, postgresql_where=by_people)
    in_batch = sa.text("batch_id IS NOT NULL")
    op.create_index('ix_decisions_batch', 'decisions', ['batch_id'],
                    sqlite_where=in_batch, postgresql_where=in_batch)
    op.create_table('claims',
    sa.Column('comment_id', ID, nullable=False),
    sa.Column('lease_id', ID, nullable=False),
    sa.Column('holder', sa.String(length=100), nullable=False),
    sa.Column('holder_name', sa.String(length=80), nullable=False),
    sa.Column('taken_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_claims_comment_id_comments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('comment_id', name=op.f('pk_claims')),
    sa.UniqueConstraint('lease_id', name=op.f('uq_claims_lease_id'))
    )
    op.create_index(op.f('ix_claims_holder'), 'claims', ['holder'])
    op.create_table('author_standings',
    sa.Column('id', KEY, nullable=False),
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('author_key', sa.String(length=32), nullable=False),
    sa.Column('standing', sa.String(length=16), nullable=False),
    sa.Column('set_by', sa.String(length=80), nullable=False),
    sa.Column('set_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_author_standings_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_author_standings')),
    sa.UniqueConstraint('site_id', 'author_key', name=op.f('uq_author_standings_site_id_author_key'))
    )
    op.create_table('author_notes',
    sa.Column('id', ID, nullable=False),
    sa.Column('site_id', KEY, nullable=False),
    sa.Column('author_key', sa.String(length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('written_by', sa.String(length=80), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_author_notes_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_author_notes'))
    )
    op.create_index('ix_author_notes_author', 'author_notes', ['site_id', 'author_key', 'created_at'])


def downgrade() -> None:
    op.drop_table('author_notes')
    op.drop_table('author_standings')
    op.drop_table('claims')
    op.drop_index('ix_decisions_batch', 'decisions')
    op.drop_index('ix_decisions_people', 'decisions')
    op.drop_index('ix_comments_score', 'comments')
    op.drop_index('ix_comments_priority', 'comments')
    op.drop_column('decisions', 'batch_id')
    op.drop_column('comments', 'escalated_at')
    op.drop_column('comments', 'priority_at')
    op.drop_column('comments', 'score')
