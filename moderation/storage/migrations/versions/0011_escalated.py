"""An index of what was escalated

Counting it looked at every held comment.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

ESCALATED = sa.text("escalated_at IS NOT NULL")


def upgrade() -> None:
    op.create_index('ix_comments_escalated', 'comments', ['created_at', 'id'],
                    sqlite_where=ESCALATED, postgresql_where=ESCALATED)


def downgrade() -> None:
    op.drop_index('ix_comments_escalated', 'comments')
