"""Staff: their reserved names, and the badge on their comments

Everything is added with a default, so that the release before goes on working.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from moderation.storage.migrations.locks import lock_tables

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    lock_tables('comments', 'sites')
    op.add_column('sites', sa.Column('staff_names', JSON, nullable=True))
    op.add_column('comments', sa.Column('staff', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column('comments', 'staff')
    op.drop_column('sites', 'staff_names')
