"""Nearly equal texts, how fast a post is filling, and what is known of linked hosts

Everything may be NULL or has a default: the release before goes on working.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from moderation.storage.migrations.locks import lock_tables

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
NEAR = sa.text("near_key IS NOT NULL")
FLOODED = sa.text("flooded_until IS NOT NULL")
BANDS = ('near_1', 'near_2', 'near_3', 'near_4')


def upgrade() -> None:
    lock_tables('posts', 'comments')
    op.add_column('comments', sa.Column('near_key', sa.BigInteger(), nullable=True))
    for band in BANDS:
        op.add_column('comments', sa.Column(band, sa.Integer(), nullable=True))
    for band in BANDS:
        op.create_index(f'ix_comments_{band}', 'comments',
                        ['site_id', band, 'created_at', 'near_key'],
                        sqlite_where=NEAR, postgresql_where=NEAR)
    # With the status in it the index alone says what became of an author's comments.
    op.drop_index('ix_comments_author', 'comments')
    op.create_index('ix_comments_author', 'comments',
                    ['site_id', 'author_key', 'created_at', 'status'])
    op.add_column('posts', sa.Column('minute', sa.BigInteger(), nullable=False,
                                     server_default='0'))
    op.add_column('posts', sa.Column('minute_count', sa.Integer(), nullable=False,
                                     server_default='0'))
    op.add_column('posts', sa.Column('minute_before', sa.Integer(), nullable=False,
                                     server_default='0'))
    op.add_column('posts', sa.Column('flooded_until', MOMENT, nullable=True))
    op.create_index('ix_posts_flooded', 'posts', ['flooded_until'],
                    sqlite_where=FLOODED, postgresql_where=FLOODED)
    op.create_table(
        'link_hosts',
        sa.Column('site_id', KEY, nullable=False),
        sa.Column('host', sa.String(255), nullable=False),
        sa.Column('spam', sa.Integer(), nullable=False, server_default='0'),
        sa.Column('fine', sa.Integer(), nullable=False, server_default='0'),
        sa.PrimaryKeyConstraint('site_id', 'host', name=op.f('pk_link_hosts')),
        sa.ForeignKeyConstraint(['site_id'], ['sites.id'], ondelete='CASCADE',
                                name=op.f('fk_link_hosts_site_id_sites')),
    )


def downgrade() -> None:
    op.drop_table('link_hosts')
    op.drop_index('ix_posts_flooded', 'posts')
    for column in ('flooded_until', 'minute_before', 'minute_count', 'minute'):
        op.drop_column('posts', column)
    op.drop_index('ix_comments_author', 'comments')
    op.create_index('ix_comments_author', 'comments', ['site_id', 'author_key', 'created_at'])
    for band in BANDS:
        op.drop_index(f'ix_comments_{band}', 'comments')
    for band in (*reversed(BANDS), 'near_key'):
        op.drop_column('comments', band)
