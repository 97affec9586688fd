"""Webhooks of other systems: their secrets, posts and deliveries

New tables alone, so that the release before goes on working.

Revision ID: 0057
Revises: 0056
"""

import sqlalchemy as sa
from alembic import op

revision = '0057'
down_revision = '0056'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.DateTime(timezone=True)


def of_site(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['site_id'], ['sites.id'], name=f'fk_{table}_site_id_sites', ondelete='CASCADE'
    )


def upgrade() -> None:
    op.create_table(
        'hook_secrets',
        sa.Column('id', BIG, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('adapter', sa.String(32), nullable=False),
        sa.Column('secret', sa.Text(), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        of_site('hook_secrets'),
        sa.PrimaryKeyConstraint('id', name='pk_hook_secrets'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_hook_secrets_site_id_adapter', 'hook_secrets', ['site_id', 'adapter'])
    op.create_table(
        'hook_posts',
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('adapter', sa.String(32), nullable=False),
        sa.Column('foreign_id', sa.String(64), nullable=False),
        sa.Column('post_id', BIG, nullable=False),
        sa.Column('withdrawn', sa.Boolean(), server_default=sa.false(), nullable=False),
        of_site('hook_posts'),
        sa.ForeignKeyConstraint(
            ['post_id'], ['posts.id'], name='fk_hook_posts_post_id_posts', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('site_id', 'adapter', 'foreign_id', name='pk_hook_posts'),
    )
    op.create_index('ix_hook_posts_post_id', 'hook_posts', ['post_id'])
    op.create_table(
        'hook_deliveries',
        sa.Column('id', BIG, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('adapter', sa.String(32), nullable=False),
        sa.Column('delivery', sa.String(64), nullable=False),
        sa.Column('event', sa.String(64), nullable=False),
        sa.Column('post', sa.String(512), nullable=True),
        sa.Column('outcome', sa.String(16), nullable=False),
        sa.Column('code', sa.String(64), nullable=False),
        sa.Column('received_at', MOMENT, nullable=False),
        of_site('hook_deliveries'),
        sa.PrimaryKeyConstraint('id', name='pk_hook_deliveries'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_hook_deliveries_site_id_id', 'hook_deliveries', ['site_id', 'id'])
    op.create_index('ix_hook_deliveries_received_at', 'hook_deliveries', ['received_at'])


def downgrade() -> None:
    for table in ('hook_deliveries', 'hook_posts', 'hook_secrets'):
        op.drop_table(table)
