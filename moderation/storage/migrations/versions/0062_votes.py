"""Votes of readers on comments, and the places of comments in orders by votes

New tables and columns with defaults alone, so that the release before goes on working. Every
statement may be repeated on PostgreSQL, where an interrupted build of an index repeats them.

Revision ID: 0062
Revises: 0061
"""

import sqlalchemy as sa
from alembic import op

from moderation.storage.migrations.indexes import create_indexes
from moderation.storage.migrations.locks import lock_tables

revision = '0062'
down_revision = '0061'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Uuid().with_variant(sa.String(36), 'sqlite')
MOMENT = sa.DateTime(timezone=True)
TOP = sa.text("parent_id IS NULL AND top_rank IS NOT NULL AND listing <> 'hidden'")
DISPUTED = sa.text("parent_id IS NULL AND controversy IS NOT NULL AND listing <> 'hidden'")


def upgrade() -> None:
    lock_tables('comments', 'sites')
    again = {'if_not_exists': True} if op.get_bind().dialect.name == 'postgresql' else {}
    for column in (
        sa.Column('votes_up', sa.Integer(), server_default='0', nullable=False),
        sa.Column('votes_down', sa.Integer(), server_default='0', nullable=False),
        sa.Column('top_rank', sa.Integer(), nullable=True),
        sa.Column('controversy', sa.Integer(), nullable=True),
    ):
        op.add_column('comments', column, **again)
    op.create_table(
        'comment_votes',
        sa.Column('comment_id', ID, nullable=False),
        sa.Column('voter', sa.LargeBinary(32), nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('value', sa.SmallInteger(), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['comment_id'],
            ['comments.id'],
            name='fk_comment_votes_comment_id_comments',
            ondelete='CASCADE',
        ),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_comment_votes_site_id_sites', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('comment_id', 'voter', name='pk_comment_votes'),
        **again,
    )
    op.create_index('ix_comment_votes_voter', 'comment_votes', ['site_id', 'voter'], **again)
    op.create_table(
        'vote_refreshes',
        sa.Column('comment_id', ID, nullable=False),
        sa.Column('due_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['comment_id'],
            ['comments.id'],
            name='fk_vote_refreshes_comment_id_comments',
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('comment_id', name='pk_vote_refreshes'),
        **again,
    )
    op.create_index('ix_vote_refreshes_due_at', 'vote_refreshes', ['due_at'], **again)
    place = ['created_at', 'id']
    create_indexes('comments', {'ix_comments_top': ['post_id', 'top_rank', *place]}, TOP)
    create_indexes(
        'comments', {'ix_comments_controversy': ['post_id', 'controversy', *place]}, DISPUTED
    )


def downgrade() -> None:
    op.drop_index('ix_comments_controversy', 'comments')
    op.drop_index('ix_comments_top', 'comments')
    op.drop_table('vote_refreshes')
    op.drop_table('comment_votes')
    for column in ('controversy', 'top_rank', 'votes_down', 'votes_up'):
        op.drop_column('comments', column)
