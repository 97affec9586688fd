"""An index of what began to wait

Nothing but an index, so that the release before goes on working.

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

from moderation.storage.migrations.indexes import create_indexes

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None

# Few decisions hold, so that the others pay nothing for it.
HELD = sa.text("status = 'held'")


def upgrade() -> None:
    create_indexes('decisions', {'ix_decisions_held': ['created_at', 'id']}, HELD)


def downgrade() -> None:
    op.drop_index('ix_decisions_held', 'decisions')
