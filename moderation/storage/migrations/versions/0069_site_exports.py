"""Prepared exports

A new table alone, so that the release before goes on working.

Revision ID: 0069
Revises: 0068
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0069'
down_revision = '0068'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Uuid().with_variant(sa.String(36), 'sqlite')
JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'site_exports',
        sa.Column('id', ID, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('state', sa.String(16), nullable=False),
        sa.Column('format', sa.String(16), nullable=False),
        sa.Column('since', MOMENT, nullable=True),
        sa.Column('posts', JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column('actor_name', sa.String(80), nullable=False),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('touched_at', MOMENT, nullable=False),
        sa.Column('holder', sa.String(32), server_default='', nullable=False),
        sa.Column('leased_until', MOMENT, nullable=True),
        sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
        sa.Column('done', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('total', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('size', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('sha256', sa.String(64), server_default='', nullable=False),
        sa.Column('ready_at', MOMENT, nullable=True),
        sa.Column('expires_at', MOMENT, nullable=True),
        sa.Column('downloaded_by', JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column('error_code', sa.String(32), server_default='', nullable=False),
        sa.Column('error', sa.String(500), server_default='', nullable=False),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_site_exports_site_id_sites', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_site_exports'),
    )
    op.create_index('ix_site_exports_site_id', 'site_exports', ['site_id'])
    op.create_index('ix_site_exports_state', 'site_exports', ['state'])


def downgrade() -> None:
    op.drop_table('site_exports')
