"""Requests to erase a person

A new table alone, so that the release before goes on working.

Revision ID: 0067
Revises: 0066
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0067'
down_revision = '0066'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Uuid().with_variant(sa.String(36), 'sqlite')
JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'erasure_requests',
        sa.Column('id', ID, nullable=False),
        sa.Column('site_id', BIG, nullable=False),
        sa.Column('digest', sa.LargeBinary(32), nullable=False),
        sa.Column('person', JSON, nullable=False),
        sa.Column('actor', sa.String(16), nullable=False),
        sa.Column('actor_name', sa.String(80), nullable=False),
        sa.Column('event_id', sa.String(255), nullable=True),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('due_at', MOMENT, nullable=False),
        sa.Column('erased', sa.Integer(), server_default='0', nullable=False),
        sa.Column('erased_ids', JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(
            ['site_id'], ['sites.id'], name='fk_erasure_requests_site_id_sites', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_erasure_requests'),
        sa.UniqueConstraint('site_id', 'digest', name='uq_erasure_requests_site_id_digest'),
    )
    op.create_index('ix_erasure_requests_due_at', 'erasure_requests', ['due_at'])


def downgrade() -> None:
    op.drop_table('erasure_requests')
