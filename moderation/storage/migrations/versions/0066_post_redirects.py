"""Earlier ids of posts

A new table alone, so that the release before goes on working.

Revision ID: 0066
Revises: 0065
"""

import sqlalchemy as sa
from alembic import op

from moderation.storage.migrations.locks import lock_tables

revision = '0066'
down_revision = '0065'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    lock_tables('sites', 'posts')
    op.create_table(
        'post_redirects',
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('external_id', sa.String(512), nullable=False),
        sa.Column('post_id', BIG, nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_post_redirects_site_id_sites', ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['post_id'], ['posts.id'], name='fk_post_redirects_post_id_posts', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('site_id', 'external_id', name='pk_post_redirects'),
    )
    op.create_index('ix_post_redirects_post_id', 'post_redirects', ['post_id'])


def downgrade() -> None:
    op.drop_table('post_redirects')
